internal import GDAL
internal import Geo
internal import Glibc

/// How large the pixels of a projected grid are on the ground: projections stretch, and Web Mercator doubles areas at 45°.
struct GroundScale {
  /// How far sizes on the ground may be off that are told as one number for a grid.
  static let tolerance = 0.02

  /// Square metres of a pixel; nil where they differ over the grid by more than the tolerance.
  let pixelArea: Double?
  /// Metres of a pixel's side along a row, in the middle of the grid.
  let width: Double

  /// - Returns: nil where a unit of the grid has no length, as where its coordinates are angles.
  init?(_ grid: Grid) {
    guard let unit = SpatialReference.metresPerUnit(grid.crs) else { return nil }
    let width = abs(grid.transform.pixelWidth) * unit
    let area = grid.transform.pixelArea * unit * unit
    let lattice = try? PixelPlaces.lattice(of: grid)
    let last = PositionLattice.side - 2
    let places = [(last / 2, last / 2), (0, 0), (0, last), (last, 0), (last, last)]
    let cells = places.compactMap { place in
      lattice.flatMap { Self.cell($0, column: place.0, row: place.1, of: grid) }
    }
    guard cells.count == places.count, let middle = cells.first else {
      // What lies nowhere on the earth is as its coordinates say.
      (pixelArea, self.width) = (area, width)
      return
    }
    func isNear(_ one: Double, _ other: Double) -> Bool { abs(one / other - 1) <= Self.tolerance }
    self.width = isNear(middle.width, width) ? width : middle.width
    if cells.allSatisfy({ isNear($0.area, area) }) {
      // As coordinate systems are meant to be used.
      pixelArea = area
    } else {
      pixelArea = cells.allSatisfy { isNear($0.area, middle.area) } ? middle.area : nil
    }
  }

  /// A pixel's width and area in a cell of the lattice, on the ellipsoid of WGS 84; nil where it has no place.
  private static func cell(
    _ lattice: PositionLattice, column: Int, row: Int, of grid: Grid
  ) -> (width: Double, area: Double)? {
    let points = lattice.points
    let first = row * PositionLattice.side + column
    let corner = points[first]
    let latitude = corner.latitude * .pi / 180
    let (axis, squared) = (6_378_137.0, 0.006_694_379_990_141_3)
    let bend = 1 - squared * sin(latitude) * sin(latitude)
    // Metres of a degree to the east and to the north.
    let east = axis / bend.squareRoot() * cos(latitude) * .pi / 180
    let north = axis * (1 - squared) / (bend * bend.squareRoot()) * .pi / 180
    func way(_ point: Int, _ pixels: Double) -> (x: Double, y: Double) {
      (
        (points[point].longitude - corner.longitude) * east / pixels,
        (points[point].latitude - corner.latitude) * north / pixels
      )
    }
    let steps = Double(PositionLattice.side - 1)
    let along = way(first + 1, Double(grid.width) / steps)
    let down = way(first + PositionLattice.side, Double(grid.height) / steps)
    let (width, area) = (
      (along.x * along.x + along.y * along.y).squareRoot(), abs(along.x * down.y - along.y * down.x)
    )
    return width.isFinite && area.isFinite && width > 0 && area > 0 ? (width, area) : nil
  }
}
