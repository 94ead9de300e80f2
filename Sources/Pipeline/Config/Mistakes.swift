import JSON

/// The mistakes found so far while a config is read; used by one thread.
final class Mistakes {
  private(set) var diagnostics: [Diagnostic] = []

  func report(_ diagnostic: Diagnostic) {
    diagnostics.append(diagnostic)
  }

  func report(_ message: String, at position: SourcePosition, _ path: JSONPath, suggestion: String? = nil) {
    report(Diagnostic(path: path, position: position, message: message, suggestion: suggestion))
  }

  /// In the order of the text; each once.
  var sorted: [Diagnostic] {
    var seen: Set<Diagnostic> = []
    let unique = diagnostics.filter { seen.insert($0).inserted }
    return unique.enumerated().sorted {
      ($0.element.position, $0.offset) < ($1.element.position, $1.offset)
    }.map(\.element)
  }
}
