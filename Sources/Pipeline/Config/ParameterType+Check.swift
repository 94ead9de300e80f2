import Engine
import JSON

extension ParameterType {
  /// Everything about a value that is not as the type has it.
  func mistakes(in node: JSONNode, path: JSONPath) -> [Diagnostic] {
    func wrong(_ message: String) -> [Diagnostic] {
      [Diagnostic(path: path, position: node.position, message: message)]
    }
    guard accepts(kindOf: node) else {
      return [
        Diagnostic(
          path: path, position: node.position, message: "expected \(phrase), found \(node.found)",
          suggestion: rewritten(node, path).map { "write \($0)" })
      ]
    }
    switch self {
    case .boolean, .any: return []
    case .text, .form: return node.string?.controlCharacter.map { wrong($0.refusal) } ?? []
    case .file:
      if let character = node.string?.controlCharacter { return wrong(character.refusal) }
      return node.string == "" ? wrong("expected a path, found an empty string") : []
    case .variable:
      if let character = node.string?.controlCharacter { return wrong(character.refusal) }
      return node.string == "" ? wrong("a variable's name must not be empty") : []
    case .integer(let range):
      if let integer = node.integer, range.contains(integer) { return [] }
      return wrong("expected \(phrase), found \(node.numberText)")
    case .number(let range):
      if let number = node.double, range.contains(number) { return [] }
      return wrong("expected \(phrase), found \(node.numberText)")
    case .choice(let words):
      guard let word = node.string, !words.contains(word) else { return [] }
      return [
        Diagnostic(
          path: path, position: node.position, message: "expected \(phrase), found \"\(word)\"", name: word,
          among: words)
      ]
    case .list(let element, let least):
      let elements = node.array ?? []
      guard elements.count >= least else {
        return wrong(
          elements.isEmpty
            ? "expected \(phrase) with at least one element, found an empty list"
            : "expected \(phrase), found \(elements.count)")
      }
      return elements.enumerated().flatMap { place, node in
        element.mistakes(in: node, path: path.appending(place))
      }
    case .map(let type):
      return (node.members ?? []).flatMap { member in
        member.key.controlCharacter.map {
          [Diagnostic(path: path, position: member.keyPosition, message: $0.refusal)]
        } ?? type.mistakes(in: member.node, path: path.appending(member.key))
      }
    case .object(let fields):
      let names = fields.map(\.name)
      return (node.members ?? []).flatMap { member in
        guard let field = fields.first(where: { $0.name == member.key }) else {
          return [Diagnostic(unknownKey: member, path: path, among: names)]
        }
        return field.type.mistakes(in: member.node, path: path.appending(member.key))
      }
    case .either(let types):
      let fitting = types.filter { $0.accepts(kindOf: node) }
      let all = fitting.map { $0.mistakes(in: node, path: path) }
      if all.contains(where: \.isEmpty) { return [] }
      // Of a wrong word all else that could stand here is of interest; of a wrong list what is wrong inside.
      if case .choice(let words)? = fitting.first, let word = node.string {
        return [
          Diagnostic(
            path: path, position: node.position, message: "expected \(phrase), found \"\(word)\"", name: word,
            among: words)
        ]
      }
      return all.count == 1 ? all[0] : wrong("expected \(phrase), found \(node.plain.text())")
    }
  }

  /// How a value of the wrong kind is probably meant.
  private func rewritten(_ node: JSONNode, _ path: JSONPath) -> String? {
    switch self {
    case .list(let element, let least) where least <= 1 && element.mistakes(in: node, path: path).isEmpty:
      "[\(node.plain.text())]"
    case .text where path.description.hasSuffix("crs") && node.integer != nil: "\"EPSG:\(node.numberText)\""
    case .integer, .number: node.string.flatMap(Double.init) == nil ? nil : node.string
    default: nil
    }
  }

  /// Whether the type takes values of this JSON kind at all.
  private func accepts(kindOf node: JSONNode) -> Bool {
    switch self {
    case .text, .form, .variable, .file, .choice: node.string != nil
    case .boolean: node.bool != nil
    case .integer, .number: node.double != nil
    case .list: node.array != nil
    case .map, .object: node.members != nil
    case .either(let types): types.contains { $0.accepts(kindOf: node) }
    case .any: true
    }
  }
}

extension String {
  /// The first character that no text of a config holds: files cut texts short at some, terminals obey others. Blanks
  /// and ends of lines are none.
  fileprivate var controlCharacter: Unicode.Scalar? {
    unicodeScalars.first {
      $0.properties.generalCategory == .control && $0 != "\t" && $0 != "\n" && $0 != "\r"
    }
  }
}

extension Unicode.Scalar {
  fileprivate var refusal: String {
    let digits = String(value, radix: 16, uppercase: true)
    return
      "the string holds a control character (U+\(String(repeating: "0", count: 4 - digits.count))\(digits))"
  }
}

extension Diagnostic {
  /// A key that does not belong where it stands.
  init(unknownKey member: JSONNode.Member, path: JSONPath, among names: [String]) {
    let nearest = NearestName.best(for: member.key, among: names).map { "did you mean \"\($0)\"?" }
    self.init(
      path: path.appending(member.key), position: member.keyPosition,
      message: "unknown key \"\(member.key)\"",
      suggestion: nearest ?? (names.isEmpty ? nil : "valid keys are \(names.joined(separator: ", "))"))
  }
}

extension JSONNode {
  /// A number as the text has it.
  var numberText: String {
    guard case .number(let number) = value else { return found }
    return number.text
  }
}
