import Geo
import Testing

@testable import Swath

@Suite struct BilinearPlacesTests {
  /// The places of a grid's cells in a swath.
  static func places(_ swath: TestSwath, _ grid: LonLatGrid) -> BilinearPlaces {
    let cells = TargetCells(window: grid.window, geographic: grid.transform)
    let survey = swath.survey
    let places = BilinearPlaces(cells)
    places.find(
      survey, swath: 0, nearest: swath.nearest(cells, survey.reaching(times: BilinearPlaces.reachFactor)),
      strip: SwathStrip(), read: swath.read)
    return places
  }

  /// What is between four numbers of a swath's pixels at a cell's place.
  static func value(_ numbers: [Double], _ places: BilinearPlaces, _ cell: Int, columns: Int) -> Double {
    let first = Int(places.pixels[cell])
    return BilinearPlaces.value(
      numbers[first], numbers[first + 1], numbers[first + columns], numbers[first + columns + 1],
      alongColumns: Double(places.alongColumns[cell]), alongLines: Double(places.alongLines[cell]))
  }

  @Test
  func `between pixels that stray, every cell inside the swath has its place, and the place is right`() {
    let swath = TestSwath(lines: 60, columns: 50, centre: (10, 1), jitter: 0.4)
    let grid = LonLatGrid(west: 9.3, north: 1.9, step: 0.02, width: 70, height: 90)
    let (longitudes, latitudes) = grid.centres(grid.window)
    let places = Self.places(swath, grid)
    for cell in 0..<grid.window.count {
      guard places.pixels[cell] >= 0 else {
        Issue.record("nothing at \(longitudes[cell]), \(latitudes[cell])")
        continue
      }
      #expect(abs(Self.value(swath.longitudes, places, cell, columns: 50) - longitudes[cell]) < 1e-5)
      #expect(abs(Self.value(swath.latitudes, places, cell, columns: 50) - latitudes[cell]) < 1e-5)
    }
  }

  @Test
  func
    `scans that overlap are no gap: between the last line of one and the first of the next there is ground`()
  {
    var swath = TestSwath(lines: 60, columns: 20, centre: (0, 0))
    for line in 0..<60 {
      for column in 0..<20 {
        // Ten lines a scan, each scan half as long again as the way to the next; only its outer lines are there.
        let (scan, detector) = (Double(line / 10), Double(line % 10) - 4.5)
        swath.longitudes[line * 20 + column] = Double(column) * 0.05
        swath.latitudes[line * 20 + column] =
          detector.magnitude > 3 ? scan * 0.5 + detector * 0.05 * 1.5 : .nan
      }
    }
    let grid = LonLatGrid(west: 0.11, north: 1.32, step: 0.02, width: 36, height: 4)
    let places = Self.places(swath, grid)
    #expect(!places.pixels.contains(-1))
  }

  @Test
  func
    `far from four pixels nothing is between them, where Newton's method comes to no end but by chance inside`()
  {
    var swath = TestSwath(lines: 2, columns: 2, centre: (0, 0))
    // Of a swath of AMSR2; the cell is 20 km away.
    swath.longitudes = [-66.67001342773438, -66.70999145507812, -66.69000244140625, -66.72000122070312]
    swath.latitudes = [-58.96999740600586, -59.04999923706055, -58.87999725341797, -58.959999084472656]
    let (longitude, latitude, step) = (-67.15023792835078, -58.9893343788931, 0.001)
    let grid = LonLatGrid(
      west: longitude - step / 2, north: latitude + step / 2, step: step, width: 1, height: 1)
    let cells = TargetCells(window: grid.window, geographic: grid.transform)
    let survey = swath.survey.reaching(60_000)
    let (nearest, places) = (swath.nearest(cells, survey), BilinearPlaces(cells))
    #expect(nearest.pixels[0] >= 0)
    places.find(survey, swath: 0, nearest: nearest, strip: SwathStrip(), read: swath.read)
    #expect(places.pixels[0] == -1)
  }

  @Test(arguments: [false, true])
  func `a gap between columns, or between lines, stays empty`(_ isBetweenLines: Bool) {
    var swath = TestSwath(lines: 60, columns: 60, centre: (10, 0), heading: 0, jitter: 0)
    for index in swath.longitudes.indices {
      if isBetweenLines, index / 60 >= 30 { swath.latitudes[index] += 0.5 }
      if !isBetweenLines, index % 60 >= 30 { swath.longitudes[index] += 0.5 }
    }
    let grid = LonLatGrid(west: 9, north: 1.5, step: 0.02, width: 100, height: 100)
    let (longitudes, latitudes) = grid.centres(grid.window)
    let places = Self.places(swath, grid)
    var filled = 0
    for cell in 0..<grid.window.count {
      let across = isBetweenLines ? latitudes[cell] : longitudes[cell] - 10
      // It begins half a step from the middle, at the last pixels' centres.
      let isInGap = across > -0.02 && across < 0.52
      if isInGap { #expect(places.pixels[cell] == -1) }
      if places.pixels[cell] >= 0 { filled += 1 }
    }
    #expect(filled > 3000)
  }
}
