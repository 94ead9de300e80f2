public import Geo

/// A piece of the grid that a table looks at as one whole: a tile, a polygon, the surroundings of a point.
public struct TableArea: Sendable {
  /// The pixels the module sees, within the grid.
  public let window: PixelWindow
  /// What the rows of the area are about: one for a polygon, one a sub-image for a tile.
  public let features: [TableFeature]
  /// The rings of a polygon in pixels of the grid (column, row; a pixel's corners are whole numbers), holes the other way
  /// round; empty where the whole window counts.
  public let rings: [[VectorFeatures.Point]]

  public init(
    window: PixelWindow, features: [TableFeature], rings: [[VectorFeatures.Point]] = []
  ) {
    self.window = window
    self.features = features
    self.rings = rings
  }
}

/// What a row of a table is about: a point, a polygon, a sub-image.
public struct TableFeature: Hashable, Sendable {
  /// Unique in its table.
  public let id: String
  /// A place that stands for it, in the coordinates of the grid: a point, a centre.
  public let x: Double
  public let y: Double
  /// What is known of it beforehand, in the order of the table's property columns.
  public let properties: [String]

  public init(id: String, x: Double, y: Double, properties: [String] = []) {
    self.id = id
    self.x = x
    self.y = y
    self.properties = properties
  }
}

/// A column of a table: numbers, one a row.
public struct TableColumn: Hashable, Sendable {
  public let name: String
  /// A phrase, CF's `long_name`.
  public let longName: String
  /// UDUNITS text; "1" for ratios.
  public let units: String
  /// Whether its numbers are whole.
  public let isWhole: Bool

  public init(name: String, longName: String, units: String = "1", isWhole: Bool = false) {
    self.name = name
    self.longName = longName
    self.units = units
    self.isWhole = isWhole
  }
}

/// What a table module gives for one area and one layer.
public struct TableRows: Sendable {
  /// One a feature of the area, each with one number a column; NaN is missing.
  public var rows: [[Double]]
  /// Files that belong to it, pictures: their names are below the table's own folder in the run.
  public var files: [RunFile]

  public init(rows: [[Double]], files: [RunFile] = []) {
    self.rows = rows
    self.files = files
  }
}
