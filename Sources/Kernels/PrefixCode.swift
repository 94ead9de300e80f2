/// Lookup tables of prefix codes, made from the codes' lengths (RFC 1951, section 3.2.2).
///
/// Codes are read with their first bit lowest. Entries are what `InflateTables.Code` says: a symbol's value plus, in
/// bits 8–11 and in the lowest byte, the code's length.
enum PrefixCode {
  /// The longest code of the format.
  static let longest = 15

  /// Makes a table of two levels from the codes' lengths.
  ///
  /// - Returns: false when the lengths make no prefix code, or leave codes unused (one code alone may).
  @inline(__always)
  static func fill(
    _ table: UnsafeMutablePointer<UInt32>, bits: Int, capacity: Int, of symbols: Int,
    counts: UnsafeMutablePointer<UInt8>, value: (Int) -> UInt32
  ) -> Bool {
    var codes: InlineArray<17, Int> = .init(repeating: 0)
    for symbol in 0..<symbols { codes[Int(counts[symbol])] &+= 1 }
    codes[0] = 0
    var places: InlineArray<17, Int> = .init(repeating: 0)
    var (used, total) = (0, 0)
    for length in 1...longest {
      places[length] = total
      total &+= codes[length]
      used &+= codes[length] << (longest &- length)
    }
    guard used == 1 << longest else {
      // No code at all, or one of a single bit, as blocks without matches and with one distance have them.
      guard total == 0 || (total == 1 && codes[1] == 1) else { return false }
      let only = total == 0 ? 0 : value((0..<symbols).first { counts[$0] == 1 } ?? 0) &+ (1 << 8 | 1)
      for index in 0..<(1 << bits) { table[index] = index & 1 == 0 ? only : 0 }
      return true
    }
    return withUnsafeTemporaryAllocation(of: UInt16.self, capacity: 320) { sorted in
      for symbol in 0..<symbols where counts[symbol] != 0 {
        let length = Int(counts[symbol])
        sorted[places[length]] = UInt16(truncatingIfNeeded: symbol)
        places[length] &+= 1
      }
      return fill(
        table, bits: bits, capacity: capacity, sorted: sorted, codes: codes, total: total, value: value)
    }
  }

  /// Fills a table with a complete code: short codes at the table's start, which doubles from length to length.
  @inline(__always)
  private static func fill(
    _ table: UnsafeMutablePointer<UInt32>, bits: Int, capacity: Int,
    sorted: UnsafeMutableBufferPointer<UInt16>, codes: InlineArray<17, Int>, total: Int,
    value: (Int) -> UInt32
  ) -> Bool {
    var (next, code) = (0, 0)
    var size = 1
    for length in 1...bits {
      (table + size).update(from: table, count: size)
      size &*= 2
      for _ in 0..<codes[length] {
        table[code] = value(Int(sorted[next])) &+ UInt32(truncatingIfNeeded: length << 8 | length)
        next &+= 1
        code = following(code, length)
      }
    }
    // Longer codes: those with the same first bits share a second table.
    let rest = longest &- bits
    var (prefix, start) = (-1, (1 << bits) &- (1 << rest))
    for length in stride(from: bits &+ 1, through: longest, by: 1) {
      for _ in 0..<codes[length] {
        if code & (1 << bits &- 1) != prefix {
          prefix = code & (1 << bits &- 1)
          start &+= 1 << rest
          guard start &+ 1 << rest <= capacity else { return false }
          let number = (start &- 1 << bits) >> rest
          table[prefix] = InflateTables.Code.isLong | UInt32(truncatingIfNeeded: number << 16 | bits)
        }
        let entry =
          value(Int(sorted[next])) &+ UInt32(truncatingIfNeeded: (length &- bits) << 8 | (length &- bits))
        for index in stride(from: code >> bits, to: 1 << rest, by: 1 << (length &- bits)) {
          table[start &+ index] = entry
        }
        next &+= 1
        code = following(code, length)
      }
    }
    return next == total
  }

  /// The code after this one, of the same length; codes have their first bit lowest.
  @inline(__always)
  private static func following(_ code: Int, _ length: Int) -> Int {
    let open = ~code & (1 << length &- 1)
    guard open != 0 else { return 0 }
    let bit = 1 << (Int.bitWidth &- 1 &- open.leadingZeroBitCount)
    return code & (bit &- 1) | bit
  }
}
