/// A prefix code, made from the lengths of its symbols' codes (RFC 1951, section 3.2.2).
///
/// Codes are read with their first bit lowest.
struct PrefixCode {
  /// The longest code of the format.
  static let longest = 15
  /// Symbols that the memory for `symbols` has to have room for.
  static let capacity = 640

  /// The symbols that have codes, in the order of their codes.
  let symbols: UnsafeMutablePointer<UInt16>
  /// How many codes there are of each length.
  private(set) var counts: InlineArray<16, Int>
  /// How many symbols have codes.
  let count: Int
  /// Whether every sequence of bits begins with a code, and with one only.
  let isComplete: Bool

  /// - Parameters:
  ///   - lengths: of the codes of symbols 0, 1, …: at most 15, 0 for a symbol that has none.
  ///   - number: of the symbols, at most 320.
  ///   - symbols: memory for `capacity` symbols.
  @inline(__always)
  init(lengths: UnsafePointer<UInt8>, number: Int, symbols: UnsafeMutablePointer<UInt16>) {
    // Two counts of each, so that symbols of one length in a row do not wait for each other.
    var even: InlineArray<16, Int> = .init(repeating: 0)
    var odd: InlineArray<16, Int> = .init(repeating: 0)
    var symbol = 0
    while symbol &+ 1 < number {
      even[Int(lengths[symbol] & 15)] &+= 1
      odd[Int(lengths[symbol &+ 1] & 15)] &+= 1
      symbol &+= 2
    }
    if symbol < number { even[Int(lengths[symbol] & 15)] &+= 1 }
    var places: InlineArray<16, Int> = .init(repeating: 0)
    var (used, total) = (0, 0)
    for length in 1...PrefixCode.longest {
      even[length] &+= odd[length]
      places[length] = total
      total &+= even[length]
      used &+= even[length] << (PrefixCode.longest &- length)
    }
    // Symbols without a code go behind all others: no branch is as fast as that.
    places[0] = PrefixCode.capacity / 2
    for symbol in 0..<number {
      let length = Int(lengths[symbol] & 15)
      symbols[places[length]] = UInt16(truncatingIfNeeded: symbol)
      places[length] &+= 1
    }
    self.symbols = symbols
    counts = even
    count = total
    isComplete = used == 1 << PrefixCode.longest
  }

  /// Goes through codes from the shortest to the longest.
  struct Walk {
    /// The next code, its first bit highest.
    private var code: UInt32 = 0
    /// The place of the next symbol.
    private(set) var next = 0

    /// The next code, of `length` bits, with its first bit lowest.
    @inline(__always)
    mutating func take(_ length: Int) -> Int {
      let reversed = Int(Walk.reversed(code << UInt32(PrefixCode.longest &+ 1 &- length)))
      code &+= 1
      next &+= 1
      return reversed
    }

    /// Goes on to codes that are longer by a bit.
    @inline(__always)
    mutating func lengthen() { code <<= 1 }

    /// Sixteen bits the other way round.
    @inline(__always)
    private static func reversed(_ bits: UInt32) -> UInt32 {
      var bits = bits >> 8 & 0x00FF | bits << 8 & 0xFF00
      bits = bits >> 4 & 0x0F0F | bits << 4 & 0xF0F0
      bits = bits >> 2 & 0x3333 | bits << 2 & 0xCCCC
      return bits >> 1 & 0x5555 | bits << 1 & 0xAAAA
    }
  }

  /// Fills a lookup table of a complete code for `bits` bits, shorter codes at every place that begins with them.
  ///
  /// - Parameters:
  ///   - isLayered: whether to keep what the table is for 0, 1, … `bits` bits: the one for n bits lies `1 << n` entries
  ///     behind the start. Otherwise there is one table, at the start.
  ///   - none: the entry where no code is short enough.
  ///   - entry: of a symbol whose code has some length.
  /// - Returns: where the codes that are longer begin.
  @inline(__always)
  func fill<Entry: BitwiseCopyable>(
    _ table: UnsafeMutablePointer<Entry>, bits: Int, isLayered: Bool, none: Entry,
    entry: (_ symbol: Int, _ length: Int, _ code: Int) -> Entry
  ) -> Walk {
    var walk = Walk()
    var layer = isLayered ? table + 1 : table
    layer[0] = none
    for length in 1...bits {
      let size = 1 << (length &- 1)
      let before = layer
      if isLayered {
        layer = table + 2 &* size
        layer.update(from: before, count: size)
      }
      (layer + size).update(from: before, count: size)
      for _ in 0..<counts[length] {
        let symbol = Int(symbols[walk.next])
        let code = walk.take(length)
        layer[code] = entry(symbol, length, code)
      }
      walk.lengthen()
    }
    return walk
  }

  /// Fills second tables for codes that are longer than the first table's bits: those that begin alike share one.
  ///
  /// - Parameters:
  ///   - walk: from the first table.
  ///   - capacity: second tables that there is room for.
  ///   - value: of a symbol, see `InflateTables.Code`.
  ///   - link: gets a place in the first table and the number of the second that begins there.
  /// - Returns: false when there is no room.
  @inline(__always)
  func fillLonger(
    _ tables: UnsafeMutablePointer<UInt32>, capacity: Int, bits: Int, from walk: Walk, value: (Int) -> UInt32,
    link: (_ place: Int, _ number: Int) -> Void
  ) -> Bool {
    var walk = walk
    let rest = PrefixCode.longest &- bits
    var (prefix, number) = (-1, -1)
    for length in (bits &+ 1)...PrefixCode.longest {
      let own = length &- bits
      for _ in 0..<counts[length] {
        let symbol = Int(symbols[walk.next])
        let code = walk.take(length)
        if code & (1 << bits &- 1) != prefix {
          prefix = code & (1 << bits &- 1)
          number &+= 1
          guard number < capacity else { return false }
          link(prefix, number)
        }
        let entry = value(symbol) &+ UInt32(truncatingIfNeeded: own << 8 | own)
        let table = tables + number << rest
        for index in stride(from: code >> bits, to: 1 << rest, by: 1 << own) { table[index] = entry }
      }
      walk.lengthen()
    }
    return true
  }
}
