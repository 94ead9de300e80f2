/// The code for blocks whose bytes are evenly spread, but for runs: low parts of the mantissa where much is missing.
///
/// It is the same for all, so that nothing has to be counted and no code made, and one or two hundredths worse than one
/// that is: 224 literals have 8 bits, 32 have 9, and the last sixteenth of all patterns is for runs and the block's end.
struct EvenCode: Sendable {
  let header: BlockHeader
  /// For each token its bits, with the number of them in the top byte.
  let patterns: [UInt32]
  let end: (bits: UInt64, width: UInt64)
  /// Bits of the longest token.
  let longest: UInt32

  private static let longestLiteral = 9

  init() {
    var lengths = [UInt8](repeating: 8, count: 224) + [UInt8](repeating: 9, count: 32)
    // The block's end; then runs, those with more bits of their own shorter: no token is longer than 14 bits.
    lengths += [8]
    lengths += [UInt8](repeating: 9, count: 4) + [UInt8](repeating: 10, count: 12)
    lengths += [UInt8](repeating: 9, count: 8) + [UInt8](repeating: 8, count: 4) + [7]
    let literals = HuffmanCode(lengths: lengths)
    header = BlockHeader(literals: literals)
    patterns = (0..<RunTokens.kinds).map { RunLengths.pattern(of: $0, literals) }
    longest = patterns.reduce(0) { max($0, $1 >> 24) }
    end = (UInt64(literals.codes[256]), UInt64(literals.lengths[256]))
  }

  /// Whether a block of so many bytes becomes smaller in any case, and has no more runs than the code is made for.
  func shortens(_ count: Int, _ cut: RunTokens.Cut) -> Bool {
    guard cut.runs * 16 <= cut.tokens.count else { return false }
    let bits = (cut.tokens.count - cut.runs) * EvenCode.longestLiteral + cut.runs * Int(longest) + header.bits
    return bits / 8 + 8 < count
  }
}
