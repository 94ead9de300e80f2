/// The affine map from pixel coordinates (column, row) to map coordinates (x, y).
///
/// Pixel coordinates are continuous: (0, 0) is the outer corner of the first pixel, (0.5, 0.5) its centre.
/// The six numbers and their order are GDAL's geotransform.
public struct AffineTransform: Hashable, Sendable {
  /// Map x of the outer corner of pixel (0, 0).
  public var originX: Double
  /// Change of x per column.
  public var pixelWidth: Double
  /// Change of x per row; 0 for a north-up grid.
  public var rowShear: Double
  /// Map y of the outer corner of pixel (0, 0).
  public var originY: Double
  /// Change of y per column; 0 for a north-up grid.
  public var columnShear: Double
  /// Change of y per row; negative for a north-up grid.
  public var pixelHeight: Double

  /// Makes a north-up (or south-up, when `pixelHeight` is positive) transform.
  public init(originX: Double, originY: Double, pixelWidth: Double, pixelHeight: Double) {
    self.init(gdal: [originX, pixelWidth, 0, originY, 0, pixelHeight])
  }

  /// Makes a transform from GDAL's six numbers, in GDAL's order.
  ///
  /// - Precondition: `gdal` holds six numbers.
  public init(gdal: [Double]) {
    precondition(gdal.count == 6, "a geotransform has six numbers")
    originX = gdal[0]
    pixelWidth = gdal[1]
    rowShear = gdal[2]
    originY = gdal[3]
    columnShear = gdal[4]
    pixelHeight = gdal[5]
  }

  /// The six numbers in GDAL's order.
  public var gdal: [Double] { [originX, pixelWidth, rowShear, originY, columnShear, pixelHeight] }

  /// Whether rows run along parallels of the map's x axis (no rotation, no shear).
  public var isAxisAligned: Bool { rowShear == 0 && columnShear == 0 }

  /// The area of a pixel, in square units of the map.
  public var pixelArea: Double { abs(pixelWidth * pixelHeight - rowShear * columnShear) }

  /// Map coordinates of a pixel position.
  public func map(column: Double, row: Double) -> (x: Double, y: Double) {
    (
      originX + column * pixelWidth + row * rowShear,
      originY + column * columnShear + row * pixelHeight
    )
  }

  /// Pixel position of map coordinates; nil when the transform cannot be inverted.
  public func pixel(x: Double, y: Double) -> (column: Double, row: Double)? {
    let determinant = pixelWidth * pixelHeight - rowShear * columnShear
    guard determinant != 0, determinant.isFinite else { return nil }
    let dx = x - originX
    let dy = y - originY
    return (
      (dx * pixelHeight - dy * rowShear) / determinant,
      (dy * pixelWidth - dx * columnShear) / determinant
    )
  }

  /// The transform of the same pixels counted from another first pixel.
  public func shifted(columns: Int, rows: Int) -> AffineTransform {
    var moved = self
    (moved.originX, moved.originY) = map(column: Double(columns), row: Double(rows))
    return moved
  }
}
