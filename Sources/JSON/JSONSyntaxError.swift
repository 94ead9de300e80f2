/// A text that is not JSON: what was expected, and where.
public struct JSONSyntaxError: Error, Hashable, Sendable {
  /// What is wrong, as a sentence without a full stop: `expected ',' or '}' after the value of "bands"`.
  public let message: String
  /// Where it is wrong.
  public let position: SourcePosition
  /// What to do about it, where that is known.
  public let hint: String?

  public init(message: String, position: SourcePosition, hint: String? = nil) {
    self.message = message
    self.position = position
    self.hint = hint
  }

  /// "configs/a.json:12:9: message; hint".
  public func rendered(file: String) -> String { "\(file):\(position): \(sentence)" }

  private var sentence: String { message + (hint.map { "; \($0)" } ?? "") }
}

extension JSONSyntaxError: CustomStringConvertible {
  /// "line 12, column 9: message; hint".
  public var description: String { "line \(position.line), column \(position.column): \(sentence)" }
}
