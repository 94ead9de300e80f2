import Geo
import JSON

/// Reads CQL2 JSON, and gathers every mistake with its place.
struct CQL2JSONReader {
  private(set) var mistakes: [Diagnostic] = []

  /// The expression of a node; nil after a mistake in it.
  mutating func expression(_ node: JSONNode, _ path: JSONPath) -> CQL2Expression? {
    switch node.value {
    case .null, .bool, .number, .string: return .literal(node.plain)
    case .array(let elements):
      let parts = elements.enumerated().map { expression($0.element, path.appending($0.offset)) }
      return parts.contains { $0 == nil } ? nil : .list(parts.compactMap { $0 })
    case .object: return object(node, path)
    }
  }

  private mutating func object(_ node: JSONNode, _ path: JSONPath) -> CQL2Expression? {
    if let op = node["op"] { return call(op, node, path) }
    if let name = node["property"] {
      guard let text = name.string, !text.isEmpty else {
        return report(
          name, path.appending("property"), "a property is named by a string, not \(name.kindName)")
      }
      return .named(text)
    }
    for key in ["date", "timestamp"] {
      guard let value = node[key] else { continue }
      let parsed = value.string.flatMap { CQL2Expression.moment(key, $0) }
      return parsed
        ?? report(value, path.appending(key), "this is no \(key)", "write it as \(Self.example[key] ?? "")")
    }
    if let interval = node["interval"] { return self.interval(interval, path.appending("interval")) }
    if node["bbox"] != nil || node["coordinates"] != nil || node["geometries"] != nil {
      do throws(GeoJSONGeometry.Failure) {
        return .geometry(try GeoJSONGeometry.shapes(node), node.plain)
      } catch {
        mistakes.append(Diagnostic(path: path, position: error.position, message: error.message))
        return nil
      }
    }
    return report(
      node, path, "this is no CQL2 JSON",
      "an expression has \"op\" and \"args\", or \"property\", \"date\", \"timestamp\", \"interval\", or is a geometry"
    )
  }

  private static let example = ["date": "\"2021-01-03\"", "timestamp": "\"2021-01-03T14:38:55Z\""]

  private mutating func call(_ op: JSONNode, _ node: JSONNode, _ path: JSONPath) -> CQL2Expression? {
    guard let name = op.string, let operation = CQL2Operator.canonical(name) else {
      let shown = op.string.map { "\"\($0)\"" } ?? op.kindName
      let nearest = NearestName.best(for: op.string ?? "", among: CQL2Operator.names)
      return report(
        op, path.appending("op"), "\(shown) is no CQL2 operator that is evaluated here",
        nearest.map { "did you mean \"\($0)\"?" })
    }
    guard let arguments = node["args"] else { return report(node, path, "\"\(operation)\" has no \"args\"") }
    var nodes = arguments.array ?? [arguments]
    // Drafts of CQL2 wrote the bounds of "between" as a list.
    if operation == "between", nodes.count == 2, let bounds = nodes[1].array { nodes = [nodes[0]] + bounds }
    let place = path.appending("args")
    let parts = nodes.enumerated().map { expression($0.element, place.appending($0.offset)) }
    guard !parts.contains(where: { $0 == nil }) else { return nil }
    let call = CQL2Expression.call(operation, parts.compactMap { $0 })
    if let problem = call.problem(wantsCondition: false) { return report(node, path, problem) }
    return call
  }

  private mutating func interval(_ node: JSONNode, _ path: JSONPath) -> CQL2Expression? {
    guard let ends = node.array, ends.count == 2 else {
      return report(node, path, "an interval is a list of two dates or times, or \"..\" for an open end")
    }
    var bounds: [CQL2Expression?] = []
    for (index, end) in ends.enumerated() {
      if end.string == ".." {
        bounds.append(nil)
      } else if let text = end.string, let moment = CQL2Expression.moment(nil, text) {
        bounds.append(moment)
      } else if end.members != nil, let value = expression(end, path.appending(index)) {
        bounds.append(value)
      } else {
        return report(
          end, path.appending(index), "this is no date or time", "write it as \"2021-01-03T14:38:55Z\"")
      }
    }
    return .interval(bounds[0], bounds[1])
  }

  private mutating func report(
    _ node: JSONNode, _ path: JSONPath, _ message: String, _ suggestion: String? = nil
  ) -> CQL2Expression? {
    mistakes.append(Diagnostic(path: path, position: node.position, message: message, suggestion: suggestion))
    return nil
  }
}

extension CQL2Expression {
  /// A date or a timestamp; nil for anything else.
  ///
  /// - Parameter kind: "date" or "timestamp", or nil for either.
  static func moment(_ kind: String?, _ text: String) -> CQL2Expression? {
    if kind != "timestamp", let date = CalendarDate(text) { return .date(date) }
    if kind != "date", text.count > 10, let instant = Instant(text) { return .timestamp(instant) }
    return nil
  }
}
