/// A data variable on the grid of a `CFDataset`, in the words of the CF conventions.
public struct CFVariable: Hashable, Sendable {
  public var name: String
  public var type: ElementType
  /// The value of missing pixels; nil when none is missing. Must be one that `type` can hold.
  public var fill: Double?
  /// A UDUNITS unit, "1" for pure numbers; nil for flags.
  public var units: String?
  /// What it is, for plots.
  public var longName: String
  /// A name of the CF standard name table.
  public var standardName: String?
  /// The smallest and largest valid value.
  public var validRange: ClosedRange<Double>?
  /// How values represent their cells, "time: mean".
  public var cellMethods: String?
  /// Names of variables about this one: counts, flags.
  public var ancillaryVariables: [String]
  /// The meaning of its values, for flags.
  public var flags: Flags?
  /// ACDD's kind of content; nil for the usual one, "physicalMeasurement", of flags "qualityInformation".
  public var coverageContentType: String?
  /// 0...9; nil for the dataset's.
  public var deflateLevel: Int?
  /// Further attributes.
  public var attributes: [FileAttribute]

  public init(
    _ name: String,
    _ type: ElementType,
    fill: Double?,
    units: String?,
    longName: String,
    standardName: String? = nil,
    validRange: ClosedRange<Double>? = nil,
    cellMethods: String? = nil,
    ancillaryVariables: [String] = [],
    flags: Flags? = nil,
    attributes: [FileAttribute] = []
  ) {
    self.name = name
    self.type = type
    self.fill = fill
    self.units = units
    self.longName = longName
    self.standardName = standardName
    self.validRange = validRange
    self.cellMethods = cellMethods
    self.ancillaryVariables = ancillaryVariables
    self.flags = flags
    self.attributes = attributes
  }

  /// The meaning of a flag variable's values or bits (CF section 3.5).
  public struct Flags: Hashable, Sendable {
    /// One word each, joined by underscores.
    public var meanings: [String]
    /// A value for each meaning; empty when each has a bit of its own.
    public var values: [Double]
    /// The bits that each meaning looks at; empty when values are compared whole.
    public var masks: [Double]

    public init(meanings: [String], values: [Double] = [], masks: [Double] = []) {
      self.meanings = meanings
      self.values = values
      self.masks = masks
    }
  }

  /// - Throws: `NetCDFError` when a fill value, range or flag is not one of the variable's type.
  func fileVariable(
    dimensions: [String],
    chunk: [Int],
    deflateLevel: Int,
    gridMapping: String,
    coordinates: [String]
  ) throws(NetCDFError) -> FileVariable {
    func numbers(_ values: [Double], _ attribute: String) throws(NetCDFError) -> AttributeValue {
      guard let value = AttributeValue(values, as: type) else {
        throw NetCDFError(
          "define",
          path: "",
          variable: name,
          attribute: attribute,
          reason: "\(values) cannot be written as \(type.rawValue)"
        )
      }
      return value
    }
    var all: [FileAttribute] = [FileAttribute("long_name", longName)]
    if let standardName { all.append(FileAttribute("standard_name", standardName)) }
    if let units { all.append(FileAttribute("units", units)) }
    if let validRange {
      let bounds = [validRange.lowerBound, validRange.upperBound]
      all.append(FileAttribute("valid_range", try numbers(bounds, "valid_range")))
    }
    if let flags {
      if !flags.values.isEmpty {
        all.append(FileAttribute("flag_values", try numbers(flags.values, "flag_values")))
      }
      if !flags.masks.isEmpty {
        all.append(FileAttribute("flag_masks", try numbers(flags.masks, "flag_masks")))
      }
      all.append(FileAttribute("flag_meanings", flags.meanings.joined(separator: " ")))
    }
    let content = coverageContentType ?? (flags == nil ? "physicalMeasurement" : "qualityInformation")
    all.append(FileAttribute("coverage_content_type", content))
    if let cellMethods { all.append(FileAttribute("cell_methods", cellMethods)) }
    all.append(FileAttribute("grid_mapping", gridMapping))
    if !coordinates.isEmpty { all.append(FileAttribute("coordinates", coordinates.joined(separator: " "))) }
    if !ancillaryVariables.isEmpty {
      all.append(FileAttribute("ancillary_variables", ancillaryVariables.joined(separator: " ")))
    }
    var fillValue: AttributeValue?
    if let fill { fillValue = try numbers([fill], "_FillValue") }
    return FileVariable(
      name,
      type,
      dimensions: dimensions,
      chunk: chunk,
      deflateLevel: self.deflateLevel ?? deflateLevel,
      shuffle: type.size > 1,
      fill: fillValue,
      attributes: all + attributes
    )
  }
}
