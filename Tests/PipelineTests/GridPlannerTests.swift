import GDAL
import Geo
import Raster
import Storage
import Testing

@testable import Pipeline

/// The grid of a cube: whose pixels it follows and how far it reaches.
@Suite struct GridPlannerTests {
  /// Landsat's phase: edges at 15 beyond multiples of 30.
  private func scene(
    column: Int = 0, row: Int = 0, width: Int = 100, height: Int = 80, crs: String = "EPSG:32719"
  ) throws
    -> Grid
  {
    Grid(
      crs: try SpatialReference.parse(crs),
      transform: AffineTransform(originX: 300_015, originY: 6_100_005, pixelWidth: 30, pixelHeight: -30)
        .shifted(columns: column, rows: row), width: width, height: height)
  }

  private func box(_ minX: Double, _ minY: Double, _ maxX: Double, _ maxY: Double) -> BoundingBox {
    BoundingBox(minX: minX, minY: minY, maxX: maxX, maxY: maxY)
  }

  private func mistake(_ area: Area, _ sources: [Grid]) throws -> PlanError {
    try #require(throws: PlanError.self) { try GridPlanner(area: area).grid(sources: sources) }
  }

  @Test func `the native grid holds all scenes on the first one's pixels`() throws {
    let first = try scene()
    let grid = try GridPlanner(area: .native).grid(
      sources: [first, scene(column: -7, row: 3), scene(column: 20, row: -11, width: 90)])
    #expect(grid == first.part(PixelWindow(column: -7, row: -11, width: 117, height: 94)))
    #expect(grid.transform.originX == 300_015 - 7 * 30)
  }

  @Test func `scenes that do not fit the first one's pixels do not change the native grid`() throws {
    let first = try scene()
    var shifted = try scene(column: 50)
    shifted = Grid(
      crs: shifted.crs, transform: AffineTransform(gdal: [310_000, 30, 0, 6_100_005, 0, -30]), width: 9,
      height: 9)
    let grid = try GridPlanner(area: .native).grid(
      sources: [first, shifted, scene(column: 500, crs: "EPSG:32718")])
    #expect(grid == first)
  }

  @Test(arguments: [
    // A box between pixel edges is widened to them; one along edges takes in no further pixel.
    (box: [300_100.0, 6_099_000.0, 300_200.0, 6_099_100.0], window: [2, 30, 5, 4]),
    (box: [300_045.0, 6_099_045.0, 300_105.0, 6_099_105.0], window: [1, 30, 2, 2]),
    (box: [300_045.000001, 6_099_045.000001, 300_104.999999, 6_099_104.999999], window: [1, 30, 2, 2]),
    (box: [299_000.0, 6_101_000.0, 299_001.0, 6_101_001.0], window: [-34, -34, 1, 1]),
  ])
  func `an area's grid keeps the scenes' pixels`(box: [Double], window: [Int]) throws {
    let first = try scene()
    let area = self.box(box[0], box[1], box[2], box[3])
    let grid = try GridPlanner(
      area: .box(area, crs: "EPSG:32719", target: GridTarget(crs: nil, resolution: nil))
    ).grid(sources: [first])
    #expect(
      grid == first.part(PixelWindow(column: window[0], row: window[1], width: window[2], height: window[3])))
    #expect(grid.bounds.minX <= box[0] + 0.001 && grid.bounds.maxX >= box[2] - 0.001)
    #expect(grid.bounds.minY <= box[1] + 0.001 && grid.bounds.maxY >= box[3] - 0.001)
  }

  @Test func `a box in degrees is covered along its edges, not only at its corners`() throws {
    let first = try scene()
    let area = box(-71.3, -35.3, -70.3, -34.9)
    let grid = try GridPlanner(area: .box(area, crs: nil, target: GridTarget(crs: nil, resolution: nil)))
      .grid(sources: [first])
    let degrees = try SpatialReference.parse("EPSG:4326")
    for part in 0...20 {
      let x = area.minX + (area.maxX - area.minX) * Double(part) / 20
      for y in [area.minY, area.maxY] {
        let point = try SpatialReference.transform(box(x, y, x, y), from: degrees, to: first.crs, densify: 2)
        #expect(point.minY >= grid.bounds.minY - 1 && point.maxY <= grid.bounds.maxY + 1, "\(x) \(y)")
      }
    }
  }

  @Test func `the scenes' own coordinate system and resolution may be named`() throws {
    let first = try scene()
    let target = GridTarget(crs: "EPSG:32719", resolution: GridTarget.Resolution(x: 30, y: 30))
    let area = Area.box(box(300_045, 6_099_045, 300_105, 6_099_105), crs: "EPSG:32719", target: target)
    #expect(try GridPlanner(area: area).grid(sources: [first]).width == 2)
  }

  @Test func `another coordinate system or resolution is refused with both named`() throws {
    let first = try scene()
    let bounds = box(300_045, 6_099_045, 300_105, 6_099_105)
    let system = try mistake(
      .box(bounds, crs: "EPSG:32719", target: GridTarget(crs: "EPSG:32718", resolution: nil)), [first])
    #expect(system.isConfigMistake)
    #expect(system.description.contains("EPSG:32718") && system.description.contains("EPSG:32719"))
    let resolution = try mistake(
      .box(
        bounds, crs: "EPSG:32719",
        target: GridTarget(crs: nil, resolution: GridTarget.Resolution(x: 10, y: 10))), [first])
    #expect(resolution.isConfigMistake)
    #expect(resolution.description.contains("10.0 × 10.0") && resolution.description.contains("30.0 × 30.0"))
  }

  @Test func `like a raster is exactly that raster's grid`() throws {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    let wanted = try scene(column: 3, row: 5, width: 17, height: 9)
    try GeoTIFFWriter.write(
      [UInt8](repeating: 1, count: 17 * 9), to: folder + "/like.tif", grid: wanted,
      options: .init(type: .uint8, blockWidth: 16, blockHeight: 16))
    let grid = try GridPlanner(area: .like(path: folder + "/like.tif")).grid(sources: [scene()])
    #expect(grid.transform == wanted.transform)
    #expect((grid.width, grid.height) == (17, 9))
    #expect(SpatialReference.isSame(grid.crs, wanted.crs))
    let missing = try mistake(.like(path: folder + "/none.tif"), [scene()])
    #expect(missing.isConfigMistake && missing.description.contains("none.tif"))
  }

  @Test func `a grid cannot be chosen without scenes, on a rotated one, or beyond measure`() throws {
    #expect(try mistake(.native, []).description.contains("no scene says where it lies"))
    let first = try scene()
    let rotated = Grid(
      crs: first.crs, transform: AffineTransform(gdal: [300_015, 30, 5, 6_100_005, 5, -30]), width: 9,
      height: 9)
    #expect(try mistake(.native, [rotated]).description.contains("rotated"))
    let far = try scene(column: 5_000_000)
    #expect(try mistake(.native, [first, far]).description.contains("4 million"))
  }
}
