public import JSON

/// The parameters of one module in a config: names and types already checked against its descriptor.
public struct ModuleArguments: Sendable {
  /// The module's object in the config.
  public let node: JSONNode
  /// Where the object stands.
  public let path: JSONPath
  /// Parameters that the config gives with values that were refused, and that are missing in the object for it.
  private let refused: Set<String>

  /// - Parameters:
  ///   - node: the module's object, without what was refused.
  ///   - path: where it stands.
  ///   - refused: the parameters whose values were refused.
  public init(node: JSONNode, path: JSONPath, refused: Set<String> = []) {
    self.node = node
    self.path = path
    self.refused = refused
  }

  /// Whether the config gives a parameter, with a value that is right or wrong: what is wrong has been reported.
  public func isGiven(_ name: String) -> Bool { node[name] != nil || refused.contains(name) }

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
