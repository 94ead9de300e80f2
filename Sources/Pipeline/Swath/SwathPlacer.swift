internal import GDAL
internal import Geo
internal import Swath

/// Finds which part of a grid a swath may reach. Belongs to one thread.
final class SwathPlacer {
  private let grid: Grid
  /// Of grids that are not of parallels and meridians: caps around parts of the grid.
  private var tiles: [(window: PixelWindow, cap: SphericalCap)]?

  /// Parts of a grid along each side.
  private static let parts = 48
  /// Points along each side of a part.
  private static let points = 5

  init(grid: Grid) {
    self.grid = grid
  }

  /// The window of the grid, as small as is known without looking at pixels; nil where the swath lies elsewhere.
  func window(_ survey: SwathSurvey) throws -> PixelWindow? {
    let reach = survey.largestReach / Sphere.radius
    return SwathGrid.isGeographic(grid) ? geographic(survey, reach) : try projected(survey, reach)
  }

  private func geographic(_ survey: SwathSurvey, _ reach: Double) -> PixelWindow? {
    let bounds = grid.bounds
    var window: PixelWindow?
    for case let cap? in survey.caps {
      let box = SphericalCap(x: cap.x, y: cap.y, z: cap.z, angle: cap.angle + reach).box
      var turn = ((bounds.minX - box.east) / 360).rounded(.up)
      while box.west + turn * 360 < bounds.maxX {
        if let part = part(box.west + turn * 360, box.south, box.east + turn * 360, box.north) {
          window = window?.union(part) ?? part
        }
        turn += 1
      }
    }
    return window
  }

  /// The cells of the grid that a box touches, and one more all round.
  private func part(_ west: Double, _ south: Double, _ east: Double, _ north: Double) -> PixelWindow? {
    let bounds = grid.bounds
    let (west, east) = (max(west, bounds.minX), min(east, bounds.maxX))
    let (south, north) = (max(south, bounds.minY), min(north, bounds.maxY))
    guard west <= east, south <= north, let one = grid.transform.pixel(x: west, y: north),
      let other = grid.transform.pixel(x: east, y: south)
    else { return nil }
    let left = Int(min(one.column, other.column).rounded(.down)) - 1
    let right = Int(max(one.column, other.column).rounded(.up)) + 1
    let top = Int(min(one.row, other.row).rounded(.down)) - 1
    let bottom = Int(max(one.row, other.row).rounded(.up)) + 1
    return PixelWindow(column: left, row: top, width: right - left, height: bottom - top)
      .intersection(grid.window)
  }

  private func projected(_ survey: SwathSurvey, _ reach: Double) throws -> PixelWindow? {
    var window: PixelWindow?
    for tile in try allTiles() {
      let isNear = survey.caps.contains { cap in cap.map { $0.meets(tile.cap, within: reach) } ?? false }
      if isNear { window = window?.union(tile.window) ?? tile.window }
    }
    return window
  }

  private func allTiles() throws -> [(window: PixelWindow, cap: SphericalCap)] {
    if let tiles { return tiles }
    let inverse = try CoordinateTransformer(from: grid.crs, to: SpatialReference.parse("EPSG:4326"))
    let layout = ChunkLayout(
      gridWidth: grid.width, gridHeight: grid.height,
      chunkWidth: max(1, (grid.width + Self.parts - 1) / Self.parts),
      chunkHeight: max(1, (grid.height + Self.parts - 1) / Self.parts))
    var found: [(window: PixelWindow, cap: SphericalCap)] = []
    for number in 0..<layout.count {
      let window = layout.window(layout.index(number))
      var (x, y): ([Double], [Double]) = ([], [])
      for row in 0..<Self.points {
        for column in 0..<Self.points {
          let steps = Double(Self.points - 1)
          let point = grid.transform.map(
            column: Double(window.column) + Double(window.width) * Double(column) / steps,
            row: Double(window.row) + Double(window.height) * Double(row) / steps)
          x.append(point.x)
          y.append(point.y)
        }
      }
      inverse.transform(x: &x, y: &y)
      // The points are some of many: the cap is larger than around them.
      guard let cap = SphericalCap(longitudes: x, latitudes: y) else { continue }
      found.append((window, SphericalCap(x: cap.x, y: cap.y, z: cap.z, angle: cap.angle * 1.5 + 1e-6)))
    }
    tiles = found
    return found
  }
}
