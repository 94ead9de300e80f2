internal import CProcessor

/// The literals and runs that blocks of bytes are cut into, and how often each occurs.
///
/// Tokens below 256 are literals; from there on runs of 3 + (token − 256) bytes, each equal to the byte before.
struct RunTokens: ~Copyable {
  /// How many different tokens there are.
  static let kinds = 512
  static let firstRun = 256
  private static let longestRun = 258

  /// The tokens of the block that was cut last; with room for a vector of literals behind the last.
  private let tokens: UnsafeMutablePointer<UInt16>
  /// A bit for each byte of a block, and a word of zeros.
  private let repeats: UnsafeMutablePointer<UInt64>
  /// In its first part how often each token occurs.
  private let tables = UnsafeMutablePointer<UInt32>.allocate(capacity: 4 * kinds)

  /// - Parameter blockSize: the most bytes that a block has.
  init(blockSize: Int) {
    tokens = .allocate(capacity: blockSize + 16)
    repeats = .allocate(capacity: blockSize / 64 + 2)
  }

  deinit {
    tokens.deallocate()
    repeats.deallocate()
    tables.deallocate()
  }

  /// How often each token occurs in the block that was counted last.
  var counts: UnsafePointer<UInt32> { UnsafePointer(tables) }

  /// Cuts the block that was looked at last into literals and runs.
  ///
  /// - Returns: the block's tokens, valid until the next is cut.
  borrowing func cut(_ input: UnsafeRawBufferPointer, _ range: Range<Int>) -> UnsafeBufferPointer<UInt16> {
    guard let base = input.baseAddress else { return UnsafeBufferPointer(start: nil, count: 0) }
    let block = base + range.lowerBound
    let (size, room) = (range.count, input.count - range.lowerBound)
    var token = tokens
    /// Where the literals begin that are no tokens yet.
    var done = 0
    var word = 0
    var before: UInt64 = 0
    while word &* 64 < size {
      let (repeated, next) = (repeats[word], repeats[word &+ 1])
      // Where a third byte in a row repeats the one before it, seen from the first of the three; and of these the
      // places where that begins.
      let threes = repeated & (repeated &>> 1 | next &<< 63) & (repeated &>> 2 | next &<< 62)
      var starts = threes & ~(repeated &<< 1 | before)
      while starts != 0 {
        let bit = starts.trailingZeroBitCount
        let start = word &* 64 &+ bit
        starts &= starts &- 1
        // The last bytes of a block are literals.
        guard start &+ 8 <= size else { break }
        copyLiterals(block + done, start &- done, room: room &- done, to: &token)
        var length = (~(repeated &>> UInt64(bit))).trailingZeroBitCount
        if bit &+ length == 64 { length &+= runLength(word: word &+ 1) }
        done = start &+ length
        putRun(length, to: &token)
      }
      before = repeated &>> 63
      word &+= 1
      if done > word &* 64 {
        word = done &>> 6
        before = repeats[word &- 1] &>> 63
      }
    }
    copyLiterals(block + done, size &- done, room: room &- done, to: &token)
    return UnsafeBufferPointer(start: tokens, count: token - tokens)
  }

  /// Looks at a block: notes for each byte whether it repeats the byte before it.
  borrowing func look(_ input: UnsafeRawBufferPointer, _ range: Range<Int>) {
    guard let base = input.baseAddress else { return }
    let words = (range.count + 63) / 64
    for word in 0..<words {
      let start = range.lowerBound + word * 64
      // The first byte of all has nothing before it that it could repeat.
      if start > 0, start + 64 <= input.count {
        repeats[word] = apus_repeated_bytes(base + start)
      } else {
        repeats[word] = 0
        for place in max(start, 1)..<max(min(start + 64, range.upperBound), 1)
        where input[place] == input[place - 1] {
          repeats[word] |= 1 << UInt64(place - start)
        }
      }
    }
    // Runs end where the block does.
    if range.count % 64 > 0 { repeats[words - 1] &= 1 << UInt64(range.count % 64) - 1 }
    repeats[words] = 0
  }

  /// How many bytes from the first of a word on repeat the byte before them.
  private borrowing func runLength(word: Int) -> Int {
    var end = word
    while repeats[end] == .max { end &+= 1 }
    return (end &- word) &* 64 &+ (~repeats[end]).trailingZeroBitCount
  }

  /// Makes tokens of bytes as they are.
  ///
  /// - Parameter room: bytes that can be read.
  @inline(__always)
  private borrowing func copyLiterals(
    _ source: UnsafeRawPointer, _ length: Int, room: Int, to token: inout UnsafeMutablePointer<UInt16>
  ) {
    var place = 0
    // Whole vectors, the last of them beyond the end: what comes next is written over it.
    while place < length, place &+ 16 <= room {
      let bytes = (source + place).loadUnaligned(as: SIMD16<UInt8>.self)
      UnsafeMutableRawPointer(token + place)
        .storeBytes(of: SIMD16<UInt16>(truncatingIfNeeded: bytes), as: SIMD16<UInt16>.self)
      place &+= 16
    }
    while place < length {
      token[place] = UInt16((source + place).load(as: UInt8.self))
      place &+= 1
    }
    token += length
  }

  /// Makes tokens of a run of three bytes or more.
  @inline(__always)
  private borrowing func putRun(_ length: Int, to token: inout UnsafeMutablePointer<UInt16>) {
    var length = length
    while length > RunTokens.longestRun {
      // No remainder of one or two bytes: they would be literals.
      let run = length < RunTokens.longestRun &+ 3 ? RunTokens.longestRun &- 3 : RunTokens.longestRun
      token.pointee = UInt16(truncatingIfNeeded: RunTokens.firstRun &+ run &- 3)
      token += 1
      length &-= run
    }
    guard length > 0 else { return }
    token.pointee = UInt16(truncatingIfNeeded: RunTokens.firstRun &+ length &- 3)
    token += 1
  }

  /// Counts each token of the block that was cut last, in four tables: the next is often the same, and need not wait for
  /// the one before.
  borrowing func count(_ cut: UnsafeBufferPointer<UInt16>) {
    let count = cut.count
    let (first, second) = (tables, tables + RunTokens.kinds)
    let (third, fourth) = (second + RunTokens.kinds, second + 2 * RunTokens.kinds)
    tables.update(repeating: 0, count: 4 * RunTokens.kinds)
    var place = 0
    while place &+ 4 <= count {
      let four = UnsafeRawPointer(tokens + place).loadUnaligned(as: UInt64.self)
      first[Int(truncatingIfNeeded: four & 0xFFFF)] &+= 1
      second[Int(truncatingIfNeeded: four &>> 16 & 0xFFFF)] &+= 1
      third[Int(truncatingIfNeeded: four &>> 32 & 0xFFFF)] &+= 1
      fourth[Int(truncatingIfNeeded: four &>> 48)] &+= 1
      place &+= 4
    }
    while place < count {
      first[Int(tokens[place])] &+= 1
      place += 1
    }
    for token in 0..<RunTokens.kinds { first[token] &+= second[token] &+ third[token] &+ fourth[token] }
  }
}
