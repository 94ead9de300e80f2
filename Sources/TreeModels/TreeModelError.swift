/// Why bytes are no model of decision trees that can be evaluated: what is wrong, and where in the model.
public struct TreeModelError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong, as a sentence without a full stop.
  public let description: String
  /// What to do about it, where that is known.
  public let suggestion: String?

  public init(_ description: String, suggestion: String? = nil) {
    self.description = description
    self.suggestion = suggestion
  }
}
