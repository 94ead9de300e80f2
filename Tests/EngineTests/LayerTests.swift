import Geo
import Raster
import Testing

@testable import Engine

/// Rasters without a date, and numbers a time step: they go with variables of every period.
@Suite struct LayerTests {
  private static let chunks = [(40, 24), (16, 8), (7, 5)]
  private let whole = PixelWindow(column: 0, row: 0, width: 40, height: 24)

  private func bench(_ modules: [(any Module, isSaved: Bool)], dates: Int = 3) -> EngineBench {
    var bench = EngineBench(modules)
    for date in 0..<dates {
      bench.addDate(
        ["red": { column, row in Double(row * 40 + column + date) }, "qa": { _, _ in 2 }],
        format: ["red": BandFormat(type: .float32, nodata: .nan, scale: 1, offset: 0)])
    }
    return bench
  }

  private func height(_ pixel: Int) -> Float { pixel % 40 < 30 ? Float(1000 - pixel) : .nan }

  @Test(arguments: chunks, [1, 4])
  func `a raster without a date goes with dates, layers and itself`(chunk: (Int, Int), workers: Int)
    async throws
  {
    var bench = bench([
      (StubSource("red"), false), (StubLayer("dem"), true), (BoxSum("dem", radius: 2, as: "slope"), true),
      (SumOf("red", "slope", as: "dated"), true), (HalvingSum("red", period: .dekad), false),
      (SumOf("red_halving", "dem", as: "layered"), true),
    ])
    bench.addLayer("dem", PixelWindow(column: 0, row: 0, width: 30, height: 24)) { column, row in
      Double(1000 - row * 40 - column)
    }
    try await withTemporaryFolder { folder in
      let outcome = try await bench.run(bench.plan(chunk: chunk, workers: workers), in: folder)
      let dem = (0..<960).map(height)
      #expect(same(try outcome.floats("dem"), dem))
      let slope = (0..<960).map { pixel -> Float in
        var sum: Float = 0
        for y in max(0, pixel / 40 - 2)...min(23, pixel / 40 + 2) {
          for x in max(0, pixel % 40 - 2)...min(39, pixel % 40 + 2) { sum += height(y * 40 + x) }
        }
        return sum
      }
      #expect(same(try outcome.floats("slope"), slope))
      for date in 0..<3 {
        let expected = (0..<960).map { Float($0 + date) + slope[$0] }
        #expect(same(try outcome.floats("dated", date), expected))
      }
      for (layer, dates) in [[0, 1], [2]].enumerated() {
        let expected = (0..<960).map { pixel -> Float in
          dates.reduce(Float(0)) { $0 / 2 + Float(pixel + $1) } + dem[pixel]
        }
        #expect(same(try outcome.floats("layered", layer), expected))
      }
    }
  }

  @Test func `a raster without a date is read once for all dates`() async throws {
    var bench = bench([
      (StubSource("red"), false), (StubLayer("dem"), false), (SumOf("red", "dem", as: "sum"), true),
    ])
    bench.addLayer("dem", whole) { column, _ in Double(column) }
    try await withTemporaryFolder { folder in
      _ = try await bench.run(bench.plan(chunk: (16, 8)), in: folder)
      let reads = bench.archive.reads.filter { $0.path == "layer-dem" }
      #expect(reads.count == 15)
      #expect(Set(reads).count == 15)
    }
  }

  @Test(arguments: [FuseRule.first, .best])
  func `a mask reads a raster without a date`(fuse: FuseRule) async throws {
    var bench = EngineBench([
      (StubSource("red", fuse: fuse), false), (StubLayer("land"), false),
      (OddMask(band: "land", halo: 1), false),
      (SumOf("red", as: "result"), true),
    ])
    let bands: [String: EngineBench.Values] = ["red": { _, _ in 7 }]
    bench.addDate(scenes: [(whole, bands, [:]), (whole, bands, [:])])
    bench.addLayer("land", whole) { column, _ in column == 20 ? 1 : 2 }
    try await withTemporaryFolder { folder in
      let outcome = try await bench.run(bench.plan(chunk: (16, 8)), in: folder)
      let expected = (0..<960).map { pixel -> Float in (19...21).contains(pixel % 40) ? .nan : 7 }
      #expect(same(try outcome.floats("result"), expected))
    }
  }

  @Test func `a number of a date is that of its date, and rejected pixels have none`() async throws {
    var bench = bench([
      (StubSource("red", "qa"), false), (StubNumbers("rain"), false),
      (StubNumbers("total", period: .all), false),
      (SumOf("red", "rain", "total", as: "sum"), true),
    ])
    bench.numbers = [
      "rain": ["2021-01-01": 0.5, "2021-01-06": 1.5, "2021-01-11": .nan], "total": ["all": 100],
    ]
    try await withTemporaryFolder { folder in
      let outcome = try await bench.run(bench.plan(chunk: (16, 8)), in: folder)
      for (date, rain) in [0.5, 1.5].enumerated() {
        #expect(same(try outcome.floats("sum", date), (0..<960).map { Float($0 + date) + Float(rain) + 100 }))
      }
      #expect(try outcome.floats("sum", 2).allSatisfy(\.isNaN))
    }
  }

  @Test func `a raster that cannot be read is a loss of every date, and comes when it can`() async throws {
    var bench = bench([
      (StubSource("red"), false), (StubLayer("dem"), false), (SumOf("red", "dem", as: "sum"), true),
    ])
    bench.addLayer("dem", whole) { column, _ in Double(column) }
    bench.archive.fail("layer-dem", afterReads: 3)
    try await withTemporaryFolder { folder in
      let first = try await bench.run(bench.plan(chunk: (16, 8)), in: folder)
      #expect(Set(first.state.losses().compactMap(\.date)).count == 3)
      bench.archive.repair()
      let second = try await bench.run(bench.plan(chunk: (16, 8)), in: folder)
      #expect(second.state.losses().isEmpty)
      for date in 0..<3 {
        #expect(same(try second.floats("sum", date), (0..<960).map { Float($0 + date + $0 % 40) }))
      }
    }
  }
}
