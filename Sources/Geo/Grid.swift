/// A raster grid: coordinate system, affine transform, width and height in pixels. Immutable.
///
/// The same idea as odc-geo's `GeoBox`.
public struct Grid: Hashable, Sendable {
  public let crs: CoordinateReference
  public let transform: AffineTransform
  public let width: Int
  public let height: Int

  public init(crs: CoordinateReference, transform: AffineTransform, width: Int, height: Int) {
    self.crs = crs
    self.transform = transform
    self.width = width
    self.height = height
  }

  /// All pixels of the grid.
  public var window: PixelWindow { PixelWindow(column: 0, row: 0, width: width, height: height) }

  /// The part of the grid under a window, as a grid of its own.
  public func part(_ window: PixelWindow) -> Grid {
    Grid(
      crs: crs, transform: transform.shifted(columns: window.column, rows: window.row),
      width: window.width, height: window.height)
  }

  /// Map coordinates of the column centres; right for axis-aligned grids only.
  public var columnCentres: [Double] {
    (0..<width).map { transform.originX + (Double($0) + 0.5) * transform.pixelWidth }
  }

  /// Map coordinates of the row centres; right for axis-aligned grids only.
  public var rowCentres: [Double] {
    (0..<height).map { transform.originY + (Double($0) + 0.5) * transform.pixelHeight }
  }

  /// The smallest box, in map coordinates, that holds every pixel.
  public var bounds: BoundingBox {
    let corners = [(0, 0), (width, 0), (0, height), (width, height)].map {
      transform.map(column: Double($0.0), row: Double($0.1))
    }
    return BoundingBox(
      minX: corners.map(\.x).min() ?? 0, minY: corners.map(\.y).min() ?? 0,
      maxX: corners.map(\.x).max() ?? 0, maxY: corners.map(\.y).max() ?? 0)
  }

  /// How another grid's pixels lie on this one.
  ///
  /// - Parameter other: a grid in the same coordinate system (the caller has checked that).
  /// - Returns: the column and row of this grid at which `other`'s first pixel lies, when the pixels of both
  ///   coincide within a hundredth of a pixel over the whole of `other`; otherwise what is in the way.
  public func placement(of other: Grid) -> Placement {
    guard let scaleX = other.transform.pixelWidth.ratio(to: transform.pixelWidth),
      let scaleY = other.transform.pixelHeight.ratio(to: transform.pixelHeight),
      transform.isAxisAligned, other.transform.isAxisAligned
    else { return .rotated }
    // A pixel size that is off by a little accumulates: what counts is the error at the far edge.
    let drift = max(abs(scaleX - 1) * Double(other.width), abs(scaleY - 1) * Double(other.height))
    guard drift < Grid.tolerance else { return .resolutionDiffers }
    let column = (other.transform.originX - transform.originX) / transform.pixelWidth
    let row = (other.transform.originY - transform.originY) / transform.pixelHeight
    guard column.isFinite, row.isFinite, abs(column) < 1e9, abs(row) < 1e9 else { return .farApart }
    let offColumn = column - column.rounded()
    let offRow = row - row.rounded()
    guard max(abs(offColumn), abs(offRow)) < Grid.tolerance else {
      return .phaseDiffers(columns: offColumn, rows: offRow)
    }
    return .aligned(column: Int(column.rounded()), row: Int(row.rounded()))
  }

  /// How far, in pixels, coinciding pixels may be apart: rounding in stored geotransforms, not a shift.
  static let tolerance = 0.01

  /// What `placement(of:)` found.
  public enum Placement: Hashable, Sendable {
    /// Pixels coincide; the other grid's first pixel is this column and row (which may be negative).
    case aligned(column: Int, row: Int)
    /// The same pixel size, shifted by a part of a pixel.
    case phaseDiffers(columns: Double, rows: Double)
    case resolutionDiffers
    case rotated
    /// More than a thousand million pixels away.
    case farApart
  }
}

extension Double {
  /// The quotient, nil when it is not a positive finite number.
  fileprivate func ratio(to other: Double) -> Double? {
    let quotient = self / other
    return quotient.isFinite && quotient > 0 ? quotient : nil
  }
}
