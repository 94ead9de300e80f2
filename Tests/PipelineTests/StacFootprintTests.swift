import GDAL
import Geo
import JSON
import Testing

@testable import Pipeline

/// Outlines in degrees.
@Suite struct StacFootprintTests {
  private func footprint(
    _ crs: String, origin: (Double, Double), pixel: Double, size: (Int, Int)
  ) throws -> StacFootprint {
    let grid = Grid(
      crs: try SpatialReference.parse(crs),
      transform: AffineTransform(
        originX: origin.0, originY: origin.1, pixelWidth: pixel, pixelHeight: -pixel), width: size.0,
      height: size.1)
    return try #require(StacFootprint(grid))
  }

  private func rings(_ geometry: JSONValue) -> [[[Double]]] {
    let polygons =
      geometry["type"] == "Polygon" ? [geometry["coordinates"] ?? []] : geometry["coordinates"]?.array ?? []
    return polygons.map { ($0.array?.first?.array ?? []).map { ($0.array ?? []).compactMap(\.double) } }
  }

  /// Twice the signed area: positive for counter-clockwise rings.
  private func area(_ ring: [[Double]]) -> Double {
    zip(ring, ring.dropFirst()).reduce(0) { $0 + $1.0[0] * $1.1[1] - $1.1[0] * $1.0[1] }
  }

  @Test func `a grid in degrees is its box, closed and counter-clockwise`() throws {
    let footprint = try footprint("EPSG:4326", origin: (10, 50), pixel: 0.5, size: (8, 4))
    #expect(footprint.box == [10, 48, 14, 50])
    let ring = try #require(rings(footprint.geometry).first)
    #expect(ring.first == ring.last)
    #expect(abs(area(ring) - 16) < 1e-9)
  }

  @Test func `edges of a projected grid bulge beyond its corners`() throws {
    // 600 km of UTM 33N around 60° north: the northern edge reaches farther north than its corners.
    let footprint = try footprint("EPSG:32633", origin: (200_000, 7_000_000), pixel: 1000, size: (600, 600))
    let ring = try #require(rings(footprint.geometry).first)
    let north = try #require(ring.map { $0[1] }.max())
    #expect(footprint.box[3] == north)
    let corner = try #require(ring.filter { abs($0[0] - ring[0][0]) < 1e-9 }.map { $0[1] }.max())
    #expect(north > corner)
    #expect(area(ring) > 0)
  }

  @Test(arguments: [("EPSG:32660", 600_000.0), ("EPSG:32601", 200_000.0)])
  func `an outline across the antimeridian is two polygons`(crs: String, west: Double) throws {
    let footprint = try footprint(crs, origin: (west, 7_300_000), pixel: 1000, size: (250, 100))
    #expect(footprint.geometry["type"] == "MultiPolygon")
    #expect(footprint.box[0] > 170 && footprint.box[2] < -170)
    let parts = rings(footprint.geometry)
    #expect(parts.count == 2)
    for ring in parts {
      #expect(ring.first == ring.last && area(ring) > 0)
      #expect(ring.allSatisfy { abs($0[0]) <= 180 })
      #expect(ring.contains { abs($0[0]) == 180 })
    }
  }

  @Test func `a grid around the pole reaches it`() throws {
    let footprint = try footprint("EPSG:3413", origin: (-500_000, 500_000), pixel: 10_000, size: (100, 100))
    #expect(footprint.box[0] == -180 && footprint.box[2] == 180 && footprint.box[3] == 90)
    #expect(footprint.box[1] > 80 && footprint.box[1] < 86)
  }
}
