import GDAL
import Geo
import Raster
import TestSupport
import Testing

@Suite struct RasterWarperTests {
  static func grid(_ crs: String, _ x: Double, _ y: Double, _ size: Double, _ width: Int, _ height: Int)
    throws
    -> Grid
  {
    Grid(
      crs: try SpatialReference.parse(crs),
      transform: AffineTransform(originX: x, originY: y, pixelWidth: size, pixelHeight: -size),
      width: width, height: height)
  }

  /// A Landsat-like source, and grids it is laid on.
  static func source() throws -> Grid { try grid("EPSG:32719", 300_015, 6_100_005, 30, 150, 120) }

  static func targets() throws -> [(String, Grid)] {
    [
      ("another zone", try grid("EPSG:32718", 845_800, 6_095_700, 30, 170, 140)),
      ("finer", try grid("EPSG:32719", 300_000, 6_100_000, 10, 460, 370)),
      ("coarser", try grid("EPSG:32719", 300_000, 6_100_200, 100, 48, 40)),
      ("half a pixel beside", try grid("EPSG:32719", 300_000, 6_100_020, 30, 152, 122)),
      ("degrees", try grid("EPSG:4326", -71.20, -35.22, 0.0003, 180, 130)),
      ("coarse degrees", try grid("EPSG:4326", -71.21, -35.21, 0.003, 25, 20)),
      ("polar", try grid("EPSG:3031", -6_089_500, 2_079_000, 30, 230, 260)),
    ]
  }

  @Test(arguments: Resampling.allCases)
  func `every method agrees with gdalwarp`(resampling: Resampling) async throws {
    let folder = try TemporaryFolder()
    for (name, grid) in try Self.targets() {
      let field = WarpedField(source: try Self.source())
      let ours = try field.warped(onto: grid, resampling, windows: (grid.width, grid.height))
      // gdalwarp finds its scale anew for every window; here it gets ours.
      let survey = try SourceMappings(grid: grid).survey(field.source)
      let theirs = try await field.gdalwarp(
        onto: grid, resampling, folder: folder,
        options: ["-wo", "XSCALE=\(survey.scaleX)", "-wo", "YSCALE=\(survey.scaleY)"])
      let all = Differences(ours, theirs)
      #expect(all.valid > 100, "\(name)")
      // At a raster's edge gdalwarp gives pixels that are covered partly too much weight, and a value to some that only
      // touch it.
      let differences =
        resampling.usesArea ? Differences(ours, theirs, innerWidth: grid.width) : all
      #expect(differences.validity <= (resampling == .lanczos ? all.valid / 1000 : 0), "\(name): \(all)")
      switch resampling {
      case .bilinear, .cubic, .average, .rms:
        // A hundredth of a pixel, on slopes of up to 600 a pixel, and the rounding of both.
        #expect(differences.worst <= 6, "\(name): \(differences)")
      case .cubicSpline, .lanczos:
        // Near missing pixels the weights may add up to almost nothing.
        #expect(differences.beyond(6) <= differences.valid / 500, "\(name): \(differences)")
      case .nearest, .mode, .min, .max, .median, .q1, .q3:
        // Another pixel where the position is on an edge.
        #expect(differences.values <= differences.valid / 200, "\(name): \(differences)")
      }
    }
  }

  @Test(arguments: Resampling.allCases)
  func `the bytes do not depend on the window that is asked for`(resampling: Resampling) throws {
    for (name, grid) in try Self.targets() {
      let field = WarpedField(source: try Self.source())
      let whole = try field.warped(
        onto: grid, resampling, windows: (grid.width, grid.height), isCut: false)
      #expect(whole.filter { $0 != 0 }.count > 100, "\(name)")
      for windows in [(64, 64), (17, 91), (grid.width, 1), (1, grid.height), (200, 33)] {
        let parts = try field.warped(onto: grid, resampling, windows: windows)
        #expect(parts == whole, "\(name) in windows of \(windows): \(Differences(parts, whole))")
      }
    }
  }

  @Test func `a ramp in map coordinates stays that ramp`() throws {
    let source = try Self.source()
    let ramp = WarpedField(source: source) { x, y in (x - 300_000) + (6_100_100 - y) * 2 + 1000 }
    for (name, grid) in try Self.targets() where name != "coarse degrees" && name != "coarser" {
      let there = try CoordinateTransformer(from: grid.crs, to: source.crs)
      let survey = try SourceMappings(grid: grid).survey(source)
      for resampling in [Resampling.bilinear, .cubic, .cubicSpline] {
        let result = try ramp.warped(onto: grid, resampling, windows: (64, 64))
        var checked = 0
        for place in result.indices where result[place] != 0 {
          let centre = grid.transform.map(
            column: Double(place % grid.width) + 0.5, row: Double(place / grid.width) + 0.5)
          let point = try #require(there.transform(x: centre.x, y: centre.y))
          let pixel = try #require(source.transform.pixel(x: point.x, y: point.y))
          // At the edges a kernel has only one side of the ramp.
          guard (3.0...147.0).contains(pixel.column), (3.0...117.0).contains(pixel.row) else { continue }
          let expected = (point.x - 300_000) + (6_100_100 - point.y) * 2 + 1000
          // 30 to 60 a pixel: a hundredth of a pixel and rounding; a widened kernel is cut into whole pixels.
          let error = abs(Double(result[place]) - expected)
          let tolerance = survey.scaleX < 1 || survey.scaleY < 1 ? 12 : 1.5
          #expect(error < tolerance, "\(name) \(resampling) \(pixel)")
          checked += 1
        }
        #expect(checked > 10_000, "\(name)")
      }
    }
  }

  @Test func `positions are exact to a hundredth of a pixel, near and far from the centre of a projection`()
    throws
  {
    let source = try Self.source()
    for (name, grid) in try Self.targets() {
      let mappings = SourceMappings(grid: grid)
      let mapping = try mappings.mapping(
        to: source, resampling: .nearest, step: mappings.survey(source).step)
      let there = try CoordinateTransformer(from: grid.crs, to: source.crs)
      for row in stride(from: 0, to: grid.height, by: 7) {
        for column in stride(from: 0, to: grid.width, by: 5) {
          let box = try #require(
            mapping.bounds(of: PixelWindow(column: column, row: row, width: 1, height: 1)))
          let centre = grid.transform.map(column: Double(column) + 0.5, row: Double(row) + 0.5)
          let point = try #require(there.transform(x: centre.x, y: centre.y))
          let pixel = try #require(source.transform.pixel(x: point.x, y: point.y))
          #expect(abs(box.left - pixel.column) < 0.01 && abs(box.top - pixel.row) < 0.01, "\(name)")
        }
      }
    }
  }

  @Test(arguments: [
    ("EPSG:32701", "EPSG:4326", 179.9, -18.0, 0.0003), ("EPSG:32660", "EPSG:4326", 179.9, -18.0, 0.0003),
    ("EPSG:32701", "EPSG:32760", 830_000.0, 8_000_000.0, 30.0),
  ])
  func `a grid across the antimeridian gets what lies on both sides`(
    zone: String, crs: String, x: Double, y: Double, size: Double
  ) throws {
    let grid = try Self.grid(crs, x, y, size, 700, 300)
    // A raster of the zone all around the grid.
    let there = try CoordinateTransformer(from: grid.crs, to: try SpatialReference.parse(zone))
    let middle = grid.transform.map(column: 350, row: 150)
    let centre = try #require(there.transform(x: middle.x, y: middle.y))
    let source = try Self.grid(zone, centre.x.rounded() - 15_000, centre.y.rounded() + 9_000, 30, 1000, 600)
    let field = WarpedField(source: source) { x, _ in x - centre.x + 20_000 }
    let survey = try SourceMappings(grid: grid).survey(source)
    #expect(survey.window.contains(grid.window))
    let result = try field.warped(onto: grid, .bilinear, windows: (128, 128))
    for column in stride(from: 0, to: 700, by: 50) {
      let point = grid.transform.map(column: Double(column) + 0.5, row: 150.5)
      let image = try #require(there.transform(x: point.x, y: point.y))
      #expect(abs(Double(result[150 * 700 + column]) - (image.x - centre.x + 20_000)) < 4, "\(column)")
    }
  }

  @Test func `a raster around the Earth fills a grid across its seam`() throws {
    let source = try Self.grid("EPSG:4326", -180, 40, 0.5, 720, 160)
    let field = WarpedField(source: source) { x, y in (x + 180) * 10 + y + 100 }
    for crs in ["EPSG:4326", "EPSG:32701"] {
      let grid =
        crs == "EPSG:4326"
        ? try Self.grid(crs, 170.1, 10, 0.7, 30, 20) : try Self.grid(crs, 100_000, 8_500_000, 40_000, 20, 20)
      let there = try CoordinateTransformer(from: grid.crs, to: source.crs)
      for windows in [(64, 64), (3, 5)] {
        let result = try field.warped(onto: grid, .nearest, windows: windows)
        for place in result.indices {
          let centre = grid.transform.map(
            column: Double(place % grid.width) + 0.5, row: Double(place / grid.width) + 0.5)
          let point = try #require(there.transform(x: centre.x, y: centre.y))
          let x = point.x > 180 ? point.x - 360 : point.x
          #expect(abs(Double(result[place]) - ((x + 180) * 10 + point.y + 100)) < 5, "\(crs) \(centre)")
        }
      }
    }
  }

  @Test func `the footprint on a grid misses no pixel the raster reaches`() throws {
    let source = try Self.source()
    for (name, grid) in try Self.targets() {
      let field = WarpedField(source: source) { _, _ in 7 }
      let window = try SourceMappings(grid: grid).survey(source).window
      let result = try field.warped(onto: grid, .nearest, windows: (grid.width, grid.height), isCut: false)
      for place in result.indices where result[place] != 0 {
        let pixel = PixelWindow(column: place % grid.width, row: place / grid.width, width: 1, height: 1)
        #expect(window.contains(pixel), "\(name) \(pixel)")
      }
      let part = try #require(window.intersection(grid.window))
      #expect(part.count < result.filter { $0 != 0 }.count * 2, "\(name): \(window)")
    }
  }

  @Test func `floating-point samples are masked by NaN, and keep their fractions`() throws {
    let grid = try Self.grid("EPSG:32719", 300_000, 6_100_000, 10, 60, 60)
    let source = try Self.grid("EPSG:32719", 300_000, 6_100_000, 20, 30, 30)
    let mappings = SourceMappings(grid: grid)
    let survey = try mappings.survey(source)
    #expect(survey.window == grid.window && survey.scaleX == 1)
    let plane = SamplePlane()
    let (start, stride) = RasterWarper.frame(plane, type: .float32, width: 30, height: 30, nodata: .nan)
    let samples = plane.samples(as: Float.self)
    for place in 0..<900 { samples[start + place / 30 * stride + place % 30] = Float(place % 30) + 0.25 }
    for row in 0..<30 { samples[start + row * stride + 10] = .nan }
    let target = SamplePlane()
    try RasterWarper.warp(
      plane, first: (0, 0),
      mapping: try mappings.mapping(to: source, resampling: .bilinear, step: survey.step),
      window: grid.window, options: .init(resampling: .bilinear, nodata: .nan), into: target)
    let values = target.samples(as: Float.self)
    // 20 and 21 are the two columns of the missing pixel, 22 has it beside itself.
    #expect(values[20 * 60 + 20].isNaN && values[21 * 60 + 21].isNaN)
    #expect(values[20 * 60 + 22] == 11.25)
    #expect(values[5 * 60 + 7] == 3.5 && values[5 * 60 + 8] == 4)
  }

  @Test func `there is no way from a coordinate system of another body`() throws {
    let moon = try SpatialReference.parse("+proj=longlat +a=1737400 +b=1737400 +no_defs")
    let source = Grid(crs: moon, transform: try Self.source().transform, width: 10, height: 10)
    #expect(throws: GDALError.self) { try SourceMappings(grid: Self.source()).survey(source) }
  }
}
