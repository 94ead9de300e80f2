import Geo
import Testing

@Suite struct GridTests {
  private let crs = CoordinateReference(
    wkt: "LOCAL_CS[\"test\"]", authorityCode: "EPSG:32719", isGeographic: false)

  private func grid(
    _ x: Double, _ y: Double, pixel: Double = 30, width: Int = 100, height: Int = 80
  ) -> Grid {
    Grid(
      crs: crs, transform: AffineTransform(originX: x, originY: y, pixelWidth: pixel, pixelHeight: -pixel),
      width: width, height: height)
  }

  @Test func `grids of working rasters are sound`() {
    #expect(grid(300_000, 6_100_000, pixel: 30).flaw == nil)
    #expect(grid(300_000, 6_100_000, pixel: 0.001).flaw == nil)
    #expect(grid(-180, 90, pixel: 1e-6, width: 1, height: 1).flaw == nil)
    #expect(grid(-20_000_000, 20_000_000, pixel: 100_000, width: 400, height: 400).flaw == nil)
  }

  @Test(
    arguments: [
      [300_000, 1e-10, 0, 6_100_000, 0, -1e-10], [300_000, 0, 0, 6_100_000, 0, -30],
      [300_000, 1e300, 0, 6_100_000, 0, -1e300], [300_000, 1e300, 0, 6_100_000, 0, -1e-300],
      [.nan, 30, 0, 6_100_000, 0, -30], [300_000, .infinity, 0, 6_100_000, 0, -30],
      [300_000, 1e-200, 0, 6_100_000, 0, -1e-200], [1e300, 30, 0, 1e300, 0, -30], [0, 30, 30, 0, 30, 30],
      [-.greatestFiniteMagnitude, .greatestFiniteMagnitude, 0, 0, 0, -1],
    ] as [[Double]])
  func `grids that no position can be computed on say why`(numbers: [Double]) {
    let grid = Grid(crs: crs, transform: AffineTransform(gdal: numbers), width: 64, height: 64)
    #expect(grid.flaw != nil)
  }

  @Test func `coinciding pixels are found with their offset`() {
    let target = grid(300_015, 6_000_015)
    #expect(target.placement(of: target) == .aligned(column: 0, row: 0))
    #expect(target.placement(of: grid(300_015 + 90, 6_000_015 - 60)) == .aligned(column: 3, row: 2))
    #expect(target.placement(of: grid(300_015 - 3000, 6_000_015 + 30)) == .aligned(column: -100, row: -1))
  }

  @Test func `USGS origins are fifteen modulo thirty and must not be snapped`() {
    // Landsat scenes lie at 15 modulo 30 m; a grid snapped to multiples of 30 is half a pixel off.
    let landsat = grid(300_015, 6_000_015)
    guard case .phaseDiffers(let columns, let rows) = landsat.placement(of: grid(300_000, 6_000_000)) else {
      Issue.record("half a pixel went unnoticed")
      return
    }
    #expect(abs(columns) == 0.5 && abs(rows) == 0.5)
    #expect(landsat.placement(of: grid(390_015, 5_990_025)) == .aligned(column: 3000, row: 333))
  }

  @Test func `rounding in stored transforms is no shift`() {
    let target = grid(300_015, 6_000_015)
    #expect(target.placement(of: grid(300_015.00001, 6_000_014.9999)) == .aligned(column: 0, row: 0))
    // A tenth of a pixel is.
    guard case .phaseDiffers = target.placement(of: grid(300_018, 6_000_015)) else {
      Issue.record("a tenth of a pixel went unnoticed")
      return
    }
  }

  @Test func `a pixel size that adds up to a shift differs`() {
    let target = grid(0, 0, pixel: 10, width: 10_000)
    #expect(target.placement(of: grid(0, 0, pixel: 20)) == .resolutionDiffers)
    // 1e-5 of a pixel is 0.1 pixels after 10,000 columns, and nothing after 100.
    #expect(target.placement(of: grid(0, 0, pixel: 10.0001, width: 10_000)) == .resolutionDiffers)
    #expect(target.placement(of: grid(0, 0, pixel: 10.0001, width: 100)) == .aligned(column: 0, row: 0))
  }

  @Test func `rotated mirrored and distant grids are not aligned`() {
    let target = grid(0, 0)
    let rotated = Grid(
      crs: crs, transform: AffineTransform(gdal: [0, 30, 1, 0, 1, -30]), width: 10, height: 10)
    let southUp = Grid(
      crs: crs, transform: AffineTransform(originX: 0, originY: 0, pixelWidth: 30, pixelHeight: 30),
      width: 10,
      height: 10)
    let degenerate = Grid(
      crs: crs, transform: AffineTransform(gdal: [0, 0, 0, 0, 0, 0]), width: 10, height: 10)
    for other in [rotated, southUp, degenerate] { #expect(target.placement(of: other) == .rotated) }
    #expect(target.placement(of: grid(1e12, 0)) == .farApart)
    #expect(target.placement(of: grid(.nan, 0)) == .farApart)
  }

  @Test func `a part has the pixels of the whole`() {
    let whole = grid(300_015, 6_000_015)
    let part = whole.part(PixelWindow(column: 10, row: 20, width: 5, height: 7))
    #expect(whole.placement(of: part) == .aligned(column: 10, row: 20))
    #expect(part.width == 5 && part.height == 7)
    #expect(part.columnCentres == Array(whole.columnCentres[10..<15]))
    #expect(part.rowCentres == Array(whole.rowCentres[20..<27]))
    #expect(part.columnCentres[0] == 300_330)
  }

  @Test func `bounds hold every corner of a rotated grid`() {
    let rotated = Grid(
      crs: crs, transform: AffineTransform(gdal: [100, 3, 4, 200, 4, -3]), width: 10, height: 5)
    #expect(rotated.bounds == BoundingBox(minX: 100, minY: 185, maxX: 150, maxY: 240))
  }

  @Test func `pixel and map coordinates are inverse`() throws {
    let transform = AffineTransform(gdal: [100, 3, 4, 200, 4, -3])
    let point = transform.map(column: 2.5, row: 7.25)
    let pixel = try #require(transform.pixel(x: point.x, y: point.y))
    #expect(abs(pixel.column - 2.5) < 1e-12 && abs(pixel.row - 7.25) < 1e-12)
    #expect(AffineTransform(gdal: [0, 1, 2, 0, 2, 4]).pixel(x: 1, y: 1) == nil)
    #expect(transform.gdal == [100, 3, 4, 200, 4, -3])
  }

  @Test func `a system without a code is called by its own name`() {
    #expect(crs.name == "EPSG:32719")
    #expect(
      CoordinateReference(wkt: "PROJCS[\"Alaska\",x]", authorityCode: nil, isGeographic: false).name
        == "Alaska")
    #expect(
      CoordinateReference(wkt: "", authorityCode: nil, isGeographic: true).name
        == "an unnamed coordinate system")
  }
}
