public import JSON

/// A mistake in a formula: what is wrong, where, and what to write instead.
public struct ExpressionError: Error, Hashable, Sendable {
  /// What is wrong, as a sentence without a full stop.
  public let message: String
  /// The place in the formula's text; line and column count from 1.
  public let position: SourcePosition
  /// What to write instead, where that is known.
  public let hint: String?

  public init(message: String, position: SourcePosition, hint: String? = nil) {
    self.message = message
    self.position = position
    self.hint = hint
  }
}

extension ExpressionError: CustomStringConvertible {
  /// "line 1, column 7: message; hint".
  public var description: String {
    "line \(position.line), column \(position.column): \(message)" + (hint.map { "; \($0)" } ?? "")
  }
}
