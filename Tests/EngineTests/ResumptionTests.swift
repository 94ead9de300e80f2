import Geo
import JSON
import Raster
import Storage
import Testing

@testable import Engine

/// What is computed again when a graph, its parameters or its inputs change: that and nothing else, with the same bytes
/// as of a run that computes everything.
@Suite struct ResumptionTests {
  private typealias Part = (module: any Module, isSaved: Bool, parameters: JSONValue)

  private static let source: Part = (StubSource("red", "nir", "qa"), false, [:])
  private static let mask: Part = (OddMask(), false, [:])
  private static let sum: Part = (SumOf("red", as: "sum"), true, [:])
  private static let total: Part = (SumOf("red", "nir", as: "total"), true, [:])
  private static let halving: Part = (HalvingSum("sum", period: .dekad), true, [:])
  private static let smooth: Part = (BoxSum("sum_halving", radius: 2, as: "smooth"), true, [:])

  /// Three dates with holes and rejected pixels.
  private func bench(_ parts: [Part], archive: EngineBench? = nil) -> EngineBench {
    var bench = archive ?? EngineBench([])
    bench.compiled = CompiledGraph(
      Graph(
        parts.map {
          Graph.Member(
            name: type(of: $0.module).descriptor.name, module: $0.module, isSaved: $0.isSaved,
            parameters: $0.parameters)
        }))
    bench.timeSteps = []
    let format = BandFormat(type: .float32, nodata: .nan, scale: 1, offset: 0)
    for date in 0..<3 {
      bench.addDate(
        [
          "red": { column, row in row == 7 + date ? .nan : Double(row * 40 + column + date) },
          "nir": { column, row in Double((row + column) % 7) },
          "qa": { column, row in column < 16 && row < 8 || (column + row) % 5 == date ? 1 : 2 },
        ], format: ["red": format, "nir": format])
    }
    return bench
  }

  private func run(
    _ parts: [Part], in folder: String, published: Set<String> = [],
    input: @escaping (String) -> String = { $0 }
  ) async throws -> (outcome: EngineBench.Outcome, reads: Set<String>) {
    let bench = bench(parts)
    let outcome = try await bench.run(
      bench.keyed(bench.plan(), input: input), in: folder, published: published)
    return (outcome, Set(bench.archive.reads.map(\.path)))
  }

  /// Every layer of every result, and what is summed up of it.
  private func results(_ outcome: EngineBench.Outcome) throws -> [String: [UInt32]] {
    var results: [String: [UInt32]] = [:]
    for product in outcome.plan.products where product.isPublished {
      for layer in outcome.plan.layers(of: product).indices {
        let name = "\(product.variable.name) \(layer)"
        results[name] = try outcome.layer(product.variable.name, layer)
        let statistics = outcome.state.statistics(product: product.index, layer: layer)
        results[name + " count"] = [UInt32(statistics.count)]
      }
    }
    return results
  }

  @Test func `what a killed run left of a chunk that it was writing leaves the store`() async throws {
    try await withTemporaryFolder { folder in
      let (first, _) = try await run([Self.source, Self.mask, Self.sum], in: folder)
      let product = try #require(first.plan.products.first { $0.variable.name == "sum" })
      let chunk = first.store.objectPath(first.plan, product, layer: 0, chunk: ChunkIndex(row: 0, column: 0))
      let left = LocalFiles.temporaryPath(for: chunk)
      try LocalFiles.writeAtomically(left, text: "half of a chunk")
      _ = try await run([Self.source, Self.sum], in: folder)
      #expect(LocalFiles.exists(chunk) && !LocalFiles.exists(left))
    }
  }

  /// A run of one graph, then of another in the same folder.
  private func change(
    _ first: [Part], to second: [Part], published: Set<String> = [],
    input: @escaping (String) -> String = { $0 }
  ) async throws -> (computed: [String], kept: Int, reads: Set<String>) {
    try await withTemporaryFolder { folder in
      _ = try await run(first, in: folder + "/changed")
      let (outcome, reads) = try await run(
        second, in: folder + "/changed", published: published, input: input)
      let (whole, _) = try await run(second, in: folder + "/whole", input: input)
      #expect(try results(outcome) == results(whole))
      #expect(outcome.state.counts() == whole.state.counts())
      #expect(outcome.damaged == 0)
      let (again, more) = try await run(second, in: folder + "/changed", published: published, input: input)
      #expect(again.computed.isEmpty && more.isEmpty)
      #expect(try results(again) == results(whole))
      return (outcome.computed, outcome.kept, reads)
    }
  }

  @Test func `a module that is added computes only itself, and reads only what it needs`() async throws {
    let first = [Self.source, Self.mask, Self.sum, Self.halving]
    let (computed, _, reads) = try await change(first, to: first + [Self.total])
    #expect(computed == ["total"])
    #expect(reads.contains { $0.hasSuffix("nir") })
    let alone: Part = (SumOf("nir", as: "alone"), true, [:])
    let (second, _, others) = try await change(first, to: first + [alone])
    #expect(second == ["alone"])
    #expect(!others.contains { $0.hasSuffix("red") })
  }

  @Test func `a module before others changes nothing of those that do not read it`() async throws {
    let (computed, kept, _) = try await change(
      [Self.source, Self.mask, Self.sum], to: [Self.source, Self.mask, Self.total, Self.sum])
    #expect(computed == ["total"] && kept == 0)
    // A mask is read by all that follow.
    let (masked, _, _) = try await change(
      [Self.source, Self.total, Self.sum], to: [Self.source, Self.total, Self.mask, Self.sum])
    #expect(masked == ["sum"])
  }

  @Test func `a parameter that changes reaches what depends on it`() async throws {
    func parts(_ value: Int) -> [Part] {
      let sum: Part = (SumOf("red", as: "sum"), true, ["value": .integer(value)])
      return [Self.source, sum, Self.total, Self.halving, Self.smooth]
    }
    let (computed, _, _) = try await change(parts(1), to: parts(2))
    #expect(computed.sorted() == ["smooth", "sum", "sum_count", "sum_halving"])
  }

  @Test func `an input that changes reaches what reads its band`() async throws {
    let parts = [Self.source, Self.sum, Self.total]
    let (computed, _, _) = try await change(parts, to: parts) { path in path.hasSuffix("nir") ? "new" : path }
    #expect(computed == ["total"])
  }

  @Test func `what the store still has of an earlier stage is not computed for a later one`() async throws {
    let first = [Self.source, Self.mask, Self.sum, Self.halving]
    let (computed, kept, reads) = try await change(first, to: first + [Self.smooth])
    #expect(computed == ["smooth"] && reads.isEmpty)
    #expect(kept == 9)
  }

  @Test func `what has left the store is computed again for a later stage, and for nobody else`() async throws
  {
    let first = [Self.source, Self.mask, Self.sum, Self.halving]
    try await withTemporaryFolder { folder in
      _ = try await run(first, in: folder + "/a")
      for name in ["sum", "sum_halving", "sum_count"] {
        try LocalFiles.removeTree("\(folder)/a/store.zarr/cube/\(name)")
      }
      let out: Set<String> = ["sum", "sum_halving", "sum_count"]
      let (again, _) = try await run(first, in: folder + "/a", published: out)
      #expect(again.computed.isEmpty && again.damaged == 0)
      let (outcome, _) = try await run(first + [Self.smooth], in: folder + "/a", published: out)
      #expect(outcome.computed == ["sum_halving", "sum_count", "smooth"])
      #expect(outcome.damaged == 0)
      let (whole, _) = try await run(first + [Self.smooth], in: folder + "/b")
      for layer in 0..<2 { #expect(try outcome.layer("smooth", layer) == whole.layer("smooth", layer)) }
      // Statistics are those of the records, and none counts twice.
      for product in whole.plan.products {
        for layer in whole.plan.layers(of: product).indices {
          let found = outcome.state.statistics(product: product.index, layer: layer)
          #expect(found.count == whole.state.statistics(product: product.index, layer: layer).count)
        }
      }
    }
  }

  @Test func `a run that was stopped while a module was added goes on with that module`() async throws {
    let first = [Self.source, Self.mask, Self.sum, Self.halving]
    let second = first + [Self.total]
    try await withTemporaryFolder { folder in
      _ = try await run(first, in: folder + "/a")
      let (whole, _) = try await run(second, in: folder + "/b")
      // Records of some chunks alone, as a killed run leaves them.
      let bench = bench(second)
      let plan = bench.keyed(bench.plan())
      let store = ChunkStore(directory: folder + "/a/store.zarr")
      try store.create(plan)
      let state = SequenceState(plan)
      let ledger = try Ledger(directory: folder + "/a/ledger", plan: plan, run: "run")
      let found = try await Resumption(plan: plan, store: store, ledger: ledger, state: state).resume {
        _, _ in
        false
      }
      let runner = SequenceRunner(plan: found.plan, store: store, ledger: ledger, state: state) {
        FakeReader(bench.archive)
      }
      let stopped = Task { try await runner.run(only: ChunkIndex(row: 1, column: 1)) { _, _ in } }
      _ = await stopped.result
      let (outcome, _) = try await run(second, in: folder + "/a")
      #expect(outcome.computed == ["total"])
      #expect(outcome.kept == 1)
      #expect(try results(outcome) == results(whole))
      #expect(outcome.state.counts() == whole.state.counts())
    }
  }

  @Test func `nothing of an earlier key stays in the array of a product`() async throws {
    try await withTemporaryFolder { folder in
      _ = try await run([Self.source, Self.sum], in: folder)
      // The mask rejects all of the first chunk: nothing is stored of it.
      let masked = [Self.source, Self.mask, Self.sum]
      let (outcome, _) = try await run(masked, in: folder)
      let product = outcome.plan.products[0]
      let held = try outcome.store.chunks(outcome.plan, product)
      #expect(!held.contains { $0.chunk == ChunkIndex(row: 0, column: 0) })
      for entry in held {
        let number = outcome.plan.layout.number(entry.chunk)
        #expect(outcome.state.object(product: 0, layer: entry.layer, chunk: number) != nil)
      }
    }
  }

  @Test func `a later stage is computed again when cells failed before it, and they are there now`()
    async throws
  {
    let parts = [Self.source, Self.sum, Self.halving, Self.smooth]
    try await withTemporaryFolder { folder in
      let (whole, _) = try await run(parts, in: folder + "/whole")
      let bench = bench(parts)
      let plan = bench.keyed(bench.plan())
      bench.archive.fail("scene-1-0-red", afterReads: 3)
      let failing = try await bench.run(plan, in: folder + "/again")
      #expect(failing.state.hasFailures)
      let smooth = try #require(plan.products.first { $0.variable.name == "smooth" }).index
      #expect(failing.state.failedByDate(products: [smooth])[1] > 0)
      bench.archive.repair()
      let again = try await bench.run(plan, in: folder + "/again")
      #expect(try results(again) == results(whole))
    }
  }

  private static let window = PixelWindow(column: 3, row: 2, width: 30, height: 20)
  private static let layer: Part = (StubLayer("dem"), false, [:])
  private static let rain: Part = (StubNumbers("rain"), false, [:])
  private static let high: Part = (SumOf("red", "dem", as: "high"), true, [:])
  private static let wet: Part = (SumOf("red", "rain", as: "wet"), true, [:])
  private static let rows: Part = (AreaSums("red_halving", in: [window], as: "rows"), true, [:])
  private static let dated: Part = (AreaSums("high", in: [window], as: "dated"), true, [:])

  /// A run with a raster without a date, numbers a date and tables; and what it gave.
  private func runAll(
    _ parts: [Part], in folder: String, input: @escaping (String) -> String = { $0 }, rain: Double = 1
  ) async throws -> (computed: [String], results: [String: [UInt32]], rows: [[Double]]) {
    var bench = bench(parts)
    bench.addLayer("dem", PixelWindow(column: 0, row: 0, width: 40, height: 24)) { column, row in
      Double(column * row) + (input("layer-dem") == "layer-dem" ? 0 : 1)
    }
    bench.numbers = ["rain": ["2021-01-01": rain, "2021-01-06": 2, "2021-01-11": 3]]
    let outcome = try await bench.run(bench.keyed(bench.plan(), input: input), in: folder)
    return (
      outcome.computed, try results(outcome),
      outcome.plan.tables.indices.map { outcome.state.tables.values(of: $0) }
    )
  }

  @Test func `rasters without a date, numbers a date and tables have keys as well`() async throws {
    let halving: Part = (HalvingSum("red", period: .dekad), true, [:])
    let first = [Self.source, Self.layer, Self.rain, Self.high, Self.wet, halving]
    let second = first + [Self.rows, Self.dated]
    try await withTemporaryFolder { folder in
      _ = try await runAll(first, in: folder + "/a")
      let added = try await runAll(second, in: folder + "/a")
      // Rows of dates are made of chunks that are stored for them.
      #expect(added.computed == [".dated.high"])
      let whole = try await runAll(second, in: folder + "/b")
      #expect(added.results == whole.results && added.rows == whole.rows)
      #expect(!whole.rows.joined().contains { $0.isNaN })
      let again = try await runAll(second, in: folder + "/a")
      #expect(again.computed.isEmpty && again.rows == whole.rows)
      // Other numbers for one date.
      let wet = try await runAll(second, in: folder + "/a", rain: 7)
      #expect(wet.computed == ["wet"])
      #expect(try await runAll(second, in: folder + "/c", rain: 7).results == wet.results)
      // Another raster.
      let changed = { (path: String) in path == "layer-dem" ? "new" : path }
      let high = try await runAll(second, in: folder + "/a", input: changed, rain: 7)
      #expect(high.computed.sorted() == [".dated.high", ".dem", "high"])
      let other = try await runAll(second, in: folder + "/d", input: changed, rain: 7)
      #expect(high.results == other.results && high.rows == other.rows)
      #expect(high.rows[0] == whole.rows[0] && high.rows[1] != whole.rows[1])
    }
  }

  @Test(arguments: [FuseRule.first, .mean, .best])
  func `scenes that overlap are fused as if everything were computed`(fuse: FuseRule) async throws {
    func bench(_ modules: [any Module]) -> EngineBench {
      var bench = EngineBench(
        [(StubSource("red", "nir", "qa", fuse: fuse) as any Module, false), (OddMask(), false)]
          + modules.map { ($0, true) })
      let format = BandFormat(type: .float32, nodata: .nan, scale: 1, offset: 0)
      let formats = ["red": format, "nir": format]
      func scene(_ number: Int) -> [String: EngineBench.Values] {
        [
          "red": { column, row in
            (column + number) % 5 == 0 ? .nan : Double(row * 40 + column + 1000 * number)
          },
          "nir": { column, row in (row + number) % 3 == 0 ? .nan : Double(number) },
          "qa": { column, _ in (column + number) % 4 == 0 ? 1 : 2 },
        ]
      }
      let whole = PixelWindow(column: 0, row: 0, width: 40, height: 24)
      for _ in 0..<2 { bench.addDate(scenes: (0..<3).map { (whole, scene($0), formats) }) }
      return bench
    }
    let first: [any Module] = [SumOf("red", as: "sum")]
    for added in [SumOf("red", "nir", as: "total"), SumOf("red", as: "again")] {
      try await withTemporaryFolder { folder in
        let before = bench(first)
        _ = try await before.run(before.keyed(before.plan()), in: folder + "/a")
        let after = bench(first + [added])
        let outcome = try await after.run(after.keyed(after.plan()), in: folder + "/a")
        let whole = try await after.run(after.keyed(after.plan()), in: folder + "/b")
        #expect(try results(outcome) == results(whole), "\(fuse) \(added.outputs[0].name)")
        if fuse == .first { #expect(outcome.computed == [added.outputs[0].name]) }
      }
    }
  }

  @Test func `keys know revision, grid, dates, encoding and what all modules know`() throws {
    let bench = bench([Self.source, Self.mask, Self.sum, Self.halving])
    func keys(_ plan: SequencePlan, knowledge: String = "", deflate: Int = 1) -> [String] {
      ProductKeys(
        plan, deflateLevel: deflate,
        inputs: ProductKeys.Inputs(knowledge: knowledge, band: { "\($0) \($1) \($2)" })
      ).products
    }
    let plan = bench.plan()
    let own = keys(plan)
    #expect(Set(own).count == own.count)
    #expect(own == keys(bench.plan(chunk: (40, 24), workers: 3)), "chunks and threads are in no key")
    #expect(own != keys(plan, knowledge: "sensors"))
    #expect(own != keys(plan, deflate: 2))
    var other = bench
    other.timeSteps.removeLast()
    #expect(Set(own).isDisjoint(with: keys(other.plan())))
    var packed = bench
    packed.compiled = CompiledGraph(
      Graph([
        Graph.Member(name: "download", module: StubSource("red", "nir", "qa"), isSaved: false),
        Graph.Member(name: "cloud_mask", module: OddMask(), isSaved: false),
        Graph.Member(
          name: "sum", module: SumOf("red", as: "sum"), isSaved: true,
          encoding: VariableEncoding(packing: VariableEncoding.Packing(scale: 0.5))),
        Graph.Member(name: "halving", module: HalvingSum("sum", period: .dekad), isSaved: true),
      ]))
    let encoded = keys(packed.plan())
    #expect(encoded[0] != own[0] && encoded.dropFirst() == own.dropFirst())
    var revised = bench
    revised.compiled = CompiledGraph(
      Graph([
        Graph.Member(name: "download", module: StubSource("red", "nir", "qa"), isSaved: false),
        Graph.Member(name: "cloud_mask", module: OddMask(), isSaved: false),
        Graph.Member(name: "sum", module: RevisedSum(), isSaved: true),
        Graph.Member(name: "halving", module: HalvingSum("sum", period: .dekad), isSaved: true),
      ]))
    #expect(Set(keys(revised.plan())).isDisjoint(with: own))
  }
}

/// The module `sum` with another revision.
private struct RevisedSum: PixelwiseModule {
  static let descriptor = ModuleDescriptor(
    name: "sum", shape: .pixelwise, revision: 2, summary: "", discussion: "", parameters: [])
  let inputs = ["red"]
  let outputs = [Variable.stub("sum")]

  func process(_ strip: Strip, into outputs: StripOutputs) {}
}
