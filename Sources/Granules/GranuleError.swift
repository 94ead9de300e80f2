/// What is wrong with a granule: which file, what was looked for, and what to do.
public struct GranuleError: Error, Hashable, Sendable, CustomStringConvertible {
  public let path: String
  public let message: String
  /// Whether the file is sound and merely of another kind: a grid, or another product.
  public let isOtherKind: Bool

  public init(_ path: String, _ message: String, isOtherKind: Bool = false) {
    (self.path, self.message, self.isOtherKind) = (path, message, isOtherKind)
  }

  public var description: String { "\(path): \(message)" }
}
