import Foundation
import GDAL
import Geo
import Testing

@testable import Pipeline

/// Where pixels lie on the earth, on grids that go around it.
@Suite struct PixelPlacesTests {
  private static func lattice(
    _ crs: String, _ corner: (x: Double, y: Double), pixel: Double, _ width: Int, _ height: Int
  ) throws -> PositionLattice {
    try PixelPlaces.lattice(
      of: Grid(
        crs: try SpatialReference.parse(crs),
        transform: AffineTransform(
          originX: corner.x, originY: corner.y, pixelWidth: pixel, pixelHeight: -pixel),
        width: width, height: height))
  }

  /// The angle between two places as seen from the middle of the earth, in degrees.
  private static func angle(
    _ one: (longitude: Double, latitude: Double), _ other: (longitude: Double, latitude: Double)
  ) -> Double {
    let degree = Double.pi / 180
    func direction(_ place: (longitude: Double, latitude: Double)) -> SIMD3<Double> {
      let (longitude, latitude) = (place.longitude * degree, place.latitude * degree)
      return [cos(longitude) * cos(latitude), sin(longitude) * cos(latitude), sin(latitude)]
    }
    let chord = direction(one) - direction(other)
    return 2 * asin(min(1, (chord * chord).sum().squareRoot() / 2)) / degree
  }

  @Test(arguments: ["EPSG:4326", "EPSG:3857"])
  func `a grid of all the earth has every longitude once`(crs: String) throws {
    let half = crs == "EPSG:4326" ? 180 : 20_037_508.342789244
    let lattice = try Self.lattice(crs, (-half, half / 2), pixel: half / 1800, 3600, 1800)
    for column in [0, 1, 27, 899, 1770, 1799, 1800, 1801, 1829, 2700, 3599] {
      let found = lattice.position(column: column, row: 900).longitude
      let expected = -180 + (Double(column) + 0.5) / 10
      #expect(abs(found - expected) < 1e-6, "column \(column): \(found)")
    }
    #expect(abs(lattice.centre.longitude) < 1e-9)
  }

  @Test func `a grid across the antimeridian goes on beyond 180 degrees`() throws {
    let lattice = try Self.lattice("EPSG:4326", (170, 10), pixel: 0.1, 200, 200)
    let longitudes = [0, 50, 99, 100, 101, 150, 199].map { lattice.position(column: $0, row: 7).longitude }
    for (found, expected) in zip(longitudes, [170.05, 175.05, 179.95, 180.05, 180.15, 185.05, 189.95]) {
      #expect(abs(found - expected) < 1e-9)
    }
  }

  /// By pyproj, at the middles of pixels; the last but one beside the pole.
  @Test(arguments: [
    (0, 0, -180.0, 40.94496186119708), (999, 0, 90.0, 40.94496186119708),
    (700, 502, 44.28562580424112, 75.27025946832907), (501, 500, 26.565051177077994, 89.88323253694185),
    (495, 503, -97.1250163489018, 89.57899060252406), (20, 500, -134.9402546832674, 55.617451707533775),
    (510, 488, 92.6025622024998, 88.85001052499312), (500, 499, 90.0, 89.94777998913385),
    (999, 999, 0.0, 40.94496186119708),
  ])
  func `around a pole positions are right on every side of it`(
    column: Int, row: Int, longitude: Double, latitude: Double
  ) throws {
    // The pole lies on a point of the lattice, then between four of them, and longitudes jump on one side of it.
    for shift in [0, 5] {
      let corner = (x: -4e6 - 8000 * Double(shift), y: 4e6 + 8000 * Double(shift))
      let lattice = try Self.lattice("EPSG:3413", corner, pixel: 8000, 1000 + shift, 1000 + shift)
      let found = lattice.position(column: column + shift, row: row + shift)
      #expect(Self.angle(found, (longitude, latitude)) < 0.04, "\(shift): \(found)")
    }
  }
}
