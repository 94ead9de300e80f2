import Catalog
import GDAL
import Geo
import Swath
import Testing

@testable import Pipeline

/// Which part of a grid granules may reach, and where they are said to lie.
@Suite struct SwathPlacerTests {
  /// A granule's survey, and its pixels in degrees.
  private static func swath(
    _ longitude: Double, _ latitude: Double, heading: Double, lines: Int = 9, columns: Int = 9
  ) -> (survey: SwathSurvey, granule: MadeGranule, read: (Range<Int>, SwathStrip) -> Void) {
    let granule = MadeGranule(
      lines: lines, columns: columns, longitude: longitude, latitude: latitude, heading: heading)
    func read(_ part: Range<Int>, _ strip: SwathStrip) {
      strip.load(lines: part, columns: columns) { (x, y) in
        for index in x.indices {
          x[index] = Double(granule.longitudes[part.lowerBound * columns + index])
          y[index] = Double(granule.latitudes[part.lowerBound * columns + index])
        }
      }
    }
    let (surveyor, strip) = (SwathSurveyor(lines: lines, columns: columns), SwathStrip())
    for first in stride(from: 0, to: lines, by: SwathSurvey.block) {
      read(first..<min(lines, first + SwathSurvey.block), strip)
      surveyor.add(strip)
    }
    return (surveyor.finish(), granule, read)
  }

  /// With corners to the north, so that it is a corner that reaches furthest, or sides.
  @Test(arguments: [0.0, 20, 45, 70])
  func `the part holds every cell that a pixel reaches, on any grid, and not all of it`(heading: Double)
    throws
  {
    let grids: [(crs: String, longitude: Double, latitude: Double, x: Double, y: Double, pixel: Double)] = [
      ("EPSG:4326", 10, 40, 8, 42, 0.01), ("EPSG:4326", 180, -17, 178, -15, 0.01),
      ("EPSG:4326", -179.9, 60, 178, 61, 0.01), ("EPSG:32633", 15, 61, 380_000, 6_880_000, 900),
      ("EPSG:3031", 40, -88.5, -150_000, 250_000, 1500),
    ]
    for (crs, longitude, latitude, x, y, pixel) in grids {
      let (survey, _, read) = Self.swath(longitude, latitude, heading: heading)
      let grid = Grid(
        crs: try SpatialReference.parse(crs),
        transform: AffineTransform(originX: x, originY: y, pixelWidth: pixel, pixelHeight: -pixel),
        width: 400,
        height: 400)
      let found = NearestPixels(try SwathGrid(grid: grid).cells(grid.window))
      found.add(survey, swath: 0, strip: SwathStrip(), read: read)
      let cells = found.pixels.indices.filter { found.pixels[$0] >= 0 }
      let (columns, rows) = (cells.map { $0 % 400 }, cells.map { $0 / 400 })
      let (west, east) = (try #require(columns.min()), try #require(columns.max()))
      let (north, south) = (try #require(rows.min()), try #require(rows.max()))
      #expect(cells.count > 500 && west > 0 && east < 399 && north > 0 && south < 399, "\(crs) \(longitude)")
      let window = try #require(try SwathPlacer(grid: grid).window(survey))
      #expect(window.column <= west && window.endColumn > east, "\(crs) \(longitude)")
      #expect(window.row <= north && window.endRow > south, "\(crs) \(longitude)")
      #expect(window.count < 120_000)
    }
  }

  @Test(arguments: [10.0, 179.9, 180, -180, -178.5])
  func `a granule's box is that of its own pixels, on one turn across the antimeridian`(_ longitude: Double)
    throws
  {
    let (survey, granule, _) = Self.swath(longitude, -17, heading: 12, lines: 150, columns: 140)
    let box = try #require(SwathFootprint(survey).box)
    let offsets = granule.longitudes.map { pixel -> Double in
      let offset = Double(pixel) - longitude
      return offset - 360 * (offset / 360).rounded()
    }
    let turn = longitude - 360 * ((longitude - (box.west + box.east) / 2) / 360).rounded()
    let (west, east) = (turn + (offsets.min() ?? 0), turn + (offsets.max() ?? 0))
    // Half a pixel more at least; caps around blocks of pixels reach some way beyond.
    #expect(box.west < west - 0.02 && box.west > west - 2)
    #expect(box.east > east + 0.02 && box.east < east + 2)
    #expect((-180...180).contains(box.west))
    let latitudes = granule.latitudes.map { Double($0) }
    #expect(box.south < (latitudes.min() ?? 0) && box.north > (latitudes.max() ?? 0))
  }

  @Test func `days in solar time are looked for a day earlier and later in UTC`() throws {
    let (first, last) = (try #require(CalendarDate("2024-03-01")), try #require(CalendarDate("2024-03-02")))
    var search = SceneSearch(dates: first...last)
    #expect(CMRFinder.days(search) == first...last)
    search.days = .solarDay
    #expect(CMRFinder.days(search).map { "\($0.lowerBound) \($0.upperBound)" } == "2024-02-29 2024-03-03")
    search.dates = nil
    #expect(CMRFinder.days(search) == nil)
  }
}
