public import JSON
public import Raster

/// What a product's variable is, said once: NetCDF, Zarr, GeoTIFF and STAC are written from it.
///
/// <https://cfconventions.org/Data/cf-conventions/cf-conventions-1.10/cf-conventions.html>
public struct VariableDescription: Hashable, Sendable {
  public let variable: Variable
  /// The valid values, in the variable's unit, where every value that is described lies in it; nil where one does
  /// not, or none is certain.
  ///
  /// Readers such as netCDF4-python mask values outside: claimed for data that leave it, it would hide them.
  public private(set) var validRange: ClosedRange<Double>?
  /// How many of the values are missing because the integers that they are packed to cannot hold them.
  public private(set) var outOfRange = 0
  /// Of each layer the limit that was found in it; NaN where there is none, empty where none is found.
  public private(set) var thresholds: [Double] = []

  public init(_ variable: Variable) {
    self.variable = variable
  }

  /// How values stand for their pixel over time, "time: mean"; nil for flags.
  public var cellMethods: String? { variable.cellMethods }
  /// The names of variables about this one: counts.
  public var ancillaryVariables: [String] { variable.companions }
  /// Whether it is about another variable.
  public var isAuxiliary: Bool { variable.isAuxiliary }

  /// The name of the variable that tells the coordinate system, in every file.
  public static let gridMapping = "crs"

  /// The same, of layers whose values are known.
  ///
  /// - Parameters:
  ///   - statistics: of each layer that is described.
  ///   - outOfRange: how many of their values could not be packed.
  ///   - thresholds: of each the limit that was found in it; nil where there is none.
  public func holding(
    _ statistics: [SampleStatistics], outOfRange: Int = 0, thresholds: [Double?] = []
  ) -> VariableDescription {
    var copy = self
    copy.outOfRange = outOfRange
    copy.thresholds = thresholds.contains { $0 != nil } ? thresholds.map { $0 ?? .nan } : []
    copy.validRange = variable.validRange.flatMap { range in
      let isTrue = statistics.allSatisfy {
        $0.count == 0 || $0.minimum >= range.lowerBound && $0.maximum <= range.upperBound
      }
      return isTrue ? range : nil
    }
    return copy
  }

  /// ACDD's kind of content.
  public var coverageContentType: String {
    if isAuxiliary { return "auxiliaryInformation" }
    return flags == nil ? "physicalMeasurement" : "qualityInformation"
  }

  /// The unit; nil for flags.
  public var units: String? { flags == nil ? variable.units : nil }

  /// The named values of a flag variable.
  public var flags: [Variable.Flag]? {
    if case .flags(let flags) = variable.storage { return flags }
    return nil
  }

  /// How values are packed into integers.
  public var packing: VariableEncoding.Packing? {
    if case .int16(let packing) = variable.storage { return packing }
    return nil
  }

  /// The valid values as they are stored: packed where the values are (CF section 8.1).
  public var storedRange: ClosedRange<Double>? {
    guard let validRange else { return nil }
    guard let packing else { return validRange }
    let ends = [validRange.lowerBound, validRange.upperBound].compactMap(packing.pack).map(Double.init)
    return ends.count == 2 ? ends[0]...ends[1] : nil
  }

  /// The CF attributes of the variable in a file, but for its type, its missing value and its dimensions.
  public var attributes: JSONObject {
    var attributes: JSONObject = ["long_name": .string(variable.longName)]
    attributes["standard_name"] = variable.standardName.map(JSONValue.string)
    attributes["units"] = units.map(JSONValue.string)
    attributes["valid_range"] = storedRange.map { range in
      .array([range.lowerBound, range.upperBound].map { packing == nil ? .number($0) : .integer(Int($0)) })
    }
    if let flags {
      attributes["flag_values"] = .array(flags.map { .integer(Int($0.value)) })
      attributes["flag_meanings"] = .string(flags.map(\.meaning).joined(separator: " "))
    }
    attributes["coverage_content_type"] = .string(coverageContentType)
    attributes["cell_methods"] = cellMethods.map(JSONValue.string)
    attributes["grid_mapping"] = .string(Self.gridMapping)
    if !ancillaryVariables.isEmpty {
      attributes["ancillary_variables"] = .string(ancillaryVariables.joined(separator: " "))
    }
    if let packing {
      attributes["scale_factor"] = .number(packing.scale)
      attributes["add_offset"] = .number(packing.offset)
    }
    if !thresholds.isEmpty {
      let numbers = thresholds.map { $0.isNaN ? JSONValue.null : .number($0) }
      attributes["apus_threshold"] = numbers.count == 1 ? numbers[0] : .array(numbers)
    }
    if outOfRange > 0 { attributes["apus_out_of_range"] = .integer(outOfRange) }
    attributes["references"] = variable.references.map(JSONValue.string)
    for (name, text) in variable.attributes.sorted(by: { $0.key < $1.key }) {
      attributes[name] = .string(text)
    }
    return attributes
  }
}

extension SequencePlan {
  /// The number of whole layers that a product is computed with; nil for none.
  func layerNumber(of product: Product) -> LayerNumber? {
    (compiled.graph.steps[product.step].module as? any PixelwiseModule)?.layerNumber
  }

  /// What a product's variable is, whatever its values are.
  public func description(of product: Product) -> VariableDescription {
    VariableDescription(product.variable)
  }
}
