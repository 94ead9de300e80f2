/// One mistake in a document: where, what, and what was probably meant.
public struct Diagnostic: Hashable, Sendable {
  /// The value that is wrong.
  public let path: JSONPath
  /// Its place in the text.
  public let position: SourcePosition
  /// What is wrong, as a sentence without a full stop.
  public let message: String
  /// What to do, as in `did you mean "nir08"?`.
  public let suggestion: String?

  public init(path: JSONPath, position: SourcePosition, message: String, suggestion: String? = nil) {
    self.path = path
    self.position = position
    self.message = message
    self.suggestion = suggestion
  }

  /// A mistake in a name, which suggests the nearest of the valid ones.
  public init(path: JSONPath, position: SourcePosition, message: String, name: String, among names: [String])
  {
    self.init(
      path: path,
      position: position,
      message: message,
      suggestion: NearestName.best(for: name, among: names).map { "did you mean \"\($0)\"?" }
    )
  }

  /// `configs/a.json:12:9: $.sequences[0].modules[1].band: unknown band "qa_pixle"; did you mean "qa_pixel"?`
  public func rendered(file: String) -> String { "\(file):\(position): \(path): \(sentence)" }

  private var sentence: String { message + (suggestion.map { "; \($0)" } ?? "") }
}

extension Diagnostic: CustomStringConvertible {
  /// The mistake without a file's name: `12:9: $.area: …`.
  public var description: String { "\(position): \(path): \(sentence)" }
}
