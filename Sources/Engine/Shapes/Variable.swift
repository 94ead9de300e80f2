/// What a named variable of a cube holds: its meaning, units, range and how files store it.
public struct Variable: Hashable, Sendable {
  /// The number format of the variable in files and in the store.
  public enum Storage: Hashable, Sendable {
    /// float32, missing is NaN.
    case float32
    /// int16 that floating-point values are packed to; missing is −32768. Planes in memory hold the values.
    case int16(VariableEncoding.Packing)
    /// int32, nothing is missing (counts).
    case int32
    /// One byte with named values; missing is 255.
    case flags([Flag])
  }

  /// A named value of a flag variable.
  public struct Flag: Hashable, Sendable {
    public let value: UInt8
    public let meaning: String
    /// The colour it has in pictures, 0xRRGGBB; nil for any.
    public let colour: UInt32?

    public init(value: UInt8, meaning: String, colour: UInt32? = nil) {
      self.value = value
      self.meaning = meaning
      self.colour = colour
    }
  }

  public var name: String
  /// A phrase for plots, CF's `long_name`.
  public var longName: String
  /// The name in CF's standard name table, where there is one.
  public var standardName: String?
  /// UDUNITS text; "1" for ratios.
  public var units: String
  /// The physically possible values; nil where none is certain. Files whose values all lie in it say so, as
  /// CF's `valid_range`.
  public var validRange: ClosedRange<Double>?
  /// The values that are usual: statistics resolve them in 4096 steps at least, and what lies outside less finely.
  public var statisticsRange: ClosedRange<Double>
  public var storage: Storage
  /// The effort of compression, 1 (fast) ... 9 (small); nil for the run's own.
  public var deflateLevel: Int?
  /// The paper or specification it comes from.
  public var references: String?
  /// What else files say of it, by attribute: the model or table that it was made with.
  public var attributes: [String: String] = [:]
  /// How values stand for the time they cover, as CF's `cell_methods` says it: "time: mean". Nil for flags of a date.
  public var cellMethods: String?
  /// The names of variables about this one, which stand beside it in one file: counts.
  public var companions: [String] = []
  /// Whether it is about another variable and no quantity of its own: a count.
  public var isAuxiliary = false
  /// The band of scenes whose unit its own comes from; nil where the unit is known by itself.
  public var origin: Origin?
  /// What it is about, where pictures have colours of their own for it; no part of files.
  public var theme: Theme?

  /// A subject with customary colours.
  public enum Theme: Hashable, Sendable {
    case vegetation, snow
  }

  /// What files alone know of a band, and a variable computed from it takes over: its unit, and what it is.
  public struct Origin: Hashable, Sendable {
    public let band: String
    /// Of the unit; 0 for a number.
    public var power = 1
    /// Whether it is a change in a year.
    public var isPerYear = false
    /// Whether values are the band's quantity, and not their spread or their change.
    public var isQuantity = true

    public init(band: String) { self.band = band }

    /// Of what is computed from the band and is another quantity.
    ///
    /// - Parameters:
    ///   - power: of the unit; 2 for a variance.
    ///   - isPerYear: whether it is a change in a year.
    public func derived(power: Int = 1, isPerYear: Bool = false) -> Origin {
      var copy = self
      (copy.power, copy.isPerYear, copy.isQuantity) = (self.power * power, self.isPerYear || isPerYear, false)
      return copy
    }

    /// The unit, where the band's is known.
    public func units(_ own: String) -> String {
      let whole = power == 0 ? "1" : power == 1 || own == "1" ? own : "(\(own))\(power)"
      return isPerYear ? "\(whole) year-1" : whole
    }
  }

  public init(
    name: String, longName: String, standardName: String? = nil, units: String = "1",
    validRange: ClosedRange<Double>? = nil, statisticsRange: ClosedRange<Double>,
    storage: Storage = .float32, references: String? = nil
  ) {
    self.name = name
    self.longName = longName
    self.standardName = standardName
    self.units = units
    self.validRange = validRange
    self.statisticsRange = statisticsRange
    self.storage = storage
    self.references = references
  }

  /// The cell methods of a value that stands for the moment of its date.
  public static let atPoints = "time: point"

  /// The same variable under another name.
  public func named(_ name: String) -> Variable {
    var copy = self
    copy.name = name
    return copy
  }
}

extension Variable.Storage {
  /// Whether values are named.
  public var isFlags: Bool {
    if case .flags = self { return true }
    return false
  }

  /// Whether values are counts or flags: whole numbers.
  public var isWhole: Bool {
    switch self {
    case .int32, .flags: true
    default: false
    }
  }
}
