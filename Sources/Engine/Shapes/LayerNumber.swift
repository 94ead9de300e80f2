/// A number of a whole layer of a variable, found in all of its values before any pixel is computed with it.
public struct LayerNumber: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    /// The threshold between two classes; see `OtsuThreshold`.
    case otsu
    /// From 0 to 100: linear between the two values next to it.
    case percentile(Double)
  }

  /// The variable.
  public let variable: String
  public let kind: Kind

  public init(_ kind: Kind, of variable: String) { (self.kind, self.variable) = (kind, variable) }
}
