import Geo
import Raster
import Testing

@testable import Engine

/// What modules get to see of their inputs.
@Suite struct StripTests {
  /// Runs modules over a chunk as large as the grid, larger than a strip, and gives the output planes.
  private func planes(_ bench: EngineBench) throws -> [[Float]] {
    let plan = bench.plan(chunk: (bench.width, bench.height))
    let computer = bench.computer(plan)
    let result = CellResult(program: plan.program)
    guard case .done = computer.compute(chunk: ChunkIndex(row: 0, column: 0), step: 0, into: result) else {
      throw CellFailure("nothing was computed")
    }
    return result.planes.map { Array($0.samples(as: Float.self)) }
  }

  private static func number(_ column: Int, _ row: Int) -> Double { Double((column * 7 + row * 3) % 50) }
  private static func flags(_ column: Int, _ row: Int) -> Double { Double((column / 5 + row) % 3) }

  @Test func `stored numbers are those that modules get as Float, with what masks before them reject`() throws
  {
    var bench = EngineBench(
      [
        (StubSource("red", "qa", "qa2"), false), (AsStored("red", as: "a0"), true),
        (OddMask(), false), (AsStored("red", as: "a1"), true), (SumOf("red", as: "b1"), true),
        (OddMask(band: "qa2"), false), (AsStored("red", as: "a2"), true), (SumOf("red", as: "b2"), true),
      ], width: 67, height: 71)
    bench.addDate(
      ["red": Self.number, "qa": Self.flags, "qa2": { column, _ in Double(column / 40) }],
      format: ["red": BandFormat(type: .uint16, nodata: 0, scale: 0.5, offset: -3)])
    let planes = try planes(bench)
    #expect(same(planes[1], planes[2]))
    #expect(same(planes[3], planes[4]))
    for pixel in 0..<(67 * 71) {
      let (column, row) = (pixel % 67, pixel / 67)
      let number = Self.number(column, row)
      let value = number == 0 ? Float.nan : Float(number * 0.5 - 3)
      let once = Self.flags(column, row) == 1 ? Float.nan : value
      #expect(same([planes[0][pixel]], [value]))
      #expect(same([planes[1][pixel]], [once]))
      #expect(same([planes[3][pixel]], [column >= 40 ? Float.nan : once]))
    }
  }

  @Test func `what a mask rejects whole is missing behind every later mask too`() throws {
    var bench = EngineBench(
      [
        (StubSource("red", "qa", "qa2"), false), (SumOf("red", as: "before"), true), (OddMask(), false),
        (SumOf("red", as: "after"), true), (OddMask(band: "qa2"), false), (SumOf("before", as: "last"), true),
      ], width: 67, height: 71)
    bench.addDate(["red": { _, _ in 3 }, "qa": { _, _ in 1 }, "qa2": { _, _ in 2 }])
    let planes = try planes(bench)
    #expect(planes[0].allSatisfy { $0 == 3 })
    #expect(planes[1].allSatisfy { $0.isNaN } && planes[2].allSatisfy { $0.isNaN })
    #expect(!bench.archive.opened.contains("scene-0-0-qa2"))
  }

  @Test func `a band has stored numbers only as a file with a mark for missing ones gives them`() throws {
    let formats: [BandFormat] = [
      BandFormat(type: .uint16, nodata: nil, scale: 1, offset: 0),
      BandFormat(type: .uint16, nodata: -1, scale: 1, offset: 0),
      BandFormat(type: .uint8, nodata: 0, scale: 1, offset: 0),
      BandFormat(type: .float32, nodata: 0, scale: 1, offset: 0),
    ]
    for format in formats {
      var bench = EngineBench([(StubSource("red"), false), (AsStored("red", as: "a"), true)])
      bench.addDate(["red": Self.number], format: ["red": format])
      #expect(try planes(bench) == [Array(repeating: -1, count: 40 * 24)], "\(format)")
    }
  }

  @Test func `what a module computed has no stored numbers`() throws {
    var bench = EngineBench([
      (StubSource("red"), false), (SumOf("red", as: "sum"), false), (AsStored("sum", as: "a"), true),
    ])
    bench.addDate(["red": Self.number])
    #expect(try planes(bench) == [Array(repeating: -1, count: 40 * 24)])
  }
}
