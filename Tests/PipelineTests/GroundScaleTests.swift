import GDAL
import Geo
import Testing

@testable import Pipeline

/// How large pixels are on the ground. Expected values are pyproj's: `Geod(ellps="WGS84").polygon_area_perimeter` of the
/// corners of the pixel in the middle, and `inv` of the ends of its middle row.
@Suite struct GroundScaleTests {
  private func scale(_ crs: String, _ x: Double, _ y: Double, pixel: Double, _ side: Int) throws
    -> GroundScale?
  {
    GroundScale(
      Grid(
        crs: try SpatialReference.parse(crs),
        transform: AffineTransform(originX: x, originY: y, pixelWidth: pixel, pixelHeight: -pixel),
        width: side, height: side))
  }

  @Test(arguments: [
    (-7_935_000.0, -4_180_000.0, 30.0, 200, 600.464, 24.5595), (0, 8_400_000, 30, 100, 225.831, 15.0403),
  ])
  func `in Web Mercator pixels are smaller than their coordinates say`(
    x: Double, y: Double, pixel: Double, side: Int, area: Double, width: Double
  ) throws {
    let found = try #require(try scale("EPSG:3857", x, y, pixel: pixel, side))
    #expect(abs(try #require(found.pixelArea) / area - 1) < 0.002)
    #expect(abs(found.width / width - 1) < 0.001)
  }

  @Test func `where they differ over the grid there is no one area`() throws {
    let found = try #require(try scale("EPSG:3857", 0, 12_000_000, pixel: 10_000, 1000))
    #expect(found.pixelArea == nil && abs(found.width / 6018 - 1) < 0.03)
  }

  @Test func `systems that are true to scale are taken at their word`() throws {
    let zone = try #require(try scale("EPSG:32719", 300_000, 6_100_000, pixel: 30, 200))
    #expect(zone.pixelArea == 900 && zone.width == 30)
    let equal = try #require(try scale("EPSG:3035", 4_321_000, 3_210_000, pixel: 100, 300))
    #expect(equal.pixelArea == 10_000 && equal.width == 100)
    #expect(try scale("EPSG:4326", 0, 10, pixel: 0.01, 100) == nil)
  }
}
