internal import Glibc

/// Longitude and latitude all over a grid, known at points of a lattice and linear between them.
///
/// The lattice belongs to the grid, so that a pixel's position does not depend on the chunk it is computed in. Between
/// points 1/64 of a Sentinel-2 tile apart the error is some decimetres.
public struct PositionLattice: Hashable, Sendable {
  /// Points a side.
  public static let side = 65

  /// Columns and rows of the grid between two points.
  private let columnStep: Double
  private let rowStep: Double
  private let longitudes: [Double]
  private let latitudes: [Double]

  /// - Parameters:
  ///   - width: columns of the grid, in pixels.
  ///   - height: rows of the grid, in pixels.
  ///   - longitudes: of the points, row by row, in degrees, without a jump at the antimeridian.
  ///   - latitudes: of the points, in the same order, in degrees.
  public init(width: Int, height: Int, longitudes: [Double], latitudes: [Double]) {
    precondition(longitudes.count == PositionLattice.side * PositionLattice.side)
    precondition(latitudes.count == longitudes.count)
    columnStep = Double(max(width, 1)) / Double(PositionLattice.side - 1)
    rowStep = Double(max(height, 1)) / Double(PositionLattice.side - 1)
    self.longitudes = longitudes
    self.latitudes = latitudes
  }

  /// Columns and rows of the points, in pixels from the grid's corner, row by row.
  public static func points(width: Int, height: Int) -> [(column: Double, row: Double)] {
    let columnStep = Double(max(width, 1)) / Double(side - 1)
    let rowStep = Double(max(height, 1)) / Double(side - 1)
    return (0..<(side * side)).map { point in
      (column: Double(point % side) * columnStep, row: Double(point / side) * rowStep)
    }
  }

  /// The positions that are kept, spread evenly from corner to corner.
  public var points: [(longitude: Double, latitude: Double)] {
    zip(longitudes, latitudes).map { (longitude: $0, latitude: $1) }
  }

  /// The position of the grid's middle.
  public var centre: (longitude: Double, latitude: Double) {
    let middle = (PositionLattice.side * PositionLattice.side) / 2
    return (longitudes[middle], latitudes[middle])
  }

  /// The position of the middle of a pixel.
  public func position(column: Int, row: Int) -> (longitude: Double, latitude: Double) {
    let (x, y) = ((Double(column) + 0.5) / columnStep, (Double(row) + 0.5) / rowStep)
    let last = PositionLattice.side - 2
    let (left, top) = (min(max(Int(x), 0), last), min(max(Int(y), 0), last))
    let (right, below) = (x - Double(left), y - Double(top))
    let first = top * PositionLattice.side + left
    let second = first + PositionLattice.side
    func corners(_ values: [Double]) -> SIMD4<Double> {
      SIMD4(values[first], values[first + 1], values[second], values[second + 1])
    }
    func mix(_ values: SIMD4<Double>) -> Double {
      let upper = values[0] + right * (values[1] - values[0])
      let lower = values[2] + right * (values[3] - values[2])
      return upper + below * (lower - upper)
    }
    var (east, north) = (corners(longitudes), corners(latitudes))
    // Each as near to the first as turns around the earth allow: somewhere longitudes jump on grids around a pole.
    east -= 360 * ((east - east[0]) / 360).rounded(.toNearestOrAwayFromZero)
    guard east.max() - east.min() > PositionLattice.widest else { return (mix(east), mix(north)) }
    // Close to a pole longitudes are not linear, and at the pole they are any: directions in space are.
    let degree = Double.pi / 180
    var (axis, side, up) = (SIMD4<Double>(), SIMD4<Double>(), SIMD4<Double>())
    for corner in 0..<4 {
      let (longitude, latitude) = (east[corner] * degree, north[corner] * degree)
      axis[corner] = cos(longitude) * cos(latitude)
      side[corner] = sin(longitude) * cos(latitude)
      up[corner] = sin(latitude)
    }
    let toAxis = mix(axis)
    let toEast = mix(side)
    let distance = (toAxis * toAxis + toEast * toEast).squareRoot()
    return (atan2(toEast, toAxis) / degree, atan2(mix(up), distance) / degree)
  }

  /// Longitudes, in degrees, between the corners of a cell of the lattice that are taken for linear.
  private static let widest = 10.0
}
