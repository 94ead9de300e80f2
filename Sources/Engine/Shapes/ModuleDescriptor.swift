public import JSON

/// A module's name, parameters and documentation: what `apus modules`, the schema and validation are made from.
public struct ModuleDescriptor: Sendable {
  /// Where in a sequence a module stands and what shape it has.
  public enum Shape: String, Sendable {
    case source, layer, number, mask, pixelwise, neighbourhood, reduction, table
    case wholeRun = "whole run"
  }

  public let name: String
  public let shape: Shape
  /// One sentence.
  public let summary: String
  /// The formula, or the method in a sentence or two.
  public let method: String
  /// Details, missing-data rule and names of results, in a few paragraphs.
  public let discussion: String
  /// Papers, standards and programs that the method follows: "Rouse et al. 1974, …".
  public let references: [String]
  /// The module's own parameters; `module`, `as`, `save`, `run_mode` and `resources` belong to all modules.
  public let parameters: [ModuleParameter]
  /// The number of the method: raised whenever the same inputs and parameters give other numbers, so that results of
  /// before and after are never mixed in one run.
  public let revision: Int
  /// Where the examples can be tried.
  public let trial: ModuleTrial
  /// The module as a config has it, JSON objects: for its page, and for the tests that compute each of them.
  public let examples: [String]

  public init(
    name: String, shape: Shape, revision: Int = 1, summary: String, method: String = "", discussion: String,
    references: [String] = [], parameters: [ModuleParameter], trial: ModuleTrial = ModuleTrial(),
    examples: [String] = []
  ) {
    self.name = name
    self.shape = shape
    self.revision = revision
    self.summary = summary
    self.method = method
    self.discussion = discussion
    self.references = references
    self.parameters = parameters
    self.trial = trial
    self.examples = examples
  }
}

/// One parameter of a module.
public struct ModuleParameter: Sendable {
  public let name: String
  public let type: ParameterType
  public let isRequired: Bool
  /// The value that stands in when the config gives none, for the documentation.
  public let defaultValue: JSONValue?
  /// One or two sentences.
  public let summary: String
  /// Whether it is a list whose order, and how often an element is in it, means nothing.
  public let isUnordered: Bool

  public init(
    _ name: String, _ type: ParameterType, required: Bool = false, default defaultValue: JSONValue? = nil,
    _ summary: String, isUnordered: Bool = false
  ) {
    self.isUnordered = isUnordered
    self.name = name
    self.type = type
    isRequired = required
    self.defaultValue = defaultValue
    self.summary = summary
  }
}

/// The JSON values a parameter takes.
public indirect enum ParameterType: Hashable, Sendable {
  case text
  /// A text that the module reads itself, of which the schema says the form.
  case form(TextForm)
  /// The name of a band or of an earlier module's result.
  case variable
  /// The path of a file, which the module reads while it is made (`ModuleScope.file`).
  case file
  case boolean
  case integer(ClosedRange<Int>)
  case number(ClosedRange<Double>)
  /// One of these words.
  case choice([String])
  /// At least so many; of two and more exactly so many, by the JSON Schema and the module's own check: pairs and corners.
  case list(of: ParameterType, atLeast: Int)
  /// An object with any keys, whose values have this type.
  case map(to: ParameterType)
  /// An object with these keys only.
  case object([Field])
  /// Any of several types.
  case either([ParameterType])
  /// Anything: the module looks at it itself.
  case any

  /// A key of an object parameter.
  public struct Field: Hashable, Sendable {
    public let name: String
    public let type: ParameterType
    public let summary: String
    /// Whether an object is nothing without it. The module says so; here it is for the schema.
    public let isRequired: Bool

    public init(_ name: String, _ type: ParameterType, _ summary: String, required: Bool = false) {
      self.name = name
      self.type = type
      self.summary = summary
      isRequired = required
    }
  }
}
