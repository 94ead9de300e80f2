public import JSON

/// The parameters of one module in a config: names and types already checked against its descriptor.
public struct ModuleArguments: Sendable {
  /// The module's object in the config.
  public let node: JSONNode
  /// Where the object stands.
  public let path: JSONPath

  public init(node: JSONNode, path: JSONPath) {
    self.node = node
    self.path = path
  }

  /// The node of a parameter; nil when the config does not give it.
  public func node(_ name: String) -> JSONNode? { node[name] }

  public func text(_ name: String) -> String? { node[name]?.string }
  public func boolean(_ name: String) -> Bool? { node[name]?.bool }
  public func integer(_ name: String) -> Int? { node[name]?.integer }
  public func number(_ name: String) -> Double? { node[name]?.double }

  /// A list of texts, or one text as a list of one; nil when absent.
  public func texts(_ name: String) -> [String]? {
    guard let node = node[name] else { return nil }
    if let single = node.string { return [single] }
    return node.array?.compactMap(\.string)
  }

  /// The result's name: `as`, or the default.
  public func resultName(default name: String) -> String { text("as") ?? name }
}
