public import JSON

/// A condition on scenes in OGC's Common Query Language (CQL2), as text or as JSON.
///
/// Evaluated with SQL's logic of three values: a comparison with a property that an item does not have is neither true
/// nor false, and a scene is taken only when the whole is true.
public struct CQL2Filter: Hashable, Sendable {
  let root: CQL2Expression
  /// The filter as it was written, when that was text.
  public let text: String?
  /// The filter as CQL2 JSON.
  public let json: JSONValue

  /// Reads a filter: a string is CQL2 text, an object CQL2 JSON.
  ///
  /// - Parameters:
  ///   - node: the filter's value in its document.
  ///   - path: the node's path, for messages.
  /// - Returns: the filter, nil when there are mistakes; and every mistake.
  public static func read(_ node: JSONNode, path: JSONPath) -> (filter: CQL2Filter?, mistakes: [Diagnostic]) {
    var mistakes: [Diagnostic] = []
    var root: CQL2Expression?
    if let text = node.string {
      do throws(CQL2TextParser.Failure) {
        var parser = try CQL2TextParser(text)
        let expression = try parser.filter()
        if let problem = expression.problem(wantsCondition: true) {
          mistakes.append(Diagnostic(path: path, position: node.position, message: problem))
        }
        root = expression
      } catch {
        // In a string without escapes the place in the text is a place in the file.
        let isPlain = !text.unicodeScalars.contains { $0 == "\"" || $0 == "\\" || $0.value < 32 }
        let position = SourcePosition(
          line: node.position.line, column: node.position.column + (isPlain ? 1 + error.offset : 0))
        mistakes.append(
          Diagnostic(
            path: path, position: position,
            message: "CQL2 text, character \(error.offset + 1): \(error.message)",
            suggestion: error.suggestion))
      }
    } else if node.members != nil {
      var reader = CQL2JSONReader()
      root = reader.expression(node, path)
      mistakes = reader.mistakes
      if mistakes.isEmpty, let problem = root?.problem(wantsCondition: true) {
        mistakes.append(Diagnostic(path: path, position: node.position, message: problem))
      }
    } else {
      mistakes.append(
        Diagnostic(
          path: path, position: node.position,
          message: "a filter is CQL2 text (a string) or CQL2 JSON (an object), not \(node.kindName)"))
    }
    guard mistakes.isEmpty, let root else { return (nil, mistakes) }
    return (CQL2Filter(root: root, text: node.string, json: root.json), [])
  }

  /// Whether a scene meets the condition.
  public func matches(_ scene: Scene) -> Bool { root.holds(for: scene) ?? false }

  public static func == (left: CQL2Filter, right: CQL2Filter) -> Bool { left.json == right.json }

  public func hash(into hasher: inout Hasher) { hasher.combine(json) }
}
