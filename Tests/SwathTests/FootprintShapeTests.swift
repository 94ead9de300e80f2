import Foundation
import Geo
import Testing

@testable import Swath

/// Footprints that are made of pixel centres: where they meet, and where they end.
@Suite struct FootprintShapeTests {
  /// Pixels on parallels and meridians near the equator, 0.05° apart; places may be moved or taken away.
  private static func lattice(
    lines: Int = 60, columns: Int = 60, _ move: (_ line: Int, _ column: Int) -> (x: Double, y: Double)?
  ) -> TestSwath {
    var swath = TestSwath(lines: lines, columns: columns, centre: (10, 0))
    for line in 0..<lines {
      for column in 0..<columns {
        let moved = move(line, column)
        swath.longitudes[line * columns + column] = moved.map { 10 + 0.05 * Double(column) + $0.x } ?? .nan
        swath.latitudes[line * columns + column] = moved.map { 1 - 0.05 * Double(line) + $0.y } ?? .nan
      }
    }
    return swath
  }

  private static func sums(_ swath: TestSwath, _ grid: LonLatGrid, window: PixelWindow? = nil) -> CellSums {
    let cells = TargetCells(window: window ?? grid.window, geographic: grid.transform)
    let sums = CellSums(cells, .mean, project: nil)
    let values = UnsafeMutableBufferPointer<Double>.allocate(capacity: swath.lines * swath.columns)
    defer { values.deallocate() }
    values.initialize(repeating: 1)
    sums.addFootprints(
      swath.survey, strip: SwathStrip(),
      read: { (lines: Range<Int>, strip: SwathStrip) throws(Never) in
        swath.read(lines, strip)
        for (index, latitude) in strip.latitudes[..<(lines.count * swath.columns)].enumerated() {
          values[index] = latitude.isNaN ? .nan : 1
        }
        return UnsafeBufferPointer(values)
      })
    return sums
  }

  /// Cells of 0.05° whose centres are those of the lattice's pixels.
  private static func grid(_ width: Int, _ height: Int, beyond: Int = 4) -> LonLatGrid {
    LonLatGrid(
      west: 10 - 0.05 * (Double(beyond) + 0.5), north: 1 + 0.05 * (Double(beyond) + 0.5), step: 0.05,
      width: width + 2 * beyond, height: height + 2 * beyond)
  }

  @Test(
    "Footprints end half a pixel before a gap between columns or lines, and leave it empty",
    arguments: [false, true])
  func endsAtGaps(isBetweenLines: Bool) {
    let gap = 10
    let swath = Self.lattice { line, column in
      isBetweenLines
        ? (0, line < 30 ? 0 : -0.05 * Double(gap)) : (column < 30 ? 0 : 0.05 * Double(gap), 0)
    }
    let grid = Self.grid(60 + (isBetweenLines ? 0 : gap), 60 + (isBetweenLines ? gap : 0))
    let sums = Self.sums(swath, grid)
    for row in 0..<grid.height {
      for column in 0..<grid.width {
        let (x, y) = (column - 4, row - 4)
        let isInside = x >= 0 && y >= 0 && x < grid.width - 8 && y < grid.height - 8
        let isInGap = (30..<(30 + gap)).contains(isBetweenLines ? y : x)
        // The lattice is one of the map, and footprints are carried on along the sphere.
        #expect(abs(sums.weight(row * grid.width + column) - (isInside && !isInGap ? 1 : 0)) < 1e-4)
      }
    }
  }

  @Test("Beside pixels without navigation footprints are as wide as elsewhere, and the hole is no wider")
  func endsAtHoles() {
    // One alone, a line's end, and two at a corner of each other.
    let missing: Set = [20 * 60 + 20, 40 * 60 + 57, 40 * 60 + 58, 40 * 60 + 59, 10 * 60 + 40, 11 * 60 + 41]
    let swath = Self.lattice { line, column in missing.contains(line * 60 + column) ? nil : (0, 0) }
    let grid = Self.grid(60, 60, beyond: 0)
    let sums = Self.sums(swath, grid)
    for cell in 0..<3600 { #expect(abs(sums.weight(cell) - (missing.contains(cell) ? 0 : 1)) < 1e-4) }
  }

  @Test("Scans that overlap keep footprints of their own, as long as those within")
  func keepsScansApart() {
    // Ten lines a scan, each scan a third longer than the way to the next.
    let swath = Self.lattice { line, column in
      (0, -0.05 * Double(line / 10 * 10) * (1 / 1.25 - 1))
    }
    let grid = Self.grid(60, 52, beyond: 0)
    let sums = Self.sums(swath, grid)
    // From the second line of a scan on: 8 lines are seen once, 2 twice.
    for row in 4..<46 {
      let seen = (row + 8) % 8 < 2 && row >= 8 ? 2.0 : 1
      for column in 0..<60 { #expect(abs(sums.weight(row * 60 + column) - seen) < 1e-3) }
    }
  }

  @Test(
    "Neighbours of a scan share corners, also where strips of lines meet; those of two scans that overlap do not"
  )
  func sharesCornersWithinScans() {
    // The last line of a scan is the first of the second strip, whose place another strip must not doubt.
    func scan(_ line: Int) -> Int { (line + 5) / 10 }
    var swath = TestSwath(lines: 90, columns: 12, centre: (10, 40), jitter: 0.3)
    for index in swath.latitudes.indices { swath.latitudes[index] -= 0.15 * Double(scan(index / 12)) }
    let survey = swath.survey
    let strips = (0..<2).map { row -> FootprintShapes.Corners in
      let (strip, lines, margin) = (SwathStrip(), survey.lines(ofBlockRow: row), FootprintShapes.reach)
      swath.read(max(0, lines.lowerBound - margin)..<min(90, lines.upperBound + margin), strip)
      strip.locate()
      return FootprintShapes(strip, survey).corners(lines, 0..<12)
    }
    for line in 0..<89 {
      let (own, next) = (strips[line / 64], strips[(line + 1) / 64])
      for column in 0..<12 {
        let (below, above) = (own.places(line, column), next.places(line + 1, column))
        let isShared =
          own.x[below.3] == next.x[above.0] && own.y[below.3] == next.y[above.0]
          && own.x[below.2] == next.x[above.1] && own.y[below.2] == next.y[above.1]
        #expect(isShared == (scan(line) == scan(line + 1)), "line \(line), column \(column)")
      }
    }
  }

  @Test("A swath of one line, or one column, has pixels as long as wide", arguments: [(1, 12), (12, 1)])
  func takesOneLine(lines: Int, columns: Int) {
    let swath = Self.lattice(lines: lines, columns: columns) { _, _ in (0, 0) }
    let grid = Self.grid(columns, lines, beyond: 2)
    let sums = Self.sums(swath, grid)
    for row in 0..<grid.height {
      for column in 0..<grid.width {
        let isInside = (2..<(2 + columns)).contains(column) && (2..<(2 + lines)).contains(row)
        #expect(abs(sums.weight(row * grid.width + column) - (isInside ? 1 : 0)) < 1e-3)
      }
    }
  }

  @Test("Footprints cover a pole, on a grid of parallels and meridians, once", arguments: [90.0, -90])
  func coversPoles(pole: Double) {
    let swath = TestSwath(lines: 70, columns: 66, centre: (33, pole - (pole > 0 ? 0.02 : -0.02)))
    let grid = LonLatGrid(west: -180, north: pole > 0 ? 90 : -89.5, step: 0.5, width: 720, height: 1)
    let whole = Self.sums(swath, grid)
    for cell in 0..<720 { #expect(abs(whole.weight(cell) - 1) < 1e-9) }
    // In parts it is the same.
    let part = PixelWindow(column: 500, row: 0, width: 100, height: 1)
    let some = Self.sums(swath, grid, window: part)
    for cell in 0..<100 { #expect(some.weight(cell) == whole.weight(500 + cell)) }
  }

  @Test("Pixels that stray still cover each inner cell once")
  func coversOnce() {
    let swath = TestSwath(lines: 140, columns: 130, centre: (10, 50), jitter: 0.3)
    let grid = LonLatGrid(west: 8, north: 51, step: 0.11, width: 30, height: 16)
    let sums = Self.sums(swath, grid)
    for cell in 0..<grid.window.count { #expect(abs(sums.weight(cell) - 1) < 1e-9) }
  }
}
