/// The arrays of a NetCDF file, read whole: small tables of numbers with named axes.
public struct ArrayFile: Sendable {
  /// The most elements that all variables of a file may have together.
  public static let elementLimit = 1 << 24

  public var variables: [Variable]
  /// The attributes of the file as a whole, as texts.
  public var attributes: [String: String]

  public init(variables: [Variable], attributes: [String: String] = [:]) {
    self.variables = variables
    self.attributes = attributes
  }

  /// The variable with this name.
  public func variable(_ name: String) -> Variable? { variables.first { $0.name == name } }

  /// An array with named dimensions.
  public struct Variable: Sendable {
    public var name: String
    /// The slowest first; empty for a single value.
    public var dimensions: [String]
    /// The lengths of the dimensions.
    public var shape: [Int]
    public var values: Values
    /// As texts: numbers as Swift writes them.
    public var attributes: [String: String]

    public init(
      name: String, dimensions: [String], shape: [Int], values: Values, attributes: [String: String] = [:]
    ) {
      self.name = name
      self.dimensions = dimensions
      self.shape = shape
      self.values = values
      self.attributes = attributes
    }

    /// Numbers row by row after scale and offset, NaN where missing; nil for texts.
    public var numbers: [Double]? {
      if case .numbers(let numbers) = values { numbers } else { nil }
    }

    /// Texts; nil for numbers.
    public var texts: [String]? {
      if case .texts(let texts) = values { texts } else { nil }
    }
  }

  public enum Values: Sendable {
    case numbers([Double])
    case texts([String])
  }
}
