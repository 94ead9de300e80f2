/// The code tables of one deflate block (RFC 1951, section 3.2), laid out for looking up a whole match at once.
///
/// Differenced rasters pack into little else than short matches and literals. `joint` therefore answers, for the next
/// ten bits, with the literal or with the match's length *and* distance code; only what is rarer goes through the
/// two tables that every inflater has.
struct InflateTables {
  /// Bits that index `joint` and the first level of `lengths`.
  static let jointBits = 10
  static let jointMask: UInt64 = 1 << UInt64(jointBits) &- 1
  /// Bits that index the first level of `distances`.
  static let distanceBits = 8
  private static let lengthCapacity = 1 << jointBits + 160 << (PrefixCode.longest - jointBits)
  private static let distanceCapacity = 1 << distanceBits + 16 << (PrefixCode.longest - distanceBits)

  /// An entry of `joint`. Bits 0–7: bits to take; 8–15: those of them before the distance's own bits; 16–31: the least
  /// distance; 32–47: the match's length, or 1 and, in 40–47, the literal; 61–63: what it is. 0: see the other tables.
  enum Joint {
    /// At most 16 bytes from at least 16 bytes back, or a literal that is treated alike.
    static let isShort: UInt64 = 1 << 63
    static let isLiteral: UInt64 = 1 << 62
    static let isMatch: UInt64 = 1 << 61
    /// Where the literal lies in an entry.
    static let literalByte = 5

    /// How far back a match lies, its entry being the lowest of `bits`.
    @inline(__always)
    static func distance(_ entry: UInt64, _ bits: UInt64) -> Int {
      let taken = bits & ~(~0 &<< (entry & 63))
      return Int(UInt16(truncatingIfNeeded: entry &>> 16)) &+ Int(taken &>> (entry &>> 8 & 63))
    }
  }

  /// An entry of `lengths` and `distances`. Bits 0–7: bits to take, with those that follow the code; 8–11: the code's;
  /// 14–15 and 31: what it is; 16–30: the literal, or the least length or distance. 0: no such code.
  enum Code {
    static let isLiteral: UInt32 = 1 << 31
    /// Bits 16–30 are then the number of the second-level table.
    static let isLong: UInt32 = 1 << 15
    static let isEnd: UInt32 = 1 << 14
  }

  let joint: UnsafeMutablePointer<UInt64>
  let lengths: UnsafeMutablePointer<UInt32>
  let distances: UnsafeMutablePointer<UInt32>
  private let bitCounts: UnsafeMutablePointer<UInt8>

  /// Bytes that the tables take.
  static let size = 8 << jointBits + 4 * (lengthCapacity + distanceCapacity) + 320

  /// - Parameter memory: `size` bytes, aligned for eight; what was in it does not matter.
  init(in memory: UnsafeMutableRawPointer) {
    joint = memory.bindMemory(to: UInt64.self, capacity: 1 << InflateTables.jointBits)
    let second = memory + (8 << InflateTables.jointBits)
    lengths = second.bindMemory(to: UInt32.self, capacity: InflateTables.lengthCapacity)
    let third = second + 4 * InflateTables.lengthCapacity
    distances = third.bindMemory(to: UInt32.self, capacity: InflateTables.distanceCapacity)
    bitCounts = (third + 4 * InflateTables.distanceCapacity).bindMemory(to: UInt8.self, capacity: 320)
  }

  /// Makes the tables of the codes that the format itself gives.
  func makeFixed() -> Bool {
    for symbol in 0..<288 { bitCounts[symbol] = symbol < 144 ? 8 : symbol < 256 ? 9 : symbol < 280 ? 7 : 8 }
    for symbol in 288..<320 { bitCounts[symbol] = 5 }
    return make(lengthCodes: 288, distanceCodes: 32)
  }

  /// Reads the codes at the start of a block and makes their tables.
  ///
  /// - Returns: false when they are none, or the input ends.
  func read(from cursor: inout InflateCursor, end: UnsafeRawPointer) -> Bool {
    cursor.refill()
    let lengthCodes = Int(cursor.take(5)) &+ 257
    let distanceCodes = Int(cursor.take(5)) &+ 1
    let counts = Int(cursor.take(4)) &+ 4
    guard lengthCodes <= 286 else { return false }
    let order: InlineArray<19, UInt8> = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
    for index in 0..<19 { bitCounts[index] = 0 }
    for index in 0..<counts {
      cursor.refill()
      bitCounts[Int(order[index])] = UInt8(truncatingIfNeeded: cursor.take(3))
    }
    // The first 128 entries of a table that is made anew afterwards.
    let own = distances
    guard
      PrefixCode.fill(own, bits: 7, capacity: 128, of: 19, counts: bitCounts, value: { UInt32($0) << 16 })
    else { return false }
    let all = lengthCodes &+ distanceCodes
    var index = 0
    while index < all {
      cursor.refill()
      guard cursor.input <= end + 16 else { return false }
      let entry = own[Int(cursor.bits & 127)]
      guard entry != 0 else { return false }
      cursor.drop(UInt64(entry))
      let symbol = Int(entry >> 16)
      if symbol < 16 {
        bitCounts[index] = UInt8(truncatingIfNeeded: symbol)
        index &+= 1
        continue
      }
      var repeated: UInt8 = 0
      let times: Int
      switch symbol {
      case 16:
        guard index > 0 else { return false }
        repeated = bitCounts[index &- 1]
        times = 3 &+ Int(cursor.take(2))
      case 17: times = 3 &+ Int(cursor.take(3))
      default: times = 11 &+ Int(cursor.take(7))
      }
      guard index &+ times <= all else { return false }
      (bitCounts + index).update(repeating: repeated, count: times)
      index &+= times
    }
    return make(lengthCodes: lengthCodes, distanceCodes: distanceCodes)
  }

  private func make(lengthCodes: Int, distanceCodes: Int) -> Bool {
    guard
      PrefixCode.fill(
        lengths, bits: InflateTables.jointBits, capacity: InflateTables.lengthCapacity, of: lengthCodes,
        counts: bitCounts, value: InflateTables.lengthValue),
      PrefixCode.fill(
        distances, bits: InflateTables.distanceBits, capacity: InflateTables.distanceCapacity,
        of: distanceCodes, counts: bitCounts + lengthCodes, value: InflateTables.distanceValue)
    else { return false }
    join()
    return true
  }

  // MARK: What codes mean

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

  private static func distanceValue(_ symbol: Int) -> UInt32 {
    // 30 and 31 have codes and no meaning: a distance of 0 is refused.
    if symbol >= 30 { return 0 }
    let step = UInt32(symbol)
    if step < 4 { return (1 &+ step) << 16 }
    let extra = step / 2 &- 1
    return (1 &+ ((2 &+ step % 2) << extra)) << 16 | extra
  }

  // MARK: Lengths and distances together

  private func join() {
    let (bits, first) = (InflateTables.jointBits, InflateTables.distanceBits)
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 1 << first) { whole in
      for index in 0..<(1 << first) {
        let code = distances[index]
        let (base, length) = (UInt64(code >> 16), UInt64(code >> 8 & 15))
        whole[index] =
          code == 0 || code & Code.isLong != 0
          ? 255 << 8
          : (base >= 16 ? Joint.isShort : Joint.isMatch) | base << 16 | length << 8 | UInt64(code & 255)
      }
      // Where literals and matches take turns, the processor would guess wrong which comes next: both are then
      // copied alike. Where there are hardly any matches its guesses are right, and the shorter way is faster.
      var literals = 0
      for index in 0..<(1 << bits) { literals &+= Int(lengths[index] >> 31) }
      let kind = literals * 16 > 15 << bits ? Joint.isLiteral : Joint.isLiteral | Joint.isShort
      for index in 0..<(1 << bits) {
        let code = lengths[index]
        let (value, taken) = (UInt64(code >> 16 & 255), UInt64(code & 255))
        let literal = kind | value << 40 | 1 << 32 | taken << 8 | taken
        joint[index] = code & Code.isLiteral != 0 ? literal : 0
      }
      for index in 0..<(1 << bits) {
        let code = lengths[index]
        let taken = Int(code & 255)
        guard code & (Code.isLiteral | Code.isLong | Code.isEnd) == 0, code != 0, taken &+ 1 < bits,
          index >> taken == 0
        else { continue }
        let length = UInt64(code >> 16) &+ UInt64(index >> Int(code >> 8 & 15))
        let own = length << 32 | UInt64(taken << 8 | taken)
        let rest = bits &- taken
        let mark: UInt64 = length <= 16 ? 0 : Joint.isMatch
        let mask: UInt64 = length <= 16 ? ~0 : ~Joint.isShort
        for suffix in 0..<(1 << rest) {
          let distance = whole[suffix & (1 << first &- 1)]
          let fits = Int(distance >> 8 & 255) <= rest && length >= 3
          joint[index | suffix << taken] = fits ? (distance &+ own) & mask | mark : 0
        }
      }
    }
  }
}
