internal import Geo

/// Finds which pixels of a grid a raster may cover. Belongs to one thread.
final class GridSurvey {
  private let grid: Grid
  private var transformers: [String: CoordinateTransformer] = [:]
  /// Whether the grid reaches around the Earth beyond where its projection begins anew: positions that are projected
  /// onto it may come out a whole turn away.
  private lazy var isBeyondSeam = findSeam()

  /// Points along each edge of a raster, and along each side of the lattice inside it.
  private static let edgePoints = 33
  private static let innerPoints = 7

  init(grid: Grid) {
    self.grid = grid
  }

  /// Grid pixels that a raster may cover; all of the grid where that cannot be told.
  func footprint(of source: Grid) throws(GDALError) -> PixelWindow {
    if source.crs.wkt != grid.crs.wkt, isBeyondSeam { return grid.window }
    let transformer = try transformer(from: source.crs)
    let edge = Self.edgePoints - 1
    var positions: [(Double, Double)] = []
    let (width, height) = (Double(source.width), Double(source.height))
    for (from, to) in [
      ((0.0, 0.0), (width, 0.0)), ((width, 0), (width, height)), ((width, height), (0, height)),
      ((0, height), (0, 0)),
    ] {
      for place in 0..<edge {
        let part = Double(place) / Double(edge)
        positions.append((from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part))
      }
    }
    let outline = positions.count
    for row in 1...Self.innerPoints {
      for column in 1...Self.innerPoints {
        let (right, down) = (
          Double(column) / Double(Self.innerPoints + 1), Double(row) / Double(Self.innerPoints + 1)
        )
        positions.append((width * right, height * down))
      }
    }
    guard let pixels = pixels(positions, of: source, transformer) else { return grid.window }
    // What a curved edge may bulge beyond its points: four times what it does, seen over two of them. Within one
    // system edges stay straight, and rounding must not take in a further row.
    var bulge = source.crs.wkt == grid.crs.wkt ? -1e-6 : 0.01
    for place in 0..<outline where bulge > 0 && place % edge != 0 {
      let (before, here, after) = (pixels[place - 1], pixels[place], pixels[(place + 1) % outline])
      bulge = max(bulge, abs(here.0 - (before.0 + after.0) / 2), abs(here.1 - (before.1 + after.1) / 2))
    }
    let (columns, rows) = (pixels.map(\.0), pixels.map(\.1))
    guard let left = columns.min(), let right = columns.max(), let top = rows.min(), let bottom = rows.max(),
      [left, right, top, bottom].allSatisfy({ abs($0) < 1e9 })
    else { return grid.window }
    let window = PixelWindow(
      column: Int((left - bulge).rounded(.down)), row: Int((top - bulge).rounded(.down)),
      width: Int((right + bulge).rounded(.up)) - Int((left - bulge).rounded(.down)),
      height: Int((bottom + bulge).rounded(.up)) - Int((top - bulge).rounded(.down)))
    return holdsPole(source) ? grid.window : window
  }

  /// The position of a raster's middle on the grid; nil where it has none.
  func middle(of source: Grid) -> (column: Double, row: Double)? {
    guard let transformer = try? transformer(from: source.crs) else { return nil }
    return pixels([(Double(source.width) / 2, Double(source.height) / 2)], of: source, transformer)?.first
  }

  /// Grid positions of positions on a raster; nil when one of them has none.
  private func pixels(
    _ positions: [(Double, Double)], of source: Grid, _ transformer: CoordinateTransformer
  ) -> [(Double, Double)]? {
    let points = positions.map { source.transform.map(column: $0.0, row: $0.1) }
    var x = points.map(\.x)
    var y = points.map(\.y)
    transformer.transform(x: &x, y: &y)
    // The turn on which most of the grid is; a raster across its seam gets a box that is too wide, not too small.
    let bounds = grid.bounds
    let turn = grid.crs.isGeographic ? LongitudeWrap(centre: (bounds.minX + bounds.maxX) / 2) : nil
    var pixels: [(Double, Double)] = []
    for (x, y) in zip(x, y) {
      guard let pixel = grid.transform.pixel(x: turn?(x) ?? x, y: y), !pixel.column.isNaN, !pixel.row.isNaN
      else { return nil }
      pixels.append((pixel.column, pixel.row))
    }
    return pixels
  }

  /// Whether a pole lies inside a raster that is laid on a grid of longitudes: its outline then says nothing about
  /// the latitudes inside.
  private func holdsPole(_ source: Grid) -> Bool {
    guard grid.crs.isGeographic, !source.crs.isGeographic,
      let transformer = try? CoordinateTransformer(from: grid.crs, to: source.crs)
    else { return false }
    return [90.0, -90.0].contains { latitude in
      guard let point = transformer.transform(x: 0, y: latitude),
        let pixel = source.transform.pixel(x: point.x, y: point.y)
      else { return false }
      return pixel.column >= 0 && pixel.column <= Double(source.width) && pixel.row >= 0
        && pixel.row <= Double(source.height)
    }
  }

  private func findSeam() -> Bool {
    guard !grid.crs.isGeographic, let degrees = try? SpatialReference.parse("EPSG:4326"),
      let there = try? CoordinateTransformer(from: grid.crs, to: degrees),
      let back = try? CoordinateTransformer(from: degrees, to: grid.crs)
    else { return false }
    let (width, height) = (Double(grid.width), Double(grid.height))
    return [(0.0, 0.0), (width, 0), (0, height), (width, height), (0, height / 2), (width, height / 2)]
      .contains { column, row in
        let point = grid.transform.map(column: column, row: row)
        guard let middle = there.transform(x: point.x, y: point.y),
          let again = back.transform(x: middle.x, y: middle.y),
          let pixel = grid.transform.pixel(x: again.x, y: again.y)
        else { return true }
        return abs(pixel.column - column) > 1 || abs(pixel.row - row) > 1
      }
  }

  private func transformer(from crs: CoordinateReference) throws(GDALError) -> CoordinateTransformer {
    if let known = transformers[crs.wkt] { return known }
    let made = try CoordinateTransformer(from: crs, to: grid.crs)
    transformers[crs.wkt] = made
    return made
  }
}
