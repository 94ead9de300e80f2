import Engine
import JSON

/// Where a module's parameters name a variable: in those that are declared to hold one, and in a source's bands.
struct VariablePlace {
  let node: JSONNode
  let path: JSONPath

  /// - Parameters:
  ///   - variable: its name.
  ///   - config: the module's, at `path`.
  /// - Returns: the first place; nil where the name is nowhere, or the module knows the variable by itself.
  init?(of variable: String, in config: JSONNode, _ module: any Module, at path: JSONPath) {
    for parameter in type(of: module).descriptor.parameters {
      let isBands = module is any SourceModule && parameter.name == "bands"
      let type = isBands ? .list(of: .variable, atLeast: 1) : parameter.type
      guard let value = config[parameter.name],
        let place = VariablePlace(of: variable, in: value, type, at: path.appending(parameter.name))
      else { continue }
      self = place
      return
    }
    return nil
  }

  private init?(of variable: String, in node: JSONNode, _ type: ParameterType, at path: JSONPath) {
    func first(_ parts: [(node: JSONNode, type: ParameterType, path: JSONPath)]) -> VariablePlace? {
      parts.lazy.compactMap { VariablePlace(of: variable, in: $0.node, $0.type, at: $0.path) }.first
    }
    let found: VariablePlace?
    switch type {
    case .variable: found = node.string == variable ? VariablePlace(node: node, path: path) : nil
    case .list(let element, _):
      found = first((node.array ?? []).enumerated().map { ($1, element, path.appending($0)) })
    case .map(let value): found = first((node.members ?? []).map { ($0.node, value, path.appending($0.key)) })
    case .object(let fields):
      found = first(
        fields.compactMap { field in node[field.name].map { ($0, field.type, path.appending(field.name)) } })
    case .either(let types): found = first(types.map { (node, $0, path) })
    case .text, .form, .file, .boolean, .integer, .number, .choice, .any: found = nil
    }
    guard let found else { return nil }
    self = found
  }

  private init(node: JSONNode, path: JSONPath) { (self.node, self.path) = (node, path) }
}
