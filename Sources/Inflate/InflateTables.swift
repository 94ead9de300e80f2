internal import CProcessor

/// The code tables of one deflate block (RFC 1951, section 3.2), laid out for looking up a whole match at once.
///
/// Differenced rasters pack into little else than short matches and literals. `joint` therefore answers, for the next
/// ten bits, with the literal or with the match's length *and* distance code; only what is rarer goes through the
/// tables that every inflater has.
struct InflateTables {
  /// Bits that index `joint`.
  static let jointBits = 10
  /// Bits that index `distances`: more than are ever left behind a length.
  static let distanceBits = jointBits
  private static let longLengthTables = 160
  private static let longDistanceTables = 16
  /// Bytes of `literals`: so many that what follows is aligned.
  private static let literalCapacity = 2 * alignment

  /// An entry of `joint` or `distances`.
  ///
  /// Bits 0–7: bits to take; 8–15: bytes it stands for, at most 16; 24–28: what it is; 32–39: bits before the
  /// distance's own; 40–47: those; 48–62: the least distance, for a literal from the handle; 63: rare. A rare one
  /// has its length in 8–23.
  enum Entry {
    static let isRare: UInt64 = 1 << 63
    static let isLiteral: UInt64 = 1 << 24
    /// A match that is long, or overlaps itself.
    static let isMatch: UInt64 = 1 << 25
    /// A length whose distance has to be looked up; bits 32–47: the length's own bits. Among distances: no code is so
    /// short.
    static let isLength: UInt64 = 1 << 26
    static let isEnd: UInt64 = 1 << 27
    /// The start of longer codes; bits 8–23: the number of their table.
    static let isLong: UInt64 = 1 << 28
    /// All that says what an entry is.
    static let kind = isRare | isLiteral | isMatch | isLength | isEnd | isLong

    /// Those of the bits that an entry takes which come after its code.
    @inline(__always)
    static func own(_ entry: UInt64, _ bits: UInt64) -> UInt64 { apus_bit_field(bits, entry &>> 32) }
  }

  /// An entry of the second tables. Bits 0–7: bits to take, with those that follow the code; 8–11: the code's;
  /// 14 and 31: what it is; 16–30: the literal, or the least length or distance. 0: no such code.
  enum Code {
    static let isLiteral: UInt32 = 1 << 31
    static let isEnd: UInt32 = 1 << 14
  }

  let joint: UnsafeMutablePointer<UInt64>
  /// The last of the layers for 0, 1, … ten bits.
  let distances: UnsafeMutablePointer<UInt64>
  /// Tables for what comes after the first ten bits of a code.
  let longLengths: UnsafeMutablePointer<UInt32>
  /// Tables for what comes after the first ten bits of a code.
  let longDistances: UnsafeMutablePointer<UInt32>
  /// Bytes 0, 1, … 255, and some more: where literals are copied from.
  let literals: UnsafeMutablePointer<UInt8>
  private let codeLengths: UnsafeMutablePointer<UInt8>
  private let symbols: UnsafeMutablePointer<UInt16>
  private let matches: UnsafeMutablePointer<LengthCode>

  /// A code of `joint` that begins a match.
  private struct LengthCode {
    let code: UInt16
    let length: UInt8
    let symbol: UInt16
  }

  /// Bytes that the tables take.
  static let size =
    literalCapacity + 8 << jointBits + 16 << distanceBits
    + 4 * (longLengthTables << (PrefixCode.longest - jointBits))
    + 4 * (longDistanceTables << (PrefixCode.longest - distanceBits)) + 2 * PrefixCode.capacity + 320
    + 32 * MemoryLayout<LengthCode>.stride

  /// - Parameter memory: `size` bytes, aligned as `alignment` says; what was in it does not matter.
  init(in memory: UnsafeMutableRawPointer) {
    var free = memory
    func take<Element>(_ count: Int, _: Element.Type) -> UnsafeMutablePointer<Element> {
      defer { free += count * MemoryLayout<Element>.stride }
      return free.bindMemory(to: Element.self, capacity: count)
    }
    literals = take(InflateTables.literalCapacity, UInt8.self)
    joint = take(1 << InflateTables.jointBits, UInt64.self)
    distances = take(2 << InflateTables.distanceBits, UInt64.self)
    longLengths = take(
      InflateTables.longLengthTables << (PrefixCode.longest - InflateTables.jointBits), UInt32.self)
    longDistances = take(
      InflateTables.longDistanceTables << (PrefixCode.longest - InflateTables.distanceBits), UInt32.self)
    symbols = take(PrefixCode.capacity, UInt16.self)
    matches = take(32, LengthCode.self)
    codeLengths = take(320, UInt8.self)
    for place in 0..<InflateTables.literalCapacity { literals[place] = UInt8(truncatingIfNeeded: place) }
  }

  // MARK: Looking up

  /// What the memory of tables has to be aligned for.
  static let alignment = 256

  /// An address between `literals` and `joint` that says by its lowest byte how many bits index `joint`: one register is
  /// all that the loops need for their tables.
  @inline(__always)
  static func handle(_ memory: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    memory + (literalCapacity + jointBits)
  }

  @inline(__always)
  static func memory(_ handle: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
    handle - (literalCapacity + jointBits)
  }

  /// The entry of `joint` for the next bits.
  ///
  /// - Parameter offset: of these tables behind those of the handle, in bytes.
  @inline(__always)
  static func lookUp(_ bits: UInt64, _ handle: UnsafeMutableRawPointer, offset: Int = 0) -> UInt64 {
    let index = Int(truncatingIfNeeded: apus_lowest_bits(bits, UInt64(UInt(bitPattern: handle))))
    return (handle + (offset - jointBits) + index &* 8).load(as: UInt64.self)
  }

  /// How far before the handle a literal is.
  @inline(__always)
  private static func distance(literal: Int) -> UInt64 { UInt64(literalCapacity &+ jointBits &- literal) }

  /// Looks up the distance code that is next, by itself.
  @inline(__always)
  func distance(_ bits: UInt64) -> UInt64 {
    let layer = 1 << InflateTables.distanceBits
    return distances[layer &+ Int(bits & UInt64(layer &- 1))]
  }

  /// Makes the tables of the codes that the format itself gives.
  func makeFixed() -> Bool {
    for symbol in 0..<288 { codeLengths[symbol] = symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8 }
    for symbol in 288..<320 { codeLengths[symbol] = 5 }
    return make(lengthCodes: 288, distanceCodes: 32)
  }

  /// Reads the codes at the start of a block and makes their tables.
  ///
  /// - Returns: false when they are none, or the input ends, or they are of a rare kind.
  func read(from cursor: inout InflateCursor, end: UnsafeRawPointer) -> Bool {
    cursor.refill()
    let lengthCodes = Int(cursor.take(5)) &+ 257
    let distanceCodes = Int(cursor.take(5)) &+ 1
    let counts = Int(cursor.take(4)) &+ 4
    guard lengthCodes <= 286 else { return false }
    let order: InlineArray<19, UInt8> = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
    for index in 0..<19 { codeLengths[index] = 0 }
    for index in 0..<counts {
      cursor.refill()
      codeLengths[Int(order[index])] = UInt8(truncatingIfNeeded: cursor.take(3))
    }
    let own = PrefixCode(lengths: codeLengths, number: 19, symbols: symbols)
    guard own.isComplete else { return false }
    // The first 128 entries of what is filled afterwards. Its codes have at most seven bits.
    let table = longLengths
    _ = own.fill(table, bits: 7, isLayered: false, none: 0) { symbol, length, _ in
      UInt32(truncatingIfNeeded: symbol << 16 | length)
    }
    let all = lengthCodes &+ distanceCodes
    var index = 0
    while index < all {
      cursor.refill()
      guard cursor.input <= end + 16 else { return false }
      let entry = table[Int(cursor.bits & 127)]
      cursor.drop(UInt64(entry & 255))
      let symbol = Int(entry >> 16)
      if symbol < 16 {
        codeLengths[index] = UInt8(truncatingIfNeeded: symbol)
        index &+= 1
        continue
      }
      var repeated: UInt8 = 0
      let times: Int
      switch symbol {
      case 16:
        guard index > 0 else { return false }
        repeated = codeLengths[index &- 1]
        times = 3 &+ Int(cursor.take(2))
      case 17: times = 3 &+ Int(cursor.take(3))
      default: times = 11 &+ Int(cursor.take(7))
      }
      guard index &+ times <= all else { return false }
      (codeLengths + index).update(repeating: repeated, count: times)
      index &+= times
    }
    return make(lengthCodes: lengthCodes, distanceCodes: distanceCodes)
  }

  private func make(lengthCodes: Int, distanceCodes: Int) -> Bool {
    let lengths = codeLengths
    guard
      makeDistances(PrefixCode(lengths: lengths + lengthCodes, number: distanceCodes, symbols: symbols))
    else { return false }
    let code = PrefixCode(lengths: lengths, number: lengthCodes, symbols: symbols)
    guard code.isComplete else { return false }
    return makeLengths(code)
  }

  // MARK: Distances

  private func makeDistances(_ code: PrefixCode) -> Bool {
    let bits = InflateTables.distanceBits
    let none = Entry.isRare | Entry.isLength
    guard code.isComplete else {
      // No code at all, or one of a single bit, as blocks without matches and with one distance have them.
      guard code.count == 0 || (code.count == 1 && code.counts[1] == 1) else { return false }
      let only = code.count == 0 ? none : InflateTables.distance(Int(code.symbols[0]), length: 1)
      distances[1] = none
      for index in 2..<(2 << bits) { distances[index] = index & 1 == 0 ? only : none }
      return true
    }
    let walk = code.fill(distances, bits: bits, isLayered: true, none: none) { symbol, length, _ in
      InflateTables.distance(symbol, length: length)
    }
    return code.fillLonger(
      longDistances, capacity: InflateTables.longDistanceTables, bits: bits, from: walk
    ) {
      InflateTables.distanceValue($0)
    } link: { place, number in
      distances[1 << bits &+ place] = Entry.isRare | Entry.isLong | UInt64(number << 8 | bits)
    }
  }

  private static func distance(_ symbol: Int, length: Int) -> UInt64 {
    let value = UInt64(distanceValue(symbol))
    // A code without a meaning becomes a match from nowhere, which is refused.
    guard value != 0 else { return Entry.isRare | Entry.isMatch }
    let own = value & 255
    return (value >> 16) << 48 | own << 40 | UInt64(length) << 32 | (own &+ UInt64(length))
  }

  private static func distanceValue(_ symbol: Int) -> UInt32 {
    // 30 and 31 have codes and no meaning: a distance of 0 is refused.
    if symbol >= 30 { return 0 }
    let step = UInt32(symbol)
    if step < 4 { return (1 &+ step) << 16 }
    let extra = step / 2 &- 1
    return (1 &+ ((2 &+ step % 2) << extra)) << 16 | extra
  }

  // MARK: Literals and lengths

  private func makeLengths(_ code: PrefixCode) -> Bool {
    let bits = InflateTables.jointBits
    var found = 0
    let matches = matches
    let walk = code.fill(joint, bits: bits, isLayered: false, none: Entry.isRare) { symbol, length, code in
      if symbol < 256 {
        return Entry.isLiteral | 1 << 8 | InflateTables.distance(literal: symbol) << 48 | UInt64(length) << 32
          | UInt64(length)
      }
      if symbol == 256 { return Entry.isRare | Entry.isEnd | UInt64(length) }
      let value = UInt64(InflateTables.lengthValue(symbol))
      guard value != 0, found < 32 else { return Entry.isRare }
      matches[found] = LengthCode(
        code: UInt16(truncatingIfNeeded: code), length: UInt8(truncatingIfNeeded: length),
        symbol: UInt16(truncatingIfNeeded: symbol))
      found &+= 1
      let own = value & 255
      return Entry.isRare | Entry.isLength | (value >> 16) << 8 | own << 40 | UInt64(length) << 32
        | (own &+ UInt64(length))
    }
    let isFilled = code.fillLonger(
      longLengths, capacity: InflateTables.longLengthTables, bits: bits, from: walk
    ) {
      InflateTables.lengthValue($0)
    } link: { place, number in
      joint[place] = Entry.isRare | Entry.isLong | UInt64(number << 8 | bits)
    }
    guard isFilled else { return false }
    for index in 0..<found { join(matches[index]) }
    return true
  }

  private static func lengthValue(_ symbol: Int) -> UInt32 {
    if symbol < 256 { return Code.isLiteral | UInt32(symbol) << 16 }
    if symbol == 256 { return Code.isEnd }
    // 286 and 287 have codes and no meaning: a length of 0 is refused.
    if symbol >= 285 { return symbol == 285 ? 258 << 16 : 0 }
    let step = UInt32(symbol &- 257)
    if step < 8 { return (3 &+ step) << 16 }
    let extra = step / 4 &- 1
    return (3 &+ ((4 &+ step % 4) << extra)) << 16 | extra
  }

  /// Puts the distances that fit into ten bits behind a length.
  private func join(_ match: LengthCode) {
    let value = Int(InflateTables.lengthValue(Int(match.symbol)))
    let (least, extra) = (value >> 16, value & 255)
    let taken = Int(match.length) &+ extra
    let rest = InflateTables.jointBits &- taken
    guard rest > 0 else { return }
    let layer = distances + 1 << rest
    for step in 0..<(1 << extra) {
      let length = UInt64(least &+ step)
      let own = length << 8 | UInt64(taken << 32 | taken)
      let places = joint + (Int(match.code) | step << Int(match.length))
      if length > 16 {
        for suffix in 0..<(1 << rest) {
          let distance = layer[suffix]
          places[suffix << taken] = (distance &+ own) | Entry.isRare | Entry.isMatch
        }
      } else {
        for suffix in 0..<(1 << rest) {
          let distance = layer[suffix]
          // Sixteen bytes at once are right when the match does not reach into itself.
          places[suffix << taken] =
            (distance &+ own) | (distance < length << 48 ? Entry.isRare | Entry.isMatch : 0)
        }
      }
    }
  }
}
