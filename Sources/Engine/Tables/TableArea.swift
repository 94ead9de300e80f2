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
  /// Whether its features lie outside the grid: the window then stands for none, and all rows are missing.
  public let isOutside: Bool

  public init(
    window: PixelWindow, features: [TableFeature], rings: [[VectorFeatures.Point]] = [],
    isOutside: Bool = false
  ) {
    self.window = window
    self.features = features
    self.rings = rings
    self.isOutside = isOutside
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
  /// Whether it counts what other columns are made of: 0 where they are missing.
  public let isCount: Bool

  public init(
    name: String, longName: String, units: String = "1", isWhole: Bool = false, isCount: Bool = false
  ) {
    self.name = name
    self.longName = longName
    self.units = units
    self.isWhole = isWhole
    self.isCount = isCount
  }
}

/// What a table module gives for one area and one layer.
public struct TableRows: Sendable {
  /// One a feature of the area, each with one number a column; NaN is missing.
  public var rows: [[Double]]
  /// Files that belong to it, pictures: their names are below the table's own folder in the run.
  public var files: [RunFile]
  /// Rasters of its numbers, beside those files.
  public var rasters: [TableRaster]

  public init(rows: [[Double]], files: [RunFile] = [], rasters: [TableRaster] = []) {
    self.rows = rows
    self.files = files
    self.rasters = rasters
  }
}

/// Numbers of a table whose features are squares of pixels side by side, as a raster: a GeoTIFF in the table's folder.
public struct TableRaster: Sendable {
  /// Below the table's folder, ending in ".tif".
  public let path: String
  /// The first square's first pixel, in the sequence's grid.
  public let column: Int
  public let row: Int
  /// The side of a square in pixels.
  public let side: Int
  public let columns: Int
  public let rows: Int
  /// Row by row; NaN is missing.
  public let values: [Float]

  public init(path: String, column: Int, row: Int, side: Int, columns: Int, rows: Int, values: [Float]) {
    self.path = path
    self.column = column
    self.row = row
    self.side = side
    self.columns = columns
    self.rows = rows
    self.values = values
  }

  /// The raster's grid: pixels of it are the squares.
  public func grid(in grid: Grid) -> Grid {
    let transform = grid.transform
    let corner = transform.map(column: Double(column), row: Double(row))
    let scale = Double(side)
    return Grid(
      crs: grid.crs,
      transform: AffineTransform(gdal: [
        corner.x, transform.pixelWidth * scale, transform.rowShear * scale,
        corner.y, transform.columnShear * scale, transform.pixelHeight * scale,
      ]), width: columns, height: rows)
  }
}

/// What is written beside a table's rows.
public enum TableOutput: Sendable {
  case file(RunFile)
  case raster(TableRaster)
}
