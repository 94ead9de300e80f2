import GDAL
import Geo
import Synchronization

/// Where a raster lies on the cube's grid, or in words why it cannot be laid there.
///
/// Pixels that coincide are pasted. Everything else needs resampling, which has its place here once the engine
/// can do it.
enum BandPlacement {
  /// The window of `grid` that a raster covers.
  /// - Returns: the window (which may reach beyond the grid), or what is in the way.
  static func place(_ raster: Grid, on grid: Grid) -> Result<PixelWindow, Obstacle> {
    guard CRSComparison.isSame(raster.crs, grid.crs) else {
      return .failure(
        Obstacle(
          "its coordinate system is \(raster.crs.name), the grid's is \(grid.crs.name); this version cannot "
            + "reproject: keep scenes of one coordinate system in a sequence"))
    }
    switch grid.placement(of: raster) {
    case .aligned(let column, let row):
      return .success(PixelWindow(column: column, row: row, width: raster.width, height: raster.height))
    case .phaseDiffers(let columns, let rows):
      return .failure(
        Obstacle(
          "its pixels lie \(rounded(columns)) columns and \(rounded(rows)) rows beside the grid's, which follows the "
            + "first scene; this version cannot resample: give scenes that lie so a sequence of their own"))
    case .resolutionDiffers:
      return .failure(
        Obstacle(
          "its pixels are \(size(raster)), the grid's \(size(grid)); this version cannot resample: give bands of "
            + "another resolution a sequence of their own"))
    case .rotated:
      return .failure(Obstacle("it is rotated against the grid; this version cannot resample"))
    case .farApart:
      return .failure(Obstacle("its origin is more than a thousand million pixels away from the grid's"))
    }
  }

  /// What is in the way of a file that the plan expects at `expected`; nil when it lies there.
  static func obstacle(_ raster: Grid, on grid: Grid, expecting expected: PixelWindow) -> String? {
    switch place(raster, on: grid) {
    case .failure(let obstacle): obstacle.description
    case .success(expected): nil
    case .success(let window):
      "the file covers \(window) of the grid, its catalogue says \(expected): correct proj:transform and "
        + "proj:shape in the STAC item, or leave them out"
    }
  }

  struct Obstacle: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
      self.description = description
    }
  }

  private static func rounded(_ value: Double) -> String { String((value * 1000).rounded() / 1000) }

  private static func size(_ grid: Grid) -> String {
    "\(abs(grid.transform.pixelWidth)) × \(abs(grid.transform.pixelHeight))"
  }
}

/// Comparing coordinate systems, with a memory: PROJ needs milliseconds for what thousands of files ask.
enum CRSComparison {
  private struct Pair: Hashable {
    let left: CoordinateReference
    let right: CoordinateReference
  }

  private static let known = Mutex<[Pair: Bool]>([:])

  static func isSame(_ left: CoordinateReference, _ right: CoordinateReference) -> Bool {
    if left == right { return true }
    if let code = left.authorityCode, code == right.authorityCode { return true }
    let pair = Pair(left: left, right: right)
    if let answer = known.withLock({ $0[pair] }) { return answer }
    let answer = SpatialReference.isSame(left, right)
    known.withLock { $0[pair] = answer }
    return answer
  }
}
