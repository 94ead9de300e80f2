/// What a NetCDF file is made of: dimensions, variables with their attributes, attributes of the whole.
public struct FileDefinition: Hashable, Sendable {
  public var dimensions: [FileDimension]
  /// In the order in which they appear in the file.
  public var variables: [FileVariable]
  public var globalAttributes: [FileAttribute]

  public init(
    dimensions: [FileDimension] = [],
    variables: [FileVariable] = [],
    globalAttributes: [FileAttribute] = []
  ) {
    self.dimensions = dimensions
    self.variables = variables
    self.globalAttributes = globalAttributes
  }
}

/// A dimension of fixed length.
public struct FileDimension: Hashable, Sendable {
  public var name: String
  /// At least 1.
  public var length: Int

  public init(_ name: String, _ length: Int) {
    self.name = name
    self.length = length
  }
}

/// A named property of a variable or of the file.
public struct FileAttribute: Hashable, Sendable {
  public var name: String
  public var value: AttributeValue

  public init(_ name: String, _ value: AttributeValue) {
    self.name = name
    self.value = value
  }

  /// An attribute of characters.
  public init(_ name: String, _ text: String) {
    self.init(name, .text(text))
  }
}

/// The format of a variable's elements.
public enum ElementType: String, CaseIterable, Hashable, Sendable {
  case int8, uint8, int16, uint16, int32, uint32, int64, uint64, float32, float64
  /// A byte of a text; the last dimension holds the bytes of one text, and zeros after it.
  case character
  /// A text of any length (NC_STRING), which CDO and older programs cannot read.
  case string

  /// Whether elements are numbers.
  public var isNumber: Bool { self != .character && self != .string }

  /// Bytes per element in memory; a string has none.
  public var size: Int {
    switch self {
    case .int8, .uint8, .character: 1
    case .int16, .uint16: 2
    case .int32, .uint32, .float32: 4
    case .int64, .uint64, .float64: 8
    case .string: 0
    }
  }
}

/// One variable of a file.
public struct FileVariable: Hashable, Sendable {
  public var name: String
  public var type: ElementType
  /// Names of dimensions, the slowest first; empty for a scalar.
  public var dimensions: [String]
  /// The full chunk, one length per dimension, each 1 up to the dimension's; nil to store it in one piece.
  public var chunk: [Int]?
  /// The level (0...9) of the deflate filter, for chunked variables; nil for none.
  public var deflateLevel: Int?
  /// Whether the shuffle filter comes before deflate.
  public var shuffle: Bool
  /// The value of elements that are missing, `_FillValue`, in the variable's own format.
  public var fill: AttributeValue?
  public var attributes: [FileAttribute]
  /// The content, where it is written with the definition; nil when it comes chunk by chunk.
  public var values: VariableValues?

  public init(
    _ name: String,
    _ type: ElementType,
    dimensions: [String] = [],
    chunk: [Int]? = nil,
    deflateLevel: Int? = nil,
    shuffle: Bool = false,
    fill: AttributeValue? = nil,
    attributes: [FileAttribute] = [],
    values: VariableValues? = nil
  ) {
    self.name = name
    self.type = type
    self.dimensions = dimensions
    self.chunk = chunk
    self.deflateLevel = deflateLevel
    self.shuffle = shuffle
    self.fill = fill
    self.attributes = attributes
    self.values = values
  }

  /// The value of an attribute; `_FillValue` is `fill`.
  public func attribute(_ name: String) -> AttributeValue? {
    name == "_FillValue" ? fill : attributes.first { $0.name == name }?.value
  }
}

/// The whole content of a small variable, row by row.
public enum VariableValues: Hashable, Sendable {
  case numbers([Double])
  /// Of a variable of strings or characters.
  case strings([String])

  /// The number of numbers or texts.
  public var count: Int {
    switch self {
    case .numbers(let values): values.count
    case .strings(let values): values.count
    }
  }
}
