public import Geo

/// The pixels of a grid's window that a swath is put on, as points of the sphere: "cells" here, to tell them from the
/// swath's own pixels.
public final class TargetCells {
  /// In pixels of the grid.
  public let window: PixelWindow
  public let transform: AffineTransform
  /// Whether the grid's coordinates are degrees along its rows and columns: its cells lie on parallels and meridians.
  public let isGeographic: Bool

  /// Degrees of the centres of columns and rows, and their sines and cosines; empty for other grids.
  let longitudes: [Double]
  let latitudes: [Double]
  let cosineOfLongitude: [Double]
  let sineOfLongitude: [Double]
  let cosineOfLatitude: [Double]
  let sineOfLatitude: [Double]
  /// Unit vectors of all cells, row by row, NaN where there is none; empty for grids of parallels and meridians.
  let x: [Double]
  let y: [Double]
  let z: [Double]
  /// Parts of the window.
  public let tiles: [CellTile]

  public var width: Int { window.width }
  public var height: Int { window.height }

  /// Bytes that a cell takes in a grid that is not of parallels and meridians.
  public static let bytesPerProjectedCell = 48

  /// Cells of a grid of parallels and meridians.
  ///
  /// - Parameters:
  ///   - window: the cells that are wanted, in pixels of the grid.
  ///   - transform: of the whole grid, along the axes, in degrees.
  public init(window: PixelWindow, geographic transform: AffineTransform) {
    (self.window, self.transform, isGeographic) = (window, transform, true)
    longitudes = (0..<window.width).map {
      transform.originX + (Double(window.column + $0) + 0.5) * transform.pixelWidth
    }
    latitudes = (0..<window.height).map {
      transform.originY + (Double(window.row + $0) + 0.5) * transform.pixelHeight
    }
    (sineOfLongitude, cosineOfLongitude) = TargetCells.sinesAndCosines(longitudes)
    (sineOfLatitude, cosineOfLatitude) = TargetCells.sinesAndCosines(latitudes)
    (x, y, z) = ([], [], [])
    let (sinLon, cosLon, sinLat, cosLat) = (
      sineOfLongitude, cosineOfLongitude, sineOfLatitude, cosineOfLatitude
    )
    tiles = CellTile.tiles(width: window.width, height: window.height, side: 32) { column, row in
      (cosLat[row] * cosLon[column], cosLat[row] * sinLon[column], sinLat[row])
    }
  }

  /// Cells of any other grid.
  ///
  /// - Parameters:
  ///   - window: the cells that are wanted, in pixels of the grid.
  ///   - transform: of the whole grid.
  ///   - longitudes: degrees of the centres of the window's cells, row by row; NaN where there are none.
  ///   - latitudes: as many, in degrees.
  public init(window: PixelWindow, transform: AffineTransform, longitudes: [Double], latitudes: [Double]) {
    precondition(longitudes.count == window.count && latitudes.count == window.count)
    (self.window, self.transform, isGeographic) = (window, transform, false)
    (self.longitudes, self.latitudes) = ([], [])
    (sineOfLongitude, cosineOfLongitude, sineOfLatitude, cosineOfLatitude) = ([], [], [], [])
    var (x, y, z) = (
      [Double](repeating: .nan, count: window.count), [Double](repeating: .nan, count: window.count),
      [Double](repeating: .nan, count: window.count)
    )
    for first in stride(from: 0, to: window.count, by: 4) {
      let count = min(4, window.count - first)
      var (lon, lat) = (SIMD4(repeating: Double.nan), SIMD4(repeating: Double.nan))
      for lane in 0..<count { (lon[lane], lat[lane]) = (longitudes[first + lane], latitudes[first + lane]) }
      let vectors = Trigonometry.unitVectors(longitudes: lon, latitudes: lat)
      for lane in 0..<count {
        (x[first + lane], y[first + lane], z[first + lane]) = (
          vectors.x[lane], vectors.y[lane], vectors.z[lane]
        )
      }
    }
    (self.x, self.y, self.z) = (x, y, z)
    let width = window.width
    func tiles(_ side: Int) -> [CellTile] {
      CellTile.tiles(width: width, height: window.height, side: side) { column, row in
        let index = row * width + column
        return (x[index], y[index], z[index])
      }
    }
    // In a small part of the sphere a grid is as good as flat.
    var side = 16
    var parts = tiles(side)
    while side > 2, parts.contains(where: { $0.cap.angle > CellTile.flat }) {
      side /= 2
      parts = tiles(side)
    }
    self.tiles = parts
  }

  /// The unit vector of a cell.
  @inline(__always)
  func vector(_ column: Int, _ row: Int) -> (x: Double, y: Double, z: Double) {
    if isGeographic {
      let cosine = cosineOfLatitude[row]
      return (cosine * cosineOfLongitude[column], cosine * sineOfLongitude[column], sineOfLatitude[row])
    }
    let index = row * window.width + column
    return (x[index], y[index], z[index])
  }

  private static func sinesAndCosines(_ degrees: [Double]) -> (sines: [Double], cosines: [Double]) {
    var (sines, cosines): ([Double], [Double]) = ([], [])
    for angle in degrees {
      let (sine, cosine) = Trigonometry.sineAndCosine(degrees: SIMD4(repeating: angle))
      sines.append(sine[0])
      cosines.append(cosine[0])
    }
    return (sines, cosines)
  }
}

/// A rectangle of cells and the cap around it.
public struct CellTile: Sendable {
  let columns: Range<Int>
  let rows: Range<Int>
  /// Holds the centres of all cells.
  public let cap: SphericalCap
  /// Radians from a cell's centre to its corners, and a little more.
  let halfDiagonal: Double
  /// From a chord to columns and rows of the tile, for tiles that are as good as flat: nil for others.
  let frame: CellFrame?

  /// The largest cap, in radians, in which positions are found as on a plane.
  static let flat = 0.06

  static func tiles(
    width: Int, height: Int, side: Int, vector: (Int, Int) -> (x: Double, y: Double, z: Double)
  ) -> [CellTile] {
    var tiles: [CellTile] = []
    for row in stride(from: 0, to: height, by: side) {
      for column in stride(from: 0, to: width, by: side) {
        let tile = CellTile(
          columns: column..<min(width, column + side), rows: row..<min(height, row + side), vector: vector)
        if let tile { tiles.append(tile) }
      }
    }
    return tiles
  }

  /// Nil where no cell lies on the sphere.
  private init?(
    columns: Range<Int>, rows: Range<Int>, vector: (Int, Int) -> (x: Double, y: Double, z: Double)
  ) {
    (self.columns, self.rows) = (columns, rows)
    var centre = vector(
      (columns.lowerBound + columns.upperBound) / 2, (rows.lowerBound + rows.upperBound) / 2)
    var isWhole = true
    var (farthest, widest) = (0.0, 0.0)
    if centre.x.isNaN {
      isWhole = false
      var found: (x: Double, y: Double, z: Double)?
      for row in rows where found == nil {
        for column in columns where found == nil {
          let point = vector(column, row)
          if !point.x.isNaN { found = point }
        }
      }
      guard let found else { return nil }
      centre = found
    }
    for row in rows {
      for column in columns {
        let point = vector(column, row)
        if point.x.isNaN {
          isWhole = false
          continue
        }
        farthest = max(farthest, CellTile.square(point, centre))
        if column + 1 < columns.upperBound, row + 1 < rows.upperBound {
          let falling = CellTile.square(point, vector(column + 1, row + 1))
          let rising = CellTile.square(vector(column + 1, row), vector(column, row + 1))
          // NaN is never greater.
          if falling > widest { widest = falling }
          if rising > widest { widest = rising }
        }
      }
    }
    let angle = 2 * Sphere.arcsine(min(1, farthest.squareRoot() / 2)) + 1e-9
    cap = SphericalCap(x: centre.x, y: centre.y, z: centre.z, angle: angle)
    // A tile of one row or column does not tell how long its cells are: its own length is more than that.
    let diagonal = columns.count > 1 && rows.count > 1 ? widest.squareRoot() : 2 * angle + 1e-3
    halfDiagonal = diagonal * 0.75 + 1e-9
    let flat =
      isWhole && angle <= CellTile.flat && columns.count > 1 && rows.count > 1
      ? CellFrame(columns: columns, rows: rows, vector: vector) : nil
    // Around the poles of a grid of degrees even a small part is not like a plane: every cell is looked at there.
    frame = flat.flatMap { frame in
      for row in rows {
        for column in columns {
          let point = vector(column, row)
          let place = frame.position(x: point.x, y: point.y, z: point.z)
          guard (place.column - Double(column)).magnitude <= 0.5, (place.row - Double(row)).magnitude <= 0.5
          else {
            return nil
          }
        }
      }
      return frame
    }
  }

  private static func square(
    _ one: (x: Double, y: Double, z: Double), _ other: (x: Double, y: Double, z: Double)
  ) -> Double {
    let (x, y, z) = (one.x - other.x, one.y - other.y, one.z - other.z)
    return x * x + y * y + z * z
  }
}

/// Finds positions among the cells of a tile from points of the sphere, as on a plane.
struct CellFrame: Sendable {
  /// The cell that positions are counted from, and its unit vector.
  private let column: Double
  private let row: Double
  private let origin: SIMD3<Double>
  private let alongColumns: SIMD3<Double>
  private let alongRows: SIMD3<Double>
  /// Columns and rows that a chord of 1 spans at most.
  let columnsPerChord: Double
  let rowsPerChord: Double

  init?(columns: Range<Int>, rows: Range<Int>, vector: (Int, Int) -> (x: Double, y: Double, z: Double)) {
    let (middle, centre) = (
      (columns.lowerBound + columns.upperBound) / 2, (rows.lowerBound + rows.upperBound) / 2
    )
    func point(_ column: Int, _ row: Int) -> SIMD3<Double> {
      let vector = vector(column, row)
      return SIMD3(vector.x, vector.y, vector.z)
    }
    (column, row, origin) = (Double(middle), Double(centre), point(middle, centre))
    // The two steps, over the whole tile.
    let u =
      (point(columns.upperBound - 1, centre) - point(columns.lowerBound, centre)) / Double(columns.count - 1)
    let v = (point(middle, rows.upperBound - 1) - point(middle, rows.lowerBound)) / Double(rows.count - 1)
    let (uu, uv, vv) = ((u * u).sum(), (u * v).sum(), (v * v).sum())
    let determinant = uu * vv - uv * uv
    guard determinant > 1e-6 * uu * vv, determinant.isNormal else { return nil }
    alongColumns = (u * vv - v * uv) / determinant
    alongRows = (v * uu - u * uv) / determinant
    columnsPerChord = (vv / determinant).squareRoot()
    rowsPerChord = (uu / determinant).squareRoot()
  }

  @inline(__always)
  func position(x: Double, y: Double, z: Double) -> (column: Double, row: Double) {
    let offset = SIMD3(x, y, z) - origin
    return (column + (offset * alongColumns).sum(), row + (offset * alongRows).sum())
  }
}
