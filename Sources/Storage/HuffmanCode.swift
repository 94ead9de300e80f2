/// Lengths and bit patterns of a prefix code for deflate (RFC 1951, section 3.2.2).
struct HuffmanCode {
  /// Bits of each symbol's code; 0 for symbols that do not occur.
  private(set) var lengths: [UInt8]
  /// The codes, first bit lowest, as deflate writes them.
  private(set) var codes: [UInt16]

  /// Makes the best code for symbols that occur so often, none longer than `limit` bits.
  ///
  /// The lengths come from Moffat and Katajainen's in-place algorithm (1995). Where it goes beyond the limit, the
  /// longest codes are cut and shorter ones made longer until the code is complete again, as miniz does.
  init(frequencies: [UInt32], limit: Int) {
    lengths = Array(repeating: 0, count: frequencies.count)
    codes = Array(repeating: 0, count: frequencies.count)
    // Sorted as numbers: how often a symbol occurs above the symbol itself.
    var order = frequencies.indices.compactMap { frequencies[$0] > 0 ? Int(frequencies[$0]) << 16 | $0 : nil }
    order.sort()
    let symbols = order.map { $0 & 0xFFFF }
    guard let only = symbols.first else { return }
    if symbols.count == 1 {
      lengths[only] = 1
      return
    }
    var work = order.map { $0 >> 16 }
    HuffmanCode.replaceByLengths(&work)
    var counts = [Int](repeating: 0, count: 65)
    for length in work { counts[min(length, 64)] += 1 }
    HuffmanCode.limit(&counts, to: limit)
    // The most frequent symbols are last, and get the shortest codes.
    var place = symbols.count
    for length in 1...limit {
      for _ in 0..<counts[length] {
        place -= 1
        lengths[symbols[place]] = UInt8(length)
      }
    }
    assignCodes(counts)
  }

  /// Turns frequencies in ascending order into code lengths, in place.
  private static func replaceByLengths(_ work: inout [Int]) {
    let count = work.count
    work[0] += work[1]
    var root = 0
    var leaf = 2
    for next in 1..<max(1, count - 1) {
      if leaf >= count || work[root] < work[leaf] {
        work[next] = work[root]
        work[root] = next
        root += 1
      } else {
        work[next] = work[leaf]
        leaf += 1
      }
      if leaf >= count || (root < next && work[root] < work[leaf]) {
        work[next] += work[root]
        work[root] = next
        root += 1
      } else {
        work[next] += work[leaf]
        leaf += 1
      }
    }
    work[count - 2] = 0
    for next in stride(from: count - 3, through: 0, by: -1) { work[next] = work[work[next]] + 1 }
    var available = 1
    var used = 0
    var depth = 0
    root = count - 2
    var next = count - 1
    while available > 0 {
      while root >= 0 && work[root] == depth {
        used += 1
        root -= 1
      }
      while available > used {
        work[next] = depth
        next -= 1
        available -= 1
      }
      available = 2 * used
      depth += 1
      used = 0
    }
  }

  private static func limit(_ counts: inout [Int], to limit: Int) {
    for length in (limit + 1)..<counts.count {
      counts[limit] += counts[length]
      counts[length] = 0
    }
    var total = 0
    for length in 1...limit { total += counts[length] << (limit - length) }
    while total > 1 << limit {
      counts[limit] -= 1
      for length in stride(from: limit - 1, to: 0, by: -1) where counts[length] > 0 {
        counts[length] -= 1
        counts[length + 1] += 2
        break
      }
      total -= 1
    }
  }

  /// Gives codes of one length consecutive numbers, in the order of the symbols.
  private mutating func assignCodes(_ counts: [Int]) {
    var next = [UInt16](repeating: 0, count: 17)
    var code = 0
    for length in 1...15 {
      next[length] = UInt16(truncatingIfNeeded: code)
      code = (code + counts[length]) << 1
    }
    for symbol in lengths.indices where lengths[symbol] > 0 {
      let length = Int(lengths[symbol])
      codes[symbol] = HuffmanCode.reversed(next[length], bits: length)
      next[length] += 1
    }
  }

  private static func reversed(_ code: UInt16, bits: Int) -> UInt16 {
    var (code, result) = (code, UInt16(0))
    for _ in 0..<bits {
      result = result << 1 | code & 1
      code >>= 1
    }
    return result
  }
}
