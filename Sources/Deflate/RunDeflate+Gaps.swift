/// Blocks of noise with gaps: low parts of the mantissa where much is missing.
extension RunDeflate {
  /// Puts noise as it is and long runs between by deflate's fixed code: as fast as memory, and one or two hundredths
  /// larger than with a code made for it.
  ///
  /// - Returns: false, and nothing was put, where a block is anything else.
  borrowing func storeBetweenGaps(
    _ input: UnsafeRawBufferPointer, _ range: Range<Int>, isLast: Bool, _ writer: inout BitWriter
  ) -> Bool {
    let gaps = tokens.findGaps(range.count)
    // Each stretch costs about ten bytes, with the run after it.
    let literals = gaps.reduce(range.count) { $0 - $1.count }
    guard gaps.count > 0, literals >= max(4096, gaps.count * 200) else { return false }
    // Runs that are no gaps would be put as they are; of noise, one byte in 256 repeats the one before it.
    let repeated = tokens.countRepeated(range.count) - (range.count - literals)
    guard repeated * 12 <= literals, isNoiseBetweenRuns(input, range) else { return false }
    var done = 0
    for gap in gaps {
      if gap.lowerBound > done {
        let stretch = (range.lowerBound + done)..<(range.lowerBound + gap.lowerBound)
        store(input, stretch, isLast: false, &writer)
      }
      done = gap.upperBound
      FixedRuns.put(gap.count, isLast: isLast && done == range.count, &writer)
    }
    if done < range.count {
      store(input, (range.lowerBound + done)..<range.upperBound, isLast: isLast, &writer)
    }
    return true
  }

  /// Whether a sample of what is in no run says that it is noise.
  private borrowing func isNoiseBetweenRuns(_ input: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
    let probes = 2048
    guard range.count >= 4 * probes, let base = input.baseAddress else { return false }
    sampled.update(repeating: 0, count: 256)
    let step = range.count / probes
    var literals: UInt32 = 0
    for probe in 0..<probes where !tokens.isRepeated(probe * step) {
      let byte = (base + range.lowerBound + probe * step).load(as: UInt8.self)
      sampled[Int(byte)] &+= 1
      literals &+= 1
    }
    return literals >= 512 && isEven(literals)
  }
}

/// Runs by the code that deflate's format itself gives (RFC 1951, section 3.2.6).
private enum FixedRuns {
  private static let code = HuffmanCode(
    lengths: [UInt8](repeating: 8, count: 144) + [UInt8](repeating: 9, count: 112)
      + [UInt8](repeating: 7, count: 24) + [UInt8](repeating: 8, count: 8))
  /// The bits of a run of each length from 0 on, with the number of them in the top byte.
  private static let patterns: [UInt32] = (0...258).map { length in
    // Distances have five bits there instead of one; all are zeros.
    length < 3 ? 0 : RunLengths.pattern(of: RunTokens.firstRun + length - 3, code) + 4 << 24
  }

  /// Puts a block that repeats the byte before it.
  ///
  /// - Parameter count: three at the least.
  static func put(_ count: Int, isLast: Bool, _ writer: inout BitWriter) {
    writer.put((isLast ? 1 : 0) | 1 << 1, bits: 3)
    var rest = count
    while rest > 0 {
      // No remainder of one or two bytes.
      let run = rest > 258 && rest < 261 ? 255 : min(rest, 258)
      let pattern = patterns[run]
      writer.put(UInt64(pattern & 0xFF_FFFF), bits: UInt64(pattern >> 24))
      rest -= run
    }
    // The block's end: seven zeros.
    writer.put(0, bits: 7)
  }
}
