import Geo
import Raster
import Testing

@testable import Engine

/// Steps with several outputs, neighbourhoods, and steps after reductions: the same bytes however the work is cut.
@Suite struct StageTests {
  private static let chunks = [(40, 24), (16, 8), (7, 5)]

  /// Three dates of whole numbers, with a hole that moves.
  private func bench(_ modules: [(any Module, isSaved: Bool)]) -> EngineBench {
    var bench = EngineBench(modules)
    for date in 0..<3 {
      bench.addDate(
        ["red": { column, row in row == 7 + date && column == 11 ? .nan : Double(row * 40 + column + date) }],
        format: ["red": BandFormat(type: .float32, nodata: .nan, scale: 1, offset: 0)])
    }
    return bench
  }

  private func value(_ pixel: Int, date: Int) -> Float {
    pixel == (7 + date) * 40 + 11 ? .nan : Float(pixel + date)
  }

  @Test func `a step with two outputs gives two products, each in its own type`() async throws {
    let bench = bench([(StubSource("red"), false), (Split("red", above: 500, as: "split"), true)])
    try await withTemporaryFolder { folder in
      let outcome = try await bench.run(bench.plan(), in: folder)
      #expect(outcome.plan.products.map(\.variable.name) == ["split", "split_flag"])
      for date in 0..<3 {
        let values = (0..<960).map { value($0, date: date) }
        #expect(same(try outcome.floats("split", date), values.map { $0 * 2 }))
        // Missing is 255.
        let flags = try outcome.layer("split_flag", date)
        #expect(flags == values.map { $0.isNaN ? 255 : $0 > 500 ? 1 : 0 })
      }
    }
  }

  /// The sum of a box, worked out pixel by pixel.
  private func boxSum(_ values: [Float], radius: Int) -> [Float] {
    (0..<960).map { pixel in
      let (row, column) = (pixel / 40, pixel % 40)
      var sum: Float = 0
      for y in max(0, row - radius)...min(23, row + radius) {
        for x in max(0, column - radius)...min(39, column + radius) { sum += values[y * 40 + x] }
      }
      return sum
    }
  }

  @Test(arguments: chunks, [1, 4])
  func `neighbourhoods look beyond their chunk, one behind the other`(chunk: (Int, Int), workers: Int)
    async throws
  {
    let bench = bench([
      (StubSource("red"), false), (BoxSum("red", radius: 1, as: "near"), true),
      (SumOf("near", "red", as: "sum"), false), (BoxSum("sum", radius: 3, as: "far"), true),
    ])
    try await withTemporaryFolder { folder in
      let outcome = try await bench.run(bench.plan(chunk: chunk, workers: workers), in: folder)
      for date in 0..<3 {
        let values = (0..<960).map { value($0, date: date) }
        let near = boxSum(values, radius: 1)
        let sum = zip(near, values).map { $0 + $1 }
        #expect(same(try outcome.floats("near", date), near))
        #expect(same(try outcome.floats("far", date), boxSum(sum, radius: 3)))
      }
    }
  }

  @Test(arguments: chunks, [1, 4])
  func `steps after a reduction see its layers, beyond their chunk too`(chunk: (Int, Int), workers: Int)
    async throws
  {
    // Three dates five days apart: the first of January 2021, the sixth, the eleventh.
    let bench = bench([
      (StubSource("red"), false), (HalvingSum("red", period: .dekad), false),
      (BoxSum("red_halving", radius: 4, as: "smooth"), true),
      (Split("smooth", above: 900, as: "split"), true),
      (HalvingSum("split", as: "all"), true),
    ])
    try await withTemporaryFolder { folder in
      let outcome = try await bench.run(bench.plan(chunk: chunk, workers: workers), in: folder)
      var layers: [[Float]] = []
      for dates in [[0, 1], [2]] {
        layers.append(
          (0..<960).map { pixel in
            let present = dates.map { value(pixel, date: $0) }.filter { !$0.isNaN }
            return present.isEmpty ? .nan : present.reduce(0) { $0 / 2 + $1 }
          })
      }
      let smooth = layers.map { boxSum($0, radius: 4) }
      for layer in 0..<2 {
        #expect(same(try outcome.floats("smooth", layer), smooth[layer]))
        let flags = smooth[layer].map { $0.isNaN ? UInt32(255) : $0 > 900 ? 1 : 0 }
        #expect(try outcome.layer("split_flag", layer) == flags)
      }
      let all = (0..<960).map { pixel -> Float in
        let present = smooth.map { $0[pixel] * 2 }.filter { !$0.isNaN }
        return present.isEmpty ? .nan : present.reduce(0) { $0 / 2 + $1 }
      }
      #expect(same(try outcome.floats("all"), all))
      // What only later stages read is hidden from readers of the store.
      #expect(outcome.plan.products.filter { !$0.isPublished }.map(\.arrayName) == [".red_halving"])
    }
  }

  @Test(arguments: chunks, [FuseRule.first, .best])
  func `values that are given where everything is missing do not depend on chunks`(
    chunk: (Int, Int), fuse: FuseRule
  ) async throws {
    // Each alone: one of them would have the other computed, too.
    for reader in [Filling("red", as: "result") as any Module, SumOf("mask", as: "result")] {
      var bench = EngineBench([
        (StubSource("red", "qa", fuse: fuse), false), (OddMask(), false),
        (SumOf("red", as: "red_again"), true),
        (reader, true),
      ])
      // One scene lies on the left half only and is rejected as far as column 12; the second date has two of them.
      let bands: [String: EngineBench.Values] = [
        "red": { _, _ in 7 }, "qa": { column, _ in column < 12 ? 1 : 2 },
      ]
      let half = PixelWindow(column: 0, row: 0, width: 20, height: 24)
      bench.addDate(scenes: [(half, bands, [:])])
      bench.addDate(scenes: [(half, bands, [:]), (half, bands, [:])])
      try await withTemporaryFolder { folder in
        let outcome = try await bench.run(bench.plan(chunk: chunk), in: folder)
        // What a mask rejects is its result, and missing only where no scene lies.
        let expected = (0..<960).map { pixel -> Float in
          let column = pixel % 40
          if reader is Filling { return (12..<20).contains(column) ? 7 : -1 }
          return column < 12 ? 1 : column < 20 ? 0 : .nan
        }
        for date in 0..<2 { #expect(same(try outcome.floats("result", date), expected), "\(reader)") }
      }
    }
  }

  @Test func `a run that was interrupted between stages goes on, and computes nothing twice`() async throws {
    let bench = bench([
      (StubSource("red"), false), (HalvingSum("red"), true),
      (BoxSum("red_halving", radius: 2, as: "smooth"), true),
    ])
    try await withTemporaryFolder { folder in
      let plan = bench.plan()
      let first = try await bench.run(plan, in: folder)
      let reads = bench.archive.reads.count
      let second = try await bench.run(plan, in: folder)
      #expect(second.damaged == 0)
      #expect(second.kept == plan.layout.count * 2)
      #expect(bench.archive.reads.count == reads)
      #expect(same(try first.floats("smooth"), try second.floats("smooth")))
    }
  }

  @Test func `later stages see values as they were computed, not as they are packed`() async throws {
    let packing = VariableEncoding(packing: VariableEncoding.Packing(scale: 100))
    var bench = bench([])
    bench.timeSteps = []
    bench.compiled = CompiledGraph(
      Graph([
        Graph.Member(name: "download", module: StubSource("red"), isSaved: false),
        Graph.Member(name: "halving", module: HalvingSum("red"), isSaved: true, encoding: packing),
        Graph.Member(name: "sum", module: SumOf("red_halving", as: "sum"), isSaved: true),
      ]))
    bench.addDate(["red": { column, row in Double(row * 40 + column + 1) }])
    try await withTemporaryFolder { folder in
      let outcome = try await bench.run(bench.plan(), in: folder)
      #expect(same(try outcome.floats("sum"), (0..<960).map { Float($0 + 1) }))
    }
  }
}
