public import JSON

/// What came of reading a config file: a config, or every mistake in it.
public struct ConfigReading: Sendable {
  /// The path of the file, as it was given.
  public let file: String
  /// The config; nil when there is any mistake.
  public internal(set) var config: PipelineConfig?
  /// Every mistake, in the order of the text. A file that cannot be read, or is no JSON, is one mistake with
  /// the root's path.
  public let diagnostics: [Diagnostic]
  /// A line for each mistake: `a.json:12:9: $.area.bbox: …; what to do`.
  public let messages: [String]

  init(file: String, config: PipelineConfig?, diagnostics: [Diagnostic]) {
    self.file = file
    self.config = diagnostics.isEmpty ? config : nil
    self.diagnostics = diagnostics
    messages = diagnostics.map { $0.rendered(file: file) }
  }

  /// A file that is no JSON: no path says anything then.
  init(file: String, syntaxError: JSONSyntaxError) {
    self.file = file
    config = nil
    diagnostics = [
      Diagnostic(
        path: .root, position: syntaxError.position, message: syntaxError.message,
        suggestion: syntaxError.hint)
    ]
    messages = [syntaxError.rendered(file: file)]
  }

  /// A file that cannot be read has no lines.
  init(file: String, unreadable message: String) {
    self.file = file
    config = nil
    diagnostics = [
      Diagnostic(path: .root, position: SourcePosition(line: 1, column: 1), message: message)
    ]
    messages = [message]
  }
}
