import Geo
import Raster
import Testing

@testable import Engine

/// One cell: what is read of it, how scenes are fused, what a failure does.
@Suite struct CellTests {
  private static let modules: [(any Module, isSaved: Bool)] = [
    (StubSource("red", "nir", "qa"), false), (OddMask(), false), (SumOf("red", "nir", as: "sum"), true),
  ]

  /// Computes a cell and gives its outcome and the first output plane.
  private func compute(
    _ bench: EngineBench, chunk: (Int, Int) = (0, 0), size: (Int, Int) = (16, 8), date: Int = 0
  ) -> (outcome: CellOutcome, values: [Float]) {
    let plan = bench.plan(chunk: (size.0, size.1))
    let computer = bench.computer(plan)
    let result = CellResult(program: plan.program)
    let outcome = computer.compute(chunk: ChunkIndex(row: chunk.0, column: chunk.1), step: date, into: result)
    guard case .done = outcome, let plane = result.planes.first else { return (outcome, []) }
    return (outcome, Array(plane.samples(as: Float.self)))
  }

  private func isEmpty(_ outcome: CellOutcome) -> Bool { if case .empty = outcome { true } else { false } }

  private func reason(_ outcome: CellOutcome) -> String? {
    if case .failed(let failure) = outcome { failure.description } else { nil }
  }

  @Test func `where the mask rejects everything other bands are not opened`() {
    var bench = EngineBench(Self.modules)
    bench.addDate(["red": { _, _ in 3 }, "nir": { _, _ in 4 }, "qa": { _, _ in 1 }])
    let (outcome, _) = compute(bench)
    #expect(isEmpty(outcome))
    #expect(bench.archive.opened == ["scene-0-0-qa"])
    #expect(Set(bench.archive.reads.map(\.path)) == ["scene-0-0-qa"])
  }

  @Test func `blocks that the mask rejects whole are not read, and nobody sees what is left in their place`()
  {
    var bench = EngineBench(Self.modules)
    // The left half of the chunk is rejected: one of its two blocks.
    bench.addDate(["red": { _, _ in 3 }, "nir": { _, _ in 4 }, "qa": { column, _ in column < 8 ? 1 : 2 }])
    let (_, values) = compute(bench)
    #expect((0..<128).allSatisfy { $0 % 16 < 8 ? values[$0].isNaN : values[$0] == 7 })
    let red = bench.archive.reads.filter { $0.path == "scene-0-0-red" }
    #expect(red.map(\.window) == [PixelWindow(column: 8, row: 0, width: 8, height: 8)])
  }

  @Test func `each block of each band is read once for all modules that use it`() {
    var bench = EngineBench([
      (StubSource("red", "nir", "qa"), false), (OddMask(), true), (SumOf("red", "nir", as: "a"), true),
      (SumOf("nir", "red", as: "b"), true), (SumOf("a", "b", as: "c"), true), (HalvingSum("c"), true),
    ])
    bench.addDate(["red": { _, _ in 3 }, "nir": { _, _ in 4 }, "qa": { column, _ in Double(column) }])
    _ = compute(bench, size: (40, 24))
    let reads = bench.archive.reads
    #expect(reads.count == 3 * 15)
    #expect(Set(reads).count == reads.count)
  }

  @Test(arguments: [FuseRule.first, .best])
  func `masks of one quality layer read it once, as far as the widest looks`(rule: FuseRule) {
    var bench = EngineBench([
      (StubSource("red", "qa", fuse: rule), false), (OddMask(halo: 1), true), (OddMask(halo: 4), false),
      (SumOf("red", as: "sum"), true),
    ])
    let scene = (
      placement: PixelWindow(column: 0, row: 0, width: 40, height: 24),
      bands: ["red": { _, _ in 3 }, "qa": { column, _ in column == 20 ? 1 : 2 }]
        as [String: EngineBench.Values],
      format: [:] as [String: BandFormat]
    )
    bench.addDate(scenes: [scene, scene])
    let (_, values) = compute(bench, chunk: (1, 1), size: (16, 8))
    #expect((0..<128).allSatisfy { values[$0].isNaN == (abs($0 % 16 - 4) <= 4) })
    let reads = bench.archive.reads
    #expect(Set(reads).count == reads.count)
    let qa = reads.filter { $0.path == "scene-0-0-qa" }
    #expect(qa.map(\.window.column).min() == 12 && qa.map(\.window.endColumn).max() == 36)
  }

  @Test func `a cell where no scene lies is empty, and nothing is opened`() {
    var bench = EngineBench(Self.modules)
    bench.addDate(scenes: [
      (
        PixelWindow(column: 16, row: 0, width: 24, height: 24),
        ["red": { _, _ in 3 }, "nir": { _, _ in 4 }, "qa": { _, _ in 2 }], [:]
      )
    ])
    #expect(isEmpty(compute(bench).outcome))
    #expect(bench.archive.opened.isEmpty)
    #expect(compute(bench, chunk: (0, 1)).values == Array(repeating: 7, count: 128))
  }

  @Test func `a mask with a halo looks across the edges of chunks`() {
    var bench = EngineBench([
      (StubSource("red", "qa"), false), (OddMask(halo: 1), false), (SumOf("red", as: "sum"), true),
    ])
    // One odd pixel, the first of the second chunk.
    bench.addDate(["red": { _, _ in 5 }, "qa": { column, row in column == 16 && row == 4 ? 1 : 2 }])
    let (_, values) = compute(bench)
    let missing = values.indices.filter { values[$0].isNaN }
    #expect(missing == [3 * 16 + 15, 4 * 16 + 15, 5 * 16 + 15])
  }

  @Test func `of overlapping scenes the first valid pixel counts, band by band`() {
    var bench = EngineBench([(StubSource("red", "nir"), false), (SumOf("red", "nir", as: "sum"), true)])
    let all = PixelWindow(column: 0, row: 0, width: 40, height: 24)
    bench.addDate(scenes: [
      (
        all, ["red": { column, _ in column < 4 ? 0 : 10 }, "nir": { column, _ in column < 8 ? 0 : 100 }], [:]
      ),
      (all, ["red": { _, _ in 20 }, "nir": { column, _ in column < 2 ? 0 : 200 }], [:]),
    ])
    let row = Array(compute(bench).values[..<16])
    // Where neither scene has a valid nir the sum is missing.
    #expect(row[..<2].allSatisfy { $0.isNaN })
    #expect(Array(row[2..<4]) == [220, 220])
    #expect(Array(row[4..<8]) == [210, 210, 210, 210])
    #expect(row[8...].allSatisfy { $0 == 110 })
  }

  @Test(arguments: [false, true])
  func `a raster that is read under two names counts once for the best scene`(isOneRaster: Bool) {
    var bench = EngineBench([
      (StubSource("red", "nir", "other", fuse: .best), false), (SumOf("red", as: "r"), true),
      (SumOf("nir", "other", as: "n"), true),
    ])
    let all = PixelWindow(column: 0, row: 0, width: 40, height: 24)
    // Of two scenes with as many valid bands the first is the best.
    bench.addDate(scenes: [
      (all, ["red": { _, _ in 10 }, "nir": { _, _ in 0 }, "other": { _, _ in 0 }], [:]),
      (all, ["red": { _, _ in 0 }, "nir": { _, _ in 100 }, "other": { _, _ in 100 }], [:]),
    ])
    if isOneRaster {
      let date = bench.timeSteps[0]
      bench.timeSteps[0] = TimeStep(
        date: date.date, time: date.time, label: date.label,
        scenes: date.scenes.map {
          TimeStepScene(id: $0.id, placement: $0.placement, bands: [$0.bands[0], $0.bands[1], $0.bands[1]])
        })
    }
    let values = compute(bench).values
    #expect(values.count == 128)
    #expect(values.allSatisfy { isOneRaster ? $0 == 10 : $0.isNaN })
  }

  @Test func `a later scene is not read where nothing is missing`() {
    var bench = EngineBench([(StubSource("red"), false), (SumOf("red", as: "sum"), true)])
    let all = PixelWindow(column: 0, row: 0, width: 40, height: 24)
    bench.addDate(scenes: [(all, ["red": { _, _ in 10 }], [:]), (all, ["red": { _, _ in 20 }], [:])])
    _ = compute(bench)
    #expect(!bench.archive.reads.contains { $0.path == "scene-0-1-red" })
  }

  @Test func `without a nodata value the first scene that covers a pixel counts, zeros too`() {
    var bench = EngineBench([(StubSource("red"), false), (SumOf("red", as: "sum"), true)])
    let format = ["red": BandFormat(type: .uint16, nodata: nil, scale: 1, offset: 0)]
    bench.addDate(scenes: [
      (PixelWindow(column: 0, row: 0, width: 6, height: 24), ["red": { _, _ in 0 }], format),
      (PixelWindow(column: 3, row: 0, width: 7, height: 24), ["red": { _, _ in 20 }], format),
    ])
    let row = Array(compute(bench).values[..<16])
    #expect(Array(row[..<10]) == [0, 0, 0, 0, 0, 0, 20, 20, 20, 20])
    #expect(row[10...].allSatisfy { $0.isNaN })
  }

  @Test func `scenes of one day that store a band differently are fused as physical values`() {
    var bench = EngineBench([(StubSource("red"), false), (SumOf("red", as: "sum"), true)])
    let left = PixelWindow(column: 0, row: 0, width: 8, height: 24)
    let right = PixelWindow(column: 4, row: 0, width: 8, height: 24)
    bench.addDate(scenes: [
      (left, ["red": { _, _ in 100 }], ["red": BandFormat(type: .uint16, nodata: 0, scale: 0.5, offset: 1)]),
      (right, ["red": { _, _ in 100 }], ["red": BandFormat(type: .float32, nodata: -1, scale: 1, offset: 0)]),
    ])
    let row = Array(compute(bench).values[..<16])
    #expect(row[..<8].allSatisfy { $0 == 51 })
    #expect(row[8..<12].allSatisfy { $0 == 100 })
    #expect(row[12...].allSatisfy { $0.isNaN })
  }

  @Test func `quality layers that are stored differently on one day fail with the way out`() throws {
    var bench = EngineBench(Self.modules)
    let all = PixelWindow(column: 0, row: 0, width: 40, height: 24)
    let bands: [String: EngineBench.Values] = [
      "red": { _, _ in 3 }, "nir": { _, _ in 4 }, "qa": { _, _ in 2 },
    ]
    bench.addDate(scenes: [
      (all, bands, [:]), (all, bands, ["qa": BandFormat(type: .uint8, nodata: 255, scale: 1, offset: 0)]),
    ])
    let failure = try #require(reason(compute(bench).outcome))
    #expect(failure.contains("quality band \"qa\""))
    #expect(failure.contains("\"group_by\": \"time\""))
  }

  @Test(arguments: [SampleType.uint32, .int32, .float32, .float64])
  func `flags in wide numbers reject as they do in bytes`(_ type: SampleType) {
    func result(_ type: SampleType) -> [Float] {
      var bench = EngineBench(Self.modules)
      bench.addDate(
        ["red": { _, _ in 3 }, "nir": { _, _ in 4 }, "qa": { column, row in Double((column + row) % 4) }],
        format: ["qa": BandFormat(type: type, nodata: nil, scale: 1, offset: 0)])
      return compute(bench).values
    }
    let (bytes, wide) = (result(.uint8), result(type))
    #expect(bytes.contains { $0.isNaN } && bytes.contains { !$0.isNaN })
    #expect(wide.map(\.bitPattern) == bytes.map(\.bitPattern))
  }

  @Test func `flags that are no whole numbers fail`() throws {
    var bench = EngineBench(Self.modules)
    bench.addDate(
      ["red": { _, _ in 3 }, "nir": { _, _ in 4 }, "qa": { _, _ in 2.5 }],
      format: ["qa": BandFormat(type: .float32, nodata: nil, scale: 1, offset: 0)])
    #expect(try #require(reason(compute(bench).outcome)).contains("holds 2.5 among its float32 numbers"))
  }

  @Test func `a scene without a band fails where it lies, and nowhere else`() throws {
    var bench = EngineBench(Self.modules)
    let left = PixelWindow(column: 0, row: 0, width: 16, height: 24)
    let right = PixelWindow(column: 16, row: 0, width: 24, height: 24)
    bench.addDate(scenes: [
      (left, ["red": { _, _ in 3 }, "qa": { _, _ in 2 }], [:]),
      (right, ["red": { _, _ in 3 }, "nir": { _, _ in 4 }, "qa": { _, _ in 2 }], [:]),
    ])
    #expect(try #require(reason(compute(bench).outcome)).contains("no asset for band \"nir\""))
    #expect(compute(bench, chunk: (0, 1)).values == Array(repeating: 7, count: 128))
  }

  @Test func `scale and offset reach modules with the stored numbers`() {
    var bench = EngineBench([(StubSource("red", "nir"), false), (SumOf("red", "nir", as: "sum"), true)])
    bench.addDate(
      ["red": { _, _ in 10 }, "nir": { _, _ in 30 }],
      format: [
        "red": BandFormat(type: .uint16, nodata: 0, scale: 0.5, offset: -1),
        "nir": BandFormat(type: .uint8, nodata: 0, scale: 2, offset: 0),
      ])
    #expect(compute(bench).values.allSatisfy { $0 == 64 })
  }
}
