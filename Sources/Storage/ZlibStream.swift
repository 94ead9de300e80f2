internal import CZlib

/// Checks zlib streams (RFC 1950) of any length in little memory.
public enum ZlibStream {
  /// What came of a stream.
  public enum Outcome: Hashable, Sendable {
    /// It matches its own checksum, and holds so many bytes. What follows it was not looked at.
    case sound(bytes: Int)
    /// It is no zlib stream, it is cut short, or it does not match its checksum.
    case damaged
  }

  private static let pieceSize = 64 << 10

  /// Unpacks a stream to its end, and keeps nothing of it.
  ///
  /// - Parameter next: fills memory with the stream's next bytes, and says how many there were; 0 at the end.
  public static func check(
    _ next: (UnsafeMutableRawBufferPointer) throws -> Int
  ) rethrows -> Outcome {
    let input = UnsafeMutablePointer<UInt8>.allocate(capacity: pieceSize)
    let output = UnsafeMutablePointer<UInt8>.allocate(capacity: pieceSize)
    defer {
      input.deallocate()
      output.deallocate()
    }
    var stream = z_stream()
    guard apus_inflate_init(&stream) == Z_OK else { return .damaged }
    defer { inflateEnd(&stream) }
    var bytes = 0
    while true {
      if stream.avail_in == 0 {
        let count = try next(UnsafeMutableRawBufferPointer(start: input, count: pieceSize))
        guard count > 0 else { return .damaged }
        stream.next_in = input
        stream.avail_in = UInt32(count)
      }
      stream.next_out = output
      stream.avail_out = UInt32(pieceSize)
      let status = inflate(&stream, Z_NO_FLUSH)
      bytes += pieceSize - Int(stream.avail_out)
      // zlib says that this is the end only where the checksum is right.
      if status == Z_STREAM_END { return .sound(bytes: bytes) }
      guard status == Z_OK else { return .damaged }
    }
  }
}
