/// Where the bytes of a remote file come from: one try each.
public protocol RangeSource: Sendable {
  /// Fetches bytes from a place on into `buffer`.
  ///
  /// - Parameters:
  ///   - offset: the first byte's place in the file, from 0.
  ///   - buffer: filled whole, or up to the file's end where it may end.
  ///   - mayEnd: whether the file may end before the buffer is full.
  func fetch(
    at offset: Int, into buffer: UnsafeMutableRawBufferPointer, mayEnd: Bool
  ) -> Result<RangeAnswer, NetworkFault>

  /// Fetches the file from its beginning to its end.
  ///
  /// - Parameter body: gets the bytes, which mean nothing before the end was reached; says whether to go on.
  func fetchWhole(_ body: @escaping (UnsafeRawBufferPointer) -> Bool) -> Result<RangeAnswer, NetworkFault>

  /// Asks for the length of the file.
  func fetchLength() -> Result<RangeAnswer, NetworkFault>
}

extension RangeSource {
  public func fetchWhole(
    _ body: @escaping (UnsafeRawBufferPointer) -> Bool
  ) -> Result<RangeAnswer, NetworkFault> {
    .failure(NetworkFault(.answer, .final, message: "it can only be read in parts"))
  }

  public func fetchLength() -> Result<RangeAnswer, NetworkFault> {
    .failure(NetworkFault(.answer, .final, message: "the server does not tell its length"))
  }
}

/// Bytes that came.
public struct RangeAnswer: Sendable {
  public let count: Int
  /// The length of the whole file; nil when the answer does not tell.
  public let total: Int?
  public let version: FileVersion

  public init(count: Int, total: Int?, version: FileVersion) {
    self.count = count
    self.total = total
    self.version = version
  }
}
