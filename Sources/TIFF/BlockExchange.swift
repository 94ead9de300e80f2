/// Rows of an unpacked block, as its file holds them: still differenced where that is.
public struct UnpackedRows: Sendable {
  /// Counted from the block's first.
  public let rows: Range<Int>
  public let bytes: [UInt8]

  public init(rows: Range<Int>, bytes: [UInt8]) {
    (self.rows, self.bytes) = (rows, bytes)
  }
}

/// Whose turn it is to unpack a block.
public enum BlockClaim: Sendable {
  /// Another read has unpacked it.
  case unpacked(UnpackedRows)
  /// The caller's, who ends the claim with `keep` or `release`.
  case own
  /// Another read is unpacking it.
  case elsewhere
}

/// Unpacked blocks that reads of one file leave for each other, so that each is unpacked once.
///
/// Nobody waits while holding a claim: whoever waits therefore waits for somebody who is unpacking.
public protocol BlockExchange {
  /// Gives a block, or claims it for the caller where no other read has it in work.
  func claim(_ number: Int) -> BlockClaim
  /// Claims a block that no other read has unpacked or has in work; it is not waited for, and not taken.
  func claimIfAbsent(_ number: Int) -> Bool
  /// Waits for a block that is unpacked elsewhere; nil where that came to nothing, and it is claimed for the caller.
  func wait(for number: Int) -> UnpackedRows?
  /// Gets a block that this read has unpacked, and ends its claim; the bytes live as long as the call.
  func keep(_ number: Int, _ block: UnsafeRawBufferPointer)
  /// Ends a claim to a block that could not be unpacked.
  func release(_ number: Int)
}
