import Foundation
import Geo
import Testing

@testable import Swath

/// Means weighted by what footprints cover, where the file has their corners.
@Suite struct FootprintTests {
  @Test("Corners that a file gives are the footprints, wherever the centres are")
  func takesGivenCorners() {
    // Footprints of 0.1° that lie a quarter of a cell east of the cells, and one that is twice as wide.
    let grid = LonLatGrid(west: 20, north: 11, step: 0.1, width: 10, height: 10)
    var swath = TestSwath(lines: 8, columns: 8, centre: (20.5, 10.5), spacing: 11_000, jitter: 0)
    func west(_ column: Int) -> Double { 20.125 + 0.1 * Double(column) }
    func north(_ line: Int) -> Double { 10.9 - 0.1 * Double(line) }
    for line in 0..<8 {
      for column in 0..<8 {
        // The centres say something else.
        swath.longitudes[line * 8 + column] = west(column) + 0.03
        swath.latitudes[line * 8 + column] = north(line) - 0.03
      }
    }
    let values = (0..<64).map { Double($0 % 8) }
    let cells = TargetCells(window: grid.window, geographic: grid.transform)
    let sums = CellSums(cells, .mean, project: nil)
    let buffer = UnsafeMutableBufferPointer<Double>.allocate(capacity: 64)
    defer { buffer.deallocate() }
    sums.addFootprints(
      swath.survey, strip: SwathStrip(),
      given: { (lines: Range<Int>, corners: FootprintCorners) throws(Never) in
        corners.resize(lines.count * 8)
        for (place, line) in lines.enumerated() {
          for column in 0..<8 {
            let (left, top) = (west(column), north(line))
            for (corner, point) in [
              (left, top - 0.1), (left + 0.1, top - 0.1), (left + 0.1, top), (left, top),
            ].enumerated() {
              corners.longitudes[corner][place * 8 + column] = point.0 + (line == 3 ? 360 : 0)
              corners.latitudes[corner][place * 8 + column] = point.1
            }
          }
        }
      },
      read: { (lines: Range<Int>, strip: SwathStrip) throws(Never) in
        swath.read(lines, strip)
        for (place, line) in lines.enumerated() {
          for column in 0..<8 {
            buffer[place * 8 + column] = line == 5 && column == 2 ? .nan : values[column]
          }
        }
        return UnsafeBufferPointer(buffer)
      })
    for row in 0..<10 {
      for column in 0..<10 {
        let cell = row * 10 + column
        guard (1..<9).contains(row), (1..<10).contains(column) else {
          #expect(sums.weight(cell) < 1e-9)
          continue
        }
        // A cell has three quarters of the footprint that begins in it, and a quarter of the one before.
        let (own, before) = (column - 1, column - 2)
        var parts: [(share: Double, value: Double)] = []
        if own < 8, !(row == 6 && own == 2) { parts.append((0.75, Double(own))) }
        if before >= 0, !(row == 6 && before == 2) { parts.append((0.25, Double(before))) }
        let weight = parts.reduce(0) { $0 + $1.share }
        #expect(abs(sums.weight(cell) - weight) < 1e-9)
        let mean = parts.reduce(0) { $0 + $1.share * $1.value } / weight
        #expect(abs(sums.value(cell) - mean) < 1e-9)
      }
    }
  }
}
