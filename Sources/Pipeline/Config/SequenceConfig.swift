public import Engine
public import JSON

/// Modules in order, over one cube.
public struct SequenceConfig: Sendable {
  public var name: String
  /// The sequences that must be finished before, in the order of the file.
  public var dependsOn: [String]
  public var modules: [ModuleConfig]
  /// Where stages of the graph are computed, by their places in it, as far as modules say so; the others where the
  /// pipeline runs.
  public var stageModes: [Int: RunMode] = [:]

  public init(name: String, dependsOn: [String] = [], modules: [ModuleConfig]) {
    self.name = name
    self.dependsOn = dependsOn
    self.modules = modules
  }
}

extension SequenceConfig {
  /// The modules as a graph is made of them.
  var members: [Graph.Member] {
    modules.map {
      Graph.Member(
        name: $0.name, module: $0.module, isSaved: $0.isSaved, encoding: $0.encoding,
        parameters: $0.parameters)
    }
  }
}

/// One module of a sequence.
public struct ModuleConfig: Sendable {
  /// The module's name in the registry: "ndvi".
  public var name: String
  /// The name of its (main) result: `as`, or the module's default; empty for sources and whole-run modules.
  public var result: String
  /// Whether the result is written.
  ///
  /// True for `"save": true`, for the last result of a sequence, and for every reduction: no module can read
  /// a result over all dates, so one that is not written would be work for nothing.
  public var isSaved: Bool
  public var module: any Module
  /// The files that its parameters name, as they were when the config was read.
  public var files: [ModuleFile.Identity] = []
  /// How files hold the result.
  public var encoding: VariableEncoding
  /// The module's own parameters that differ from their defaults, in one way of writing.
  public var parameters: JSONValue = [:]
  public var runMode: RunMode
  /// The pipeline's resources with what the module overrides.
  public var resources: Resources

  /// Where the config has it; nil for a module that no config names.
  var source: (node: JSONNode, path: JSONPath)?

  public init(
    name: String, result: String, isSaved: Bool, module: any Module,
    encoding: VariableEncoding = VariableEncoding(), runMode: RunMode = .local,
    resources: Resources = Resources()
  ) {
    self.name = name
    self.result = result
    self.isSaved = isSaved
    self.module = module
    self.encoding = encoding
    self.runMode = runMode
    self.resources = resources
  }

  /// A mistake in the module's parameters that is seen when the scenes and files are known, at its place in the config.
  ///
  /// - Parameters:
  ///   - message: what is wrong.
  ///   - key: the parameter, where it is one's.
  ///   - file: the config's path.
  func mistake(_ message: String, at key: String? = nil, in file: String) -> PlanError {
    PlanError(placed(message, at: key, in: file), isConfigMistake: true)
  }

  /// The same of a mistake in a variable's name, at the place where the module's parameters first name it.
  func mistake(_ message: String, naming variable: String, in file: String) -> PlanError {
    if let formula = module as? any FormulaModule, let place = formula.position(of: variable) {
      return mistake(
        type(of: formula).message(message, at: place), at: formula.formulaParameter, in: file)
    }
    guard let source, let place = VariablePlace(of: variable, in: source.node, module, at: source.path) else {
      return mistake(message, in: file)
    }
    let diagnostic = Diagnostic(path: place.path, position: place.node.position, message: message)
    return PlanError(diagnostic.rendered(file: file), isConfigMistake: true)
  }

  /// A message about the module that begins with its place in the config, as `mistake`.
  func placed(_ message: String, at key: String? = nil, in file: String) -> String {
    guard let source else { return message }
    let node = key.flatMap { source.node[$0] } ?? source.node
    let path = key.flatMap { source.node[$0] == nil ? nil : source.path.appending($0) } ?? source.path
    return Diagnostic(path: path, position: node.position, message: message).rendered(file: file)
  }

  var isReduction: Bool { module is any ReductionModule }

  /// What the config says, and where; nil for a module of no config.
  var arguments: ModuleArguments? { source.map { ModuleArguments(node: $0.node, path: $0.path) } }
}
