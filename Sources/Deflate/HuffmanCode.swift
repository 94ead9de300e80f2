/// Lengths and bit patterns of a prefix code for deflate (RFC 1951, section 3.2.2).
struct HuffmanCode {
  /// Bits of each symbol's code; 0 for symbols that do not occur.
  private(set) var lengths: [UInt8]
  /// The codes, first bit lowest, as deflate writes them.
  private(set) var codes: [UInt16]

  /// A symbol's code, above the number of its bits in the lowest byte.
  func pattern(_ symbol: Int) -> UInt32 { UInt32(codes[symbol]) << 8 | UInt32(lengths[symbol]) }

  /// Makes the best code for symbols that occur so often, none longer than `limit` bits.
  ///
  /// The lengths come from Moffat and Katajainen's in-place algorithm (1995). Where it goes beyond the limit, the
  /// longest codes are cut and shorter ones made longer until the code is complete again, as miniz does.
  init(frequencies: [UInt32], limit: Int) {
    lengths = Array(repeating: 0, count: frequencies.count)
    codes = Array(repeating: 0, count: frequencies.count)
    // In memory on the stack: codes are made for every 64 KiB that are packed.
    let most = frequencies.count
    withUnsafeTemporaryAllocation(of: UInt64.self, capacity: 2 * most) { keys in
      withUnsafeTemporaryAllocation(of: Int.self, capacity: most + HuffmanCode.countSize) { numbers in
        guard let keys = keys.baseAddress, let numbers = numbers.baseAddress else { return }
        make(frequencies, limit, keys, work: numbers, counts: numbers + most)
      }
    }
  }

  private static let countSize = 65

  /// - Parameters:
  ///   - keys: memory for twice as many as there are frequencies.
  ///   - work: for as many.
  ///   - counts: for `countSize`.
  private mutating func make(
    _ frequencies: [UInt32], _ limit: Int, _ keys: UnsafeMutablePointer<UInt64>,
    work: UnsafeMutablePointer<Int>, counts: UnsafeMutablePointer<Int>
  ) {
    // Sorted as numbers: how often a symbol occurs above the symbol itself.
    var (count, largest) = (0, UInt32(0))
    for symbol in frequencies.indices where frequencies[symbol] > 0 {
      keys[count] = UInt64(frequencies[symbol]) << 16 | UInt64(symbol)
      largest = max(largest, frequencies[symbol])
      count += 1
    }
    guard count > 1 else {
      if count == 1 { lengths[Int(keys[0] & 0xFFFF)] = 1 }
      return
    }
    let order = HuffmanCode.sorted(keys, spare: keys + frequencies.count, count, largest: largest)
    for place in 0..<count { work[place] = Int(order[place] >> 16) }
    HuffmanCode.replaceByLengths(work, count)
    counts.update(repeating: 0, count: HuffmanCode.countSize)
    for place in 0..<count { counts[min(work[place], HuffmanCode.countSize - 1)] += 1 }
    HuffmanCode.limit(counts, to: limit)
    // The most frequent symbols are last, and get the shortest codes.
    var place = count
    for length in 1...limit {
      for _ in 0..<counts[length] {
        place -= 1
        lengths[Int(order[place] & 0xFFFF)] = UInt8(length)
      }
    }
    assignCodes(counts)
  }

  /// Sorts by frequency, byte by byte from the lowest; those that are alike keep their order.
  ///
  /// - Returns: `keys` or `spare`, whichever the result is in.
  private static func sorted(
    _ keys: UnsafeMutablePointer<UInt64>, spare: UnsafeMutablePointer<UInt64>, _ count: Int, largest: UInt32
  ) -> UnsafeMutablePointer<UInt64> {
    var (from, to) = (keys, spare)
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: 256) { starts in
      guard let starts = starts.baseAddress else { return }
      var shift: UInt64 = 16
      while shift < 48, UInt64(largest) >> (shift - 16) > 0 {
        starts.update(repeating: 0, count: 256)
        for place in 0..<count { starts[Int(from[place] >> shift & 255)] += 1 }
        var start: Int32 = 0
        for byte in 0..<256 { (starts[byte], start) = (start, start + starts[byte]) }
        for place in 0..<count {
          let byte = Int(from[place] >> shift & 255)
          to[Int(starts[byte])] = from[place]
          starts[byte] += 1
        }
        swap(&from, &to)
        shift += 8
      }
    }
    return from
  }

  /// Turns frequencies in ascending order into code lengths, in place.
  private static func replaceByLengths(_ work: UnsafeMutablePointer<Int>, _ count: Int) {
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

  private static func limit(_ counts: UnsafeMutablePointer<Int>, to limit: Int) {
    for length in (limit + 1)..<countSize {
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
  private mutating func assignCodes(_ counts: UnsafeMutablePointer<Int>) {
    var code = 0
    // The counts are no longer needed: the next code of each length takes their place.
    for length in 1...15 { (counts[length], code) = (code, (code + counts[length]) << 1) }
    for symbol in lengths.indices where lengths[symbol] > 0 {
      let length = Int(lengths[symbol])
      codes[symbol] = HuffmanCode.reversed(UInt16(truncatingIfNeeded: counts[length]), bits: length)
      counts[length] += 1
    }
  }

  private static func reversed(_ code: UInt16, bits: Int) -> UInt16 {
    var all = code.byteSwapped
    all = (all & 0x0F0F) << 4 | (all >> 4) & 0x0F0F
    all = (all & 0x3333) << 2 | (all >> 2) & 0x3333
    all = (all & 0x5555) << 1 | (all >> 1) & 0x5555
    return all >> UInt16(16 - bits)
  }
}
