internal import GDAL
internal import Geo
internal import Swath

/// A grid as swaths see it: its cells as points of the sphere. Belongs to one thread.
final class SwathGrid {
  private let grid: Grid
  private let isGeographic: Bool
  private var inverse: CoordinateTransformer?
  private var forward: CoordinateTransformer?
  /// Windows that were asked for last.
  private var known: [TargetCells] = []

  private static let mostKnown = 2

  init(grid: Grid) {
    self.grid = grid
    isGeographic = SwathGrid.isGeographic(grid)
  }

  /// Whether columns are meridians and rows parallels.
  static func isGeographic(_ grid: Grid) -> Bool { grid.crs.isGeographic && grid.transform.isAxisAligned }

  /// The cells of a window.
  func cells(_ window: PixelWindow) throws -> TargetCells {
    if let place = known.firstIndex(where: { $0.window == window }) { return known[place] }
    if known.count >= Self.mostKnown { known.removeFirst() }
    let cells = isGeographic ? TargetCells(window: window, geographic: grid.transform) : try projected(window)
    known.append(cells)
    return cells
  }

  private func projected(_ window: PixelWindow) throws -> TargetCells {
    let inverse =
      try self.inverse ?? CoordinateTransformer(from: grid.crs, to: SpatialReference.parse("EPSG:4326"))
    self.inverse = inverse
    var x = [Double](repeating: 0, count: window.count)
    var y = x
    for row in 0..<window.height {
      for column in 0..<window.width {
        let point = grid.transform.map(
          column: Double(window.column + column) + 0.5, row: Double(window.row + row) + 0.5)
        x[row * window.width + column] = point.x
        y[row * window.width + column] = point.y
      }
    }
    inverse.transform(x: &x, y: &y)
    return TargetCells(window: window, transform: grid.transform, longitudes: x, latitudes: y)
  }

  /// From longitudes and latitudes to coordinates of the grid; nil where they are the same.
  func projection() throws -> CellSums.Projection? {
    guard !isGeographic else { return nil }
    let forward =
      try self.forward ?? CoordinateTransformer(from: SpatialReference.parse("EPSG:4326"), to: grid.crs)
    self.forward = forward
    return { x, y in forward.transform(x: &x, y: &y) }
  }
}
