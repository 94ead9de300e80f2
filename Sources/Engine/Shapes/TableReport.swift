public import Geo

/// The rows of one table of a sequence, for its files, the summary and the modules that run last.
public struct TableReport: Sendable {
  public var module: String
  public var name: String
  public var period: Period
  public var columns: [TableColumn]
  /// The names of the features' properties.
  public var properties: [String]
  /// What its rows are about; empty for numbers a time step, which belong to no place.
  public var features: [TableFeature]
  /// Where the features lie, in degrees (WGS 84), as many as features.
  public var longitudes: [Double] = []
  public var latitudes: [Double] = []
  /// With the cube's dates behind each.
  public var layers: [PeriodLayer]
  /// For each feature, for each layer, one number a column; NaN is missing. Without features one row a layer.
  public var values: [Double]
  /// The names of features that lie outside the grid.
  public var outside: [String] = []
  /// Where it was published, below the run directory.
  public var files: [String] = []
  /// Files that were made beside the rows, below the run directory.
  public var pictures: [String] = []

  public init(
    module: String, name: String, period: Period, columns: [TableColumn], properties: [String] = [],
    features: [TableFeature], layers: [PeriodLayer], values: [Double]
  ) {
    self.module = module
    self.name = name
    self.period = period
    self.columns = columns
    self.properties = properties
    self.features = features
    self.layers = layers
    self.values = values
  }

  /// Whether no row has a value: none but counts, and these are 0.
  public var isEmpty: Bool {
    values.enumerated().allSatisfy { place, value in
      !value.isFinite || columns[place % columns.count].isCount && value == 0
    }
  }

  /// The numbers of one row, one a column.
  public func row(feature: Int, layer: Int) -> ArraySlice<Double> {
    let start = (feature * layers.count + layer) * columns.count
    return values[start..<(start + columns.count)]
  }
}
