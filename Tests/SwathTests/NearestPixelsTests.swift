import Foundation
import Geo
import Testing

@testable import Swath

@Suite struct NearestPixelsTests {
  static let cases: [(centre: (longitude: Double, latitude: Double), grid: LonLatGrid)] = [
    ((10, 40), LonLatGrid(west: 8, north: 43, step: 0.2, width: 20, height: 30)),
    // Across the antimeridian, on either turn, and beside it.
    ((179.5, -17), LonLatGrid(west: 178, north: -14, step: 0.2, width: 16, height: 30)),
    ((-179.5, -17), LonLatGrid(west: 179, north: -14, step: 0.2, width: 16, height: 30)),
    ((179, 10), LonLatGrid(west: -182, north: 13, step: 0.2, width: 12, height: 30)),
    ((-120, 5), LonLatGrid(west: 239, north: 8, step: 0.2, width: 12, height: 30)),
    // Over a pole, with all longitudes, and around the whole Earth.
    ((30, 89.9), LonLatGrid(west: -180, north: 90, step: 2, width: 180, height: 3)),
    ((30, -89), LonLatGrid(west: 0, north: -85.5, step: 1.5, width: 240, height: 3)),
    // With a row of cells on the pole itself, and more of the grid than is like a plane.
    ((30, 89.9), LonLatGrid(west: -180, north: 91, step: 2, width: 180, height: 4)),
    ((-60, -89.95), LonLatGrid(west: 0, north: -84.75, step: 1.5, width: 240, height: 4)),
    ((2.4, 2.6), LonLatGrid(west: -180, north: 90, step: 5, width: 72, height: 36)),
    // Cells much smaller than pixels.
    ((10, 70), LonLatGrid(west: 9.9, north: 70.05, step: 0.005, width: 40, height: 20)),
  ]

  @Test(arguments: 0..<cases.count)
  func `the nearest pixel is the one that looking at all of them finds`(_ number: Int) {
    let (centre, grid) = Self.cases[number]
    let swath = TestSwath(lines: 70, columns: 17, centre: centre, spacing: 9000)
    let survey = swath.survey
    let (longitudes, latitudes) = grid.centres(grid.window)
    let right = swath.nearest(longitudes: longitudes, latitudes: latitudes, reaches: survey.reaches)
    #expect(right.contains { $0 >= 0 })

    let geographic = swath.nearest(TargetCells(window: grid.window, geographic: grid.transform), survey)
    #expect(geographic.pixels.map { Int($0) } == right)
    // The same cells as any others, whose places are only told.
    let others = swath.nearest(
      TargetCells(
        window: grid.window, transform: grid.transform, longitudes: longitudes, latitudes: latitudes),
      survey)
    #expect(others.pixels.map { Int($0) } == right)
  }

  @Test(arguments: [0, 1, 5])
  func `a part of a grid has the pixels that the whole grid has there`(_ number: Int) {
    let (centre, grid) = Self.cases[number]
    let swath = TestSwath(lines: 70, columns: 67, centre: centre)
    let whole = swath.nearest(TargetCells(window: grid.window, geographic: grid.transform))
    for row in stride(from: 0, to: grid.height, by: 11) {
      for column in stride(from: 0, to: grid.width, by: 29) {
        let window = PixelWindow(
          column: column, row: row, width: min(29, grid.width - column), height: min(11, grid.height - row))
        let part = swath.nearest(TargetCells(window: window, geographic: grid.transform))
        for r in 0..<window.height {
          for c in 0..<window.width {
            let (here, there) = (r * window.width + c, (row + r) * grid.width + column + c)
            #expect(part.pixels[here] == whole.pixels[there])
            #expect(part.distance(here) == whole.distance(there))
          }
        }
      }
    }
  }

  @Test
  func `of pixels at one place the first is taken, and of two swaths the nearer`() {
    var swath = TestSwath(lines: 40, columns: 30, centre: (10, 40), jitter: 0)
    for column in 0..<30 {
      swath.longitudes[20 * 30 + column] = swath.longitudes[19 * 30 + column]
      swath.latitudes[20 * 30 + column] = swath.latitudes[19 * 30 + column]
    }
    let grid = LonLatGrid(west: 9, north: 41, step: 0.02, width: 100, height: 100)
    let cells = TargetCells(window: grid.window, geographic: grid.transform)
    let found = swath.nearest(cells)
    #expect(!found.pixels.contains { $0 / 30 == 20 })
    #expect(found.pixels.contains { $0 / 30 == 19 })

    // Cut in two, a swath gives the same as in one piece, whichever part comes first.
    let survey = swath.survey
    for (first, second) in [(0..<23, 23..<40), (23..<40, 0..<23)] {
      let both = NearestPixels(cells)
      for (number, part) in [first, second].enumerated() {
        var half = swath
        for index in half.longitudes.indices where !part.contains(index / 30) {
          half.longitudes[index] = .nan
        }
        both.add(survey, swath: number, strip: SwathStrip(), read: half.read)
      }
      // Numbers of lines stay the same here, so the pixels do.
      let isSame = zip(both.pixels, found.pixels).allSatisfy { $0 == $1 || ($0 / 30 == 20 && $1 / 30 == 19) }
      #expect(isSame)
    }
  }

  @Test(arguments: [10.125, -53.625, 179.875, -0.125])
  func `of two pixels as far east of a cell as west of it the first is taken, however distances are rounded`(
    _ first: Double
  ) {
    // Two columns for each of the grid's, a sixteenth of a degree from the middles of its cells: exact in binary.
    var swath = TestSwath(lines: 60, columns: 80, centre: (0, 0), jitter: 0)
    for index in swath.longitudes.indices {
      let (line, column) = (index / 80, index % 80)
      let longitude = first + 0.25 * Double(column / 2) + (column % 2 == 0 ? -0.0625 : 0.0625)
      swath.longitudes[index] = longitude > 180 ? longitude - 360 : longitude
      swath.latitudes[index] = 40 - 0.11 * Double(line)
    }
    let grid = LonLatGrid(west: first - 0.125, north: 40, step: 0.25, width: 40, height: 26)
    let found = swath.nearest(TargetCells(window: grid.window, geographic: grid.transform))
    for row in 0..<grid.height {
      for column in 0..<grid.width {
        #expect(found.pixels[row * grid.width + column] % 80 == 2 * column)
      }
    }
  }

  @Test
  func `nothing is filled outside a swath, nor across a gap in it, and nothing is left out inside`() throws {
    var swath = TestSwath(lines: 60, columns: 60, centre: (10, 0), heading: 0, jitter: 0)
    // Two halves, 60 pixels apart.
    for index in swath.longitudes.indices where index % 60 >= 30 { swath.longitudes[index] += 2.7 }
    let grid = LonLatGrid(west: 7, north: 2.5, step: 0.01, width: 1000, height: 500)
    let found = swath.nearest(TargetCells(window: grid.window, geographic: grid.transform))
    let row = 250
    let filled = (0..<1000).filter { found.pixels[row * 1000 + $0] >= 0 }
    let gaps = zip(filled, filled.dropFirst()).filter { $1 - $0 > 1 }
    #expect(gaps.count == 1)
    let gap = try #require(gaps.first)
    // Half a pixel, 0.022 degrees, and a little more from either side.
    #expect(abs(Double(gap.1 - gap.0) * 0.01 - 2.7) < 0.05)
    let survey = swath.survey
    #expect(survey.reaches[29] < 5200 && survey.reaches[30] < 5200)
  }

  @Test
  func `pixels without navigation are not there: NaN, latitudes beyond the pole, longitudes beyond 360`() {
    var swath = TestSwath(lines: 30, columns: 30, centre: (10, 40), jitter: 0)
    for (column, wrong) in [(5, Double.nan), (6, 95), (7, -1000)] {
      swath.latitudes[10 * 30 + column] = wrong
    }
    for (column, wrong) in [(15, 361.0), (16, -181), (17, .infinity)] {
      swath.longitudes[10 * 30 + column] = wrong
    }
    let grid = LonLatGrid(west: 9, north: 41, step: 0.02, width: 100, height: 100)
    let found = swath.nearest(TargetCells(window: grid.window, geographic: grid.transform))
    let missing = Set([5, 6, 7, 15, 16, 17].map { Int32(10 * 30 + $0) })
    #expect(!found.pixels.contains { missing.contains($0) })
    #expect(found.pixels.contains { $0 == 10 * 30 + 10 })
  }
}
