import Catalog
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

  @Test func `the native grid holds scenes of other grids too, on the first one's pixels`() throws {
    let first = try scene()
    let beside = Grid(
      crs: first.crs, transform: AffineTransform(gdal: [310_000, 30, 0, 6_100_005, 0, -30]), width: 9,
      height: 9)
    let grid = try GridPlanner(area: .native).grid(sources: [first, beside])
    #expect(grid == first.part(PixelWindow(column: 0, row: 0, width: 342, height: 80)))
    let zone = try scene(column: -17_500, crs: "EPSG:32720")
    let both = try GridPlanner(area: .native).grid(sources: [first, zone])
    #expect(both.transform.pixelWidth == 30 && both.crs == first.crs && both.width > 500)
    #expect((both.transform.originX - 300_015).truncatingRemainder(dividingBy: 30) == 0)
  }

  @Test func `an area around a point is a square on the nearest pixel edges`() throws {
    let first = try scene()
    // 71.2 west, 35.2 south.
    let point = try SpatialReference.unrolled(
      BoundingBox(minX: -71.2, minY: -35.2, maxX: -71.2 + 1e-9, maxY: -35.2 + 1e-9),
      from: SpatialReference.parse("EPSG:4326"), to: first.crs, densify: 2)
    let area = Area.around(longitude: -71.2, latitude: -35.2, buffer: 6000, target: GridTarget())
    let grid = try GridPlanner(area: area).grid(sources: [first])
    #expect(grid.width == 400 && grid.height == 400 && grid.crs == first.crs)
    #expect((grid.transform.originX - 300_015).truncatingRemainder(dividingBy: 30) == 0)
    #expect(
      abs(grid.transform.originX + 6000 - point.minX) <= 15
        && abs(grid.transform.originY - 6000 - point.minY) <= 15)
    let box = try #require(try GridPlanner.searchBox(of: area))
    #expect(
      box.minX < -71.26 && box.maxX > -71.14 && box.minY < -35.25 && box.maxY > -35.15 && box.maxX < -71)
    let degrees = try mistake(
      .around(
        longitude: 0, latitude: 0, buffer: 10,
        target: GridTarget(crs: "EPSG:4326", resolution: .init(x: 1, y: 1))),
      [first])
    #expect("\(degrees)".contains("a buffer in metres"))
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

  @Test func `another coordinate system or resolution has its pixel edges on multiples of the resolution`()
    throws
  {
    let first = try scene()
    let bounds = box(300_045, 6_099_045, 300_105, 6_099_105)
    let zone = try GridPlanner(
      area: .box(bounds, crs: "EPSG:32719", target: GridTarget(crs: "EPSG:32718"))
    ).grid(sources: [first])
    #expect(zone.crs.authorityCode == "EPSG:32718")
    #expect(zone.transform.pixelWidth == 30 && zone.transform.pixelHeight == -30)
    #expect(zone.transform.originX.truncatingRemainder(dividingBy: 30) == 0)
    #expect(zone.transform.originY.truncatingRemainder(dividingBy: 30) == 0)
    let fine = try GridPlanner(
      area: .box(
        bounds, crs: "EPSG:32719", target: GridTarget(resolution: GridTarget.Resolution(x: 20, y: 10)))
    ).grid(sources: [first])
    #expect(fine.transform.gdal == [300_040, 20, 0, 6_099_110, 0, -10])
    #expect((fine.width, fine.height) == (4, 7))
  }

  @Test func `pixels of any scene that has the wanted ones are kept, the first scene's or not`() throws {
    let other = try scene(crs: "EPSG:32718")
    let first = try scene()
    let target = GridTarget(crs: "EPSG:32719", resolution: GridTarget.Resolution(x: 30, y: 30))
    let grid = try GridPlanner(
      area: .box(box(300_045, 6_099_045, 300_105, 6_099_105), crs: "EPSG:32719", target: target)
    ).grid(sources: [other, first])
    #expect(grid.transform.originX == 300_045 && grid.transform.originY == 6_099_105)
  }

  @Test func `degrees need a resolution of their own`() throws {
    let area = Area.box(box(-71.3, -35.3, -71.2, -35.2), crs: nil, target: GridTarget(crs: "EPSG:4326"))
    let failure = try mistake(area, [scene()])
    #expect(failure.isConfigMistake && failure.description.contains("\"resolution\""), "\(failure)")
    let target = GridTarget(crs: "EPSG:4326", resolution: GridTarget.Resolution(x: 0.001, y: 0.001))
    let grid = try GridPlanner(area: .box(box(-71.3, -35.3, -71.2, -35.2), crs: nil, target: target))
      .grid(sources: [scene()])
    #expect((grid.width, grid.height) == (100, 100))
  }

  @Test(arguments: [
    // Fiji, by its box and by polygons that are cut at the antimeridian.
    ("EPSG:4326", 0.01), ("EPSG:3857", 1000.0), ("EPSG:32760", 300), ("EPSG:3031", 1000),
  ])
  func `an area across the antimeridian makes one grid`(crs: String, resolution: Double) throws {
    let target = GridTarget(crs: crs, resolution: GridTarget.Resolution(x: resolution, y: resolution))
    func ring(_ west: Double, _ east: Double) -> LonLatPolygon {
      LonLatPolygon(box(west, -19, east, -16))
    }
    let source = try scene(crs: "EPSG:32760")
    for area in [
      Area.box(box(177, -19, -178, -16), crs: nil, target: target),
      Area.geometry([ring(177, 180), ring(-180, -178)], target: target),
    ] {
      let grid = try GridPlanner(area: area).grid(sources: [source])
      let degrees = try SpatialReference.parse("EPSG:4326")
      let width = grid.transform.pixelWidth * Double(grid.width)
      switch crs {
      case "EPSG:4326": #expect(grid.bounds.array == [177, -19, 182, -16])
      // 5° along the equator of Mercator; 0.95 of that on the ground, a little more for its turn at the pole.
      case "EPSG:3857": #expect(abs(width - 556_597) < 2000)
      case "EPSG:32760": #expect(abs(width - 535_000) < 10_000)
      default: #expect(width < 1_500_000)
      }
      let back = try GridPlanner.searchBox(of: area)
      #expect(back == box(177, -19, -178, -16))
      let middle = grid.transform.map(column: Double(grid.width) / 2, row: Double(grid.height) / 2)
      let place = try #require(
        try CoordinateTransformer(from: grid.crs, to: degrees).transform(x: middle.x, y: middle.y))
      #expect(abs((place.x > 0 ? place.x : place.x + 360) - 179.5) < 0.6 && abs(place.y + 17.5) < 0.6)
    }
  }

  @Test func `a box around a pole makes a polar grid`() throws {
    let target = GridTarget(crs: "EPSG:3413", resolution: GridTarget.Resolution(x: 10_000, y: 10_000))
    let grid = try GridPlanner(area: .box(box(-180, 75, 180, 90), crs: nil, target: target))
      .grid(sources: [scene()])
    #expect(grid.bounds.minX < -1_600_000 && grid.bounds.maxX > 1_600_000)
    #expect(grid.bounds.minY < -1_600_000 && grid.bounds.maxY > 1_600_000)
    #expect(grid.width < 340 && grid.height < 340)
  }

  @Test func `an area that a projection cannot show is a mistake in the config`() throws {
    // The South Pole is infinitely far away on a polar map of the north.
    let target = GridTarget(crs: "EPSG:3995", resolution: GridTarget.Resolution(x: 30, y: 30))
    let pole = try mistake(.box(box(-10, -90, 10, -80), crs: nil, target: target), [scene()])
    #expect(pole.isConfigMistake && pole.description.contains("EPSG:3995"), "\(pole)")
    let huge = GridTarget(crs: nil, resolution: GridTarget.Resolution(x: 0.0001, y: 0.0001))
    let fine = try mistake(.box(box(-71.3, -35.3, -70.3, -34.9), crs: nil, target: huge), [scene()])
    #expect(fine.isConfigMistake && fine.description.contains("4 million"), "\(fine)")
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

  @Test func `a grid cannot be chosen without scenes or beyond measure`() throws {
    #expect(try mistake(.native, []).description.contains("no scene says where it lies"))
    let first = try scene()
    let far = try scene(column: 5_000_000)
    #expect(try mistake(.native, [first, far]).description.contains("4 million"))
  }

  @Test func `a rotated first scene gives its resolution to a grid along the axes`() throws {
    let first = try scene()
    let rotated = Grid(
      crs: first.crs, transform: AffineTransform(gdal: [300_015, 24, 18, 6_100_005, 18, -24]), width: 100,
      height: 100)
    let grid = try GridPlanner(area: .native).grid(sources: [rotated])
    #expect(grid.transform.isAxisAligned && grid.transform.pixelWidth == 30)
    #expect(grid.bounds.minX <= rotated.bounds.minX && grid.bounds.maxX >= rotated.bounds.maxX)
    #expect(grid.bounds.minY <= rotated.bounds.minY && grid.bounds.maxY >= rotated.bounds.maxY)
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    try GeoTIFFWriter.write(
      [UInt8](repeating: 1, count: 10_000), to: folder + "/like.tif", grid: rotated,
      options: .init(type: .uint8, blockWidth: 16, blockHeight: 16))
    let refused = try mistake(.like(path: folder + "/like.tif"), [first])
    #expect(refused.isConfigMistake && refused.description.contains("rotated"))
  }
}
