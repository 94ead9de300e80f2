internal import Glibc

/// A fast zlib encoder for shuffled samples: runs of one byte, Huffman codes, and noise as it is, nothing else.
///
/// Byte planes of float samples are noise (low mantissa), or few distinct bytes (sign and exponent), or long runs
/// (missing pixels). Searching noise for repeated strings finds nothing and takes most of a general encoder's
/// time: this one looks for runs only, and is several times faster for files of about the same size. The output is
/// ordinary zlib (RFC 1950, 1951), for any inflater.
public struct RunDeflate: ~Copyable {
  /// Bytes of one deflate block: as much as a stored block can hold.
  private static let blockSize = 65_535
  /// So many bytes at the end are stored as they are.
  private static let rest = 64

  private let tokens = RunTokens(blockSize: blockSize)
  /// For each token its bits, above the number of them in the lowest byte.
  private let patterns = UnsafeMutablePointer<UInt32>.allocate(capacity: RunTokens.kinds)

  /// The code that `patterns` are of, and the counts it was made from.
  private var latest: BlockCode?
  private let latestCounts = UnsafeMutablePointer<UInt32>.allocate(capacity: RunTokens.kinds)
  /// How often each byte occurs in a sample.
  private let sampled = UnsafeMutablePointer<UInt32>.allocate(capacity: 256)

  public init() {}

  deinit {
    patterns.deallocate()
    sampled.deallocate()
    latestCounts.deallocate()
  }

  /// The most bytes that `encode` writes for an input.
  public static func bound(_ count: Int) -> Int { count + (count / blockSize + 1) * 8 + 64 }

  /// Encodes bytes as a zlib stream.
  ///
  /// - Precondition: `output` has `bound(input.count)` bytes.
  /// - Parameters:
  ///   - input: the bytes to encode; may be none.
  ///   - checksum: the Adler-32 of `input`, with which the stream ends.
  ///   - output: gets the stream, from its first byte on.
  /// - Returns: how many bytes were written.
  public mutating func encode(
    _ input: UnsafeRawBufferPointer, checksum: UInt32, into output: UnsafeMutableRawBufferPointer
  ) -> Int {
    precondition(output.count >= RunDeflate.bound(input.count))
    guard let target = output.baseAddress else { return 0 }
    var writer = BitWriter(target)
    writer.put(0x0178, bits: 16)
    var start = 0
    repeat {
      let end = min(start + RunDeflate.blockSize, input.count)
      encodeBlock(input, start..<end, isLast: end == input.count, &writer)
      start = end
    } while start < input.count
    writer.alignToByte()
    for shift in [24, 16, 8, 0] { writer.put(UInt64(checksum >> UInt32(shift) & 0xFF), bits: 8) }
    return writer.finish() - target
  }

  private mutating func encodeBlock(
    _ input: UnsafeRawBufferPointer, _ range: Range<Int>, isLast: Bool, _ writer: inout BitWriter
  ) {
    // A few bytes are what is left of a round number of them.
    let isRest = range.count <= RunDeflate.rest && range.lowerBound > 0
    guard !isRest, !isNoise(input, range) else { return store(input, range, isLast: isLast, &writer) }
    tokens.look(input, range)
    let cut = tokens.cut(input, range)
    tokens.count(cut)
    let code = blockCode()
    guard code.bits / 8 + 1 < range.count + 4 else {
      return store(input, range, isLast: isLast, &writer)
    }
    writer.put((isLast ? 1 : 0) | 2 << 1, bits: 3)
    code.header.write(to: &writer)
    writer.put(cut, patterns)
    writer.put(UInt64(code.literals.codes[256]), bits: UInt64(code.literals.lengths[256]))
  }

  /// The sum of the squares of how often each byte occurs in the sample.
  private borrowing func squares() -> UInt32 {
    var squares: UInt32 = 0
    for value in 0..<256 { squares &+= sampled[value] &* sampled[value] }
    return squares
  }

  /// The code of the block that was counted last. Blocks of one long run follow each other where nothing was observed, or
  /// where numbers are small: theirs is the same.
  private mutating func blockCode() -> BlockCode {
    let size = RunTokens.kinds * MemoryLayout<UInt32>.stride
    if let latest, memcmp(latestCounts, tokens.counts, size) == 0 { return latest }
    latestCounts.update(from: tokens.counts, count: RunTokens.kinds)
    let (literals, bits) = literalCode()
    let header = BlockHeader(literals: literals)
    let code = BlockCode(literals: literals, header: header, bits: header.bits + bits)
    latest = code
    return code
  }

  /// Puts a block as it is.
  private borrowing func store(
    _ input: UnsafeRawBufferPointer, _ range: Range<Int>, isLast: Bool, _ writer: inout BitWriter
  ) {
    writer.put(isLast ? 1 : 0, bits: 3)
    writer.alignToByte()
    writer.put(UInt64(range.count), bits: 16)
    writer.put(UInt64(~UInt16(range.count)), bits: 16)
    writer.put(UnsafeRawBufferPointer(rebasing: input[range]))
  }

  /// Whether a sample of a large block says that its bytes are all but evenly spread: coding them would save less
  /// than a hundredth.
  private borrowing func isNoise(_ input: UnsafeRawBufferPointer, _ range: Range<Int>) -> Bool {
    let samples = 1024
    guard range.count >= 16 * samples, let base = input.baseAddress else { return false }
    sampled.update(repeating: 0, count: 256)
    let step = (range.count - 1) / samples
    var repeats = 0
    for part in 0..<8 {
      for sample in (part * samples / 8)..<((part + 1) * samples / 8) {
        let place = base + range.lowerBound + 1 + sample * step
        let value = place.load(as: UInt8.self)
        sampled[Int(value)] &+= 1
        repeats &+= value == (place - 1).load(as: UInt8.self) ? 1 : 0
      }
      // Of even noise 4 samples in 1024 repeat the byte before, and the squares add up to 5,116, give or take 90.
      guard repeats <= 16 else { return false }
    }
    return squares() <= 5300
  }

  /// The code of literals and run lengths, and with it the bits of every token.
  ///
  /// - Returns: the code, and how many bits the block's tokens take.
  private borrowing func literalCode() -> (HuffmanCode, bits: Int) {
    let counts = tokens.counts
    var frequencies = [UInt32](repeating: 0, count: 286)
    for literal in 0..<256 { frequencies[literal] = counts[literal] }
    frequencies[256] = 1
    return RunLengths.table.withUnsafeBufferPointer { lengths in
      let runCounts = counts + RunTokens.firstRun
      for run in 0..<256 where runCounts[run] > 0 {
        frequencies[Int(lengths[run].symbol)] += runCounts[run]
      }
      let code = HuffmanCode(frequencies: frequencies, limit: 15)
      var bits = Int(code.lengths[256])
      for token in 0..<256 where counts[token] > 0 {
        let pattern = code.pattern(token)
        patterns[token] = pattern
        bits &+= Int(counts[token]) &* Int(pattern & 0xFF)
      }
      for run in 0..<256 where runCounts[run] > 0 {
        let pattern = lengths[run].pattern(code)
        patterns[RunTokens.firstRun + run] = pattern
        bits &+= Int(runCounts[run]) &* Int(pattern & 0xFF)
      }
      return (code, bits)
    }
  }
}

/// How a block's tokens are coded.
private struct BlockCode {
  let literals: HuffmanCode
  let header: BlockHeader
  /// Of the whole block, but for the three it begins with.
  let bits: Int
}

/// Deflate's symbols for run lengths of 3 to 258 (RFC 1951, section 3.2.5).
enum RunLengths {
  struct Entry {
    let symbol: UInt16
    let extra: UInt8
    let extraBits: UInt8

    /// The bits of a run of this length, above the number of them in the lowest byte.
    func pattern(_ code: HuffmanCode) -> UInt32 {
      let symbol = code.pattern(Int(symbol))
      // The distance is always one: the only code of its alphabet, a single zero bit.
      return symbol &+ UInt32(extraBits) &+ 1 | UInt32(extra) &<< (8 &+ (symbol & 0xFF))
    }
  }

  static let table: [Entry] = (3...258).map { length in
    if length == 258 { return Entry(symbol: 285, extra: 0, extraBits: 0) }
    if length < 11 { return Entry(symbol: UInt16(254 + length), extra: 0, extraBits: 0) }
    // Four symbols for each further extra bit.
    let offset = length - 3
    let extraBits = offset.bitWidth - offset.leadingZeroBitCount - 3
    let symbol = 257 + extraBits * 4 + offset >> extraBits
    return Entry(
      symbol: UInt16(symbol), extra: UInt8(offset & (1 << extraBits - 1)), extraBits: UInt8(extraBits))
  }
}

/// The description of a dynamic block's codes (RFC 1951, section 3.2.7), without run-length coding: it is short
/// beside 64 KiB of data.
struct BlockHeader: Sendable {
  private static let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

  private let lengths: [UInt8]
  private let literalCount: Int
  private let code: HuffmanCode
  private let codeCount: Int

  init(literals: HuffmanCode) {
    literalCount = max(257, (literals.lengths.lastIndex { $0 > 0 } ?? 0) + 1)
    // One distance code, of one bit.
    lengths = Array(literals.lengths[..<literalCount]) + [1]
    var frequencies = [UInt32](repeating: 0, count: 19)
    for length in lengths { frequencies[Int(length)] += 1 }
    code = HuffmanCode(frequencies: frequencies, limit: 7)
    let used = BlockHeader.order.lastIndex { [code] in code.lengths[$0] > 0 } ?? 0
    codeCount = max(4, used + 1)
  }

  var bits: Int {
    3 + 5 + 5 + 4 + codeCount * 3 + lengths.reduce(0) { $0 + Int(code.lengths[Int($1)]) }
  }

  func write(to writer: inout BitWriter) {
    writer.put(UInt64(literalCount - 257), bits: 5)
    writer.put(0, bits: 5)
    writer.put(UInt64(codeCount - 4), bits: 4)
    for symbol in BlockHeader.order[..<codeCount] { writer.put(UInt64(code.lengths[symbol]), bits: 3) }
    for length in lengths {
      writer.put(UInt64(code.codes[Int(length)]), bits: UInt64(code.lengths[Int(length)]))
    }
  }
}
