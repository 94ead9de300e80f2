import Engine
import Foundation
import Geo
import JSON
import Testing

@testable import Modules

/// Where a report says that a grid lies.
@Suite struct ReportPlaceTests {
  /// The outlines of the area on the map of the world, and the words for it.
  private func world(_ position: (_ x: Double, _ y: Double) -> (Double, Double)) throws -> (
    outlines: [Substring], words: String
  ) {
    let points = PositionLattice.points(width: 100, height: 100).map {
      position($0.column / 100, $0.row / 100)
    }
    var sequence = SequenceReport(
      name: "s", collection: nil, area: ["width": 100, "height": 100], inputs: [], cells: CellCounts(),
      products: [], losses: [])
    sequence.positions = PositionLattice(
      width: 100, height: 100, longitudes: points.map(\.0), latitudes: points.map(\.1))
    let figure = ReportPlace(sequence: sequence).figure
    let style = "fill=\"var(--area)\" stroke=\"var(--area)\" stroke-width=\"1\""
    let outline = try #require(figure.components(separatedBy: style).first)
    let path = try #require(outline.components(separatedBy: "d=\"").last)
    let words = try #require(
      figure.components(separatedBy: "lies around ").last?.components(separatedBy: "\"").first)
    return (path.split(separator: "M"), words)
  }

  @Test func `an area across the antimeridian lies on both sides of the map`() throws {
    let found = try world { x, y in
      let longitude = 178 + 4 * x
      return (longitude > 180 ? longitude - 360 : longitude, 10 - 4 * y)
    }
    #expect(found.words.hasSuffix("180° west") || found.words.hasSuffix("180° east"))
    #expect(found.outlines.count == 2 || found.outlines.count == 3)
    let starts = found.outlines.compactMap { $0.split(separator: " ").first.flatMap { Double($0) } }
    #expect(starts.contains { abs($0 - 178) < 0.1 } && starts.contains { abs($0 + 182) < 0.1 })
  }

  @Test func `around a pole all up to the pole is the area`() throws {
    let found = try world { x, y in
      (atan2(x - 0.5, y - 0.5) * 180 / .pi, 90 - 40 * hypot(x - 0.5, y - 0.5))
    }
    // Down to the pole, which is at -90 on the picture.
    #expect(found.outlines.contains { $0.contains(" -90.00") })
    #expect(found.words.contains("north"))
  }

  @Test func `the whole earth covers the map`() throws {
    let found = try world { x, y in (-180 + 360 * x, 90 - 180 * y) }
    let numbers = found.outlines.flatMap { $0.split { "L Z\"<>".contains($0) } }.compactMap { Double($0) }
    #expect(numbers.contains { abs($0 + 180) < 0.5 } && numbers.contains { abs($0 - 180) < 0.5 })
    #expect(numbers.contains { abs($0 + 90) < 0.5 } && numbers.contains { abs($0 - 90) < 0.5 })
  }
}
