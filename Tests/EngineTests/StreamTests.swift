import Geo
import Raster
import Storage
import Synchronization
import Testing

@testable import Engine

/// Streaming cubes: the same bytes whatever the machine does, nothing lost, nothing done twice.
@Suite struct StreamTests {
  /// Seven dates of sums, a mask with a halo, and a reduction that depends on the order of dates.
  private func bench() -> EngineBench {
    var bench = EngineBench([
      (StubSource("red", "nir", "qa"), false), (OddMask(halo: 1), true),
      (SumOf("red", "nir", as: "sum"), true),
      (HalvingSum("sum"), true),
    ])
    for date in 0..<7 {
      bench.addDate([
        "red": { column, row in Double((column * 7 + row * 13 + date * 29) % 97) },
        "nir": { column, row in Double((column * 5 + row * 3 + date * 11) % 89) },
        "qa": { column, row in (column * row + date) % 23 == 0 ? 1 : 2 },
      ])
    }
    return bench
  }

  @Test(arguments: [1, 2, 4], [(40, 24), (16, 8), (7, 5)])
  func `results are the same bytes for any number of workers and any chunk`(
    workers: Int, chunk: (width: Int, height: Int)
  ) async throws {
    let bench = bench()
    try await withTemporaryFolder { folder in
      let reference = try await bench.run(bench.plan(chunk: (40, 24)), in: folder + "/a")
      let outcome = try await bench.run(bench.plan(chunk: chunk, workers: workers), in: folder + "/b")
      for name in ["mask", "sum"] {
        for date in 0..<7 {
          #expect(try outcome.layer(name, date) == reference.layer(name, date), "\(name) \(date)")
        }
      }
      #expect(try outcome.layer("sum_halving") == reference.layer("sum_halving"))
      #expect(try outcome.layer("sum_count") == reference.layer("sum_count"))
      for (index, product) in outcome.plan.products.enumerated() {
        for layer in outcome.plan.layerLabels(of: product).indices {
          #expect(
            outcome.state.statistics(product: index, layer: layer)
              == reference.state.statistics(product: index, layer: layer), "\(product.variable.name) \(layer)"
          )
        }
      }
    }
  }

  @Test func `dates are folded in their order`() async throws {
    let bench = bench()
    try await withTemporaryFolder { folder in
      let outcome = try await bench.run(bench.plan(workers: 4), in: folder)
      var expected = [Float](repeating: .nan, count: 40 * 24)
      for date in 0..<7 {
        for (pixel, value) in try outcome.floats("sum", date).enumerated() where !value.isNaN {
          expected[pixel] = (expected[pixel].isNaN ? 0 : expected[pixel]) / 2 + value
        }
      }
      #expect(same(try outcome.floats("sum_halving"), expected))
    }
  }

  @Test func `a count of nothing is zero, not missing`() async throws {
    var bench = EngineBench([
      (StubSource("red", "qa"), false), (OddMask(), false), (SumOf("red", as: "sum"), true),
      (HalvingSum("sum"), true),
    ])
    bench.addDate(["red": { _, _ in 3 }, "qa": { column, _ in column < 16 ? 1 : 2 }])
    try await withTemporaryFolder { folder in
      let outcome = try await bench.run(bench.plan(), in: folder)
      let counts = try outcome.layer("sum_count")
      #expect((0..<(40 * 24)).allSatisfy { counts[$0] == ($0 % 40 < 16 ? 0 : 1) })
      #expect(try outcome.floats("sum_halving")[..<16].allSatisfy { $0.isNaN })
      #expect(outcome.state.counts() == CellCounts(done: 6, empty: 3, failed: 0))
    }
  }

  @Test func `a reader that fails later costs the cells it fails on, with the reason, and no others`()
    async throws
  {
    let bench = bench()
    try await withTemporaryFolder { folder in
      let whole = try await bench.run(bench.plan(), in: folder + "/whole")
      bench.archive.forgetReads()
      // Chunks are 2 blocks: the fourth chunk's first block is the seventh.
      bench.archive.fail("scene-2-0-red", afterReads: 6)
      let outcome = try await bench.run(bench.plan(), in: folder + "/failing")
      let losses = outcome.state.losses()
      #expect(losses.count == outcome.state.counts().failed)
      #expect(losses.allSatisfy { $0.date == outcome.plan.timeSteps[2].label })
      #expect(losses.allSatisfy { $0.reason.hasPrefix("cannot read scene-2-0-red, columns") })
      #expect(outcome.state.counts(date: 2).failed == outcome.state.counts().failed)
      #expect((1..<9).contains(outcome.state.counts().failed))
      let values = try outcome.floats("sum", 2)
      let wanted = try whole.floats("sum", 2)
      #expect(zip(values, wanted).allSatisfy { $0 == $1 || $0.isNaN })
      #expect(values.count(where: { $0.isNaN }) > wanted.count(where: { $0.isNaN }))
      for date in [0, 1, 3, 4, 5, 6] { #expect(try outcome.layer("sum", date) == whole.layer("sum", date)) }
      // What failed is no zero in the reduction either: its other dates are folded without it.
      let counts = try outcome.layer("sum_count")
      #expect(try zip(counts, whole.layer("sum_count")).allSatisfy { $0 == $1 || $0 + 1 == $1 })
    }
  }

  @Test func `failures in one file's band are one loss a date`() throws {
    let plan = bench().plan()
    let state = SequenceState(plan)
    let file = try #require(plan.timeSteps[1].scenes[0].bands[0].file)
    for chunk in 0..<3 {
      var record = ChunkRecord(chunk: chunk, stage: 0, steps: 7)
      record.states = Array(repeating: .done, count: 7)
      record.states[1] = .failed
      record.failures = [(1, CellFailure("cannot read, columns \(chunk)", source: file))]
      state.add(record)
    }
    #expect(
      state.losses() == [Loss(date: plan.timeSteps[1].label, reason: "cannot read, columns 0", cells: 3)])
  }

  @Test func `the same command again reads nothing more once everything is done`() async throws {
    let bench = bench()
    try await withTemporaryFolder { folder in
      let first = try await bench.run(bench.plan(), in: folder)
      bench.archive.forgetReads()
      let second = try await bench.run(bench.plan(workers: 2), in: folder)
      #expect(second.kept == 9)
      #expect(bench.archive.reads.isEmpty)
      #expect(try second.layer("sum_halving") == first.layer("sum_halving"))
      #expect(second.state.counts() == first.state.counts())
    }
  }

  @Test func `failed cells are tried again, and what was finished is kept`() async throws {
    let bench = bench()
    try await withTemporaryFolder { folder in
      let whole = try await bench.run(bench.plan(), in: folder + "/whole")
      bench.archive.forgetReads()
      bench.archive.fail("scene-2-0-red", afterReads: 6)
      let failing = try await bench.run(bench.plan(), in: folder + "/again")
      bench.archive.repair()
      let again = try await bench.run(bench.plan(), in: folder + "/again")
      #expect(again.kept == 9 - failing.state.counts().failed)
      #expect(again.state.counts() == whole.state.counts())
      #expect(again.state.losses().isEmpty)
      #expect(try again.layer("sum", 2) == whole.layer("sum", 2))
      #expect(try again.layer("sum_halving") == whole.layer("sum_halving"))
    }
  }

  @Test func `a chunk that is damaged or gone in the store is computed again`() async throws {
    let bench = bench()
    try await withTemporaryFolder { folder in
      let first = try await bench.run(bench.plan(), in: folder)
      let path = folder + "/store.zarr/cube/sum/3/1/1"
      var bytes = try LocalFiles.readAll(path)
      bytes[bytes.count / 2] ^= 1
      try LocalFiles.writeAtomically(path, bytes)
      try LocalFiles.remove(folder + "/store.zarr/cube/sum_halving/0/0/2")
      let second = try await bench.run(bench.plan(), in: folder)
      #expect(second.damaged == 2)
      #expect(second.kept == 7)
      #expect(try second.layer("sum", 3) == first.layer("sum", 3))
      #expect(try second.layer("sum_halving") == first.layer("sum_halving"))
    }
  }

  @Test func `a run that is cancelled keeps what it finished, and goes on from there`() async throws {
    let bench = bench()
    try await withTemporaryFolder { folder in
      let whole = try await bench.run(bench.plan(), in: folder + "/whole")
      let task = Mutex<Task<Void, any Error>?>(nil)
      let (begun, begin) = AsyncStream.makeStream(of: Void.self)
      let started = Task {
        // Not before it is known who is to be cancelled.
        for await _ in begun { break }
        _ = try await bench.run(bench.plan(workers: 2), in: folder + "/stopped") { ended, _ in
          if ended >= 25 { task.withLock { $0?.cancel() } }
        }
      }
      task.withLock { $0 = started }
      begin.yield()
      await #expect(throws: CancellationError.self) { try await started.value }
      let second = try await bench.run(bench.plan(workers: 2), in: folder + "/stopped")
      #expect((1..<9).contains(second.kept), "\(second.kept)")
      #expect(second.state.counts() == whole.state.counts())
      #expect(try second.layer("sum_halving") == whole.layer("sum_halving"))
    }
  }

  @Test func `a store that cannot be written stops the run with the path`() async throws {
    let bench = bench()
    try await withTemporaryFolder { folder in
      let plan = bench.plan(workers: 2)
      let store = ChunkStore(directory: folder + "/store.zarr")
      try LocalFiles.createDirectory(store.directory)
      try store.create(plan)
      try LocalFiles.writeAtomically(folder + "/store.zarr/cube/sum/4", text: "in the way")
      let runner = SequenceRunner(
        plan: plan, store: store, ledger: try Ledger(directory: folder + "/ledger", plan: plan, run: "run"),
        state: SequenceState(plan)
      ) { FakeReader(bench.archive) }
      let error = await #expect(throws: StorageError.self) { try await runner.run { _, _ in } }
      #expect(error?.path.hasSuffix("/sum/4") == true || error?.path.contains("/sum/4/") == true)
    }
  }

  @Test func `one chunk can be computed by itself`() async throws {
    let bench = bench()
    try await withTemporaryFolder { folder in
      let plan = bench.plan()
      let store = ChunkStore(directory: folder)
      try store.create(plan)
      let state = SequenceState(plan)
      let runner = SequenceRunner(
        plan: plan, store: store, ledger: try Ledger(directory: folder + "/ledger", plan: plan, run: "run"),
        state: state
      ) { FakeReader(bench.archive) }
      try await runner.run(only: ChunkIndex(row: 1, column: 2)) { _, _ in }
      #expect(state.counts().total == 7)
      let objects = state.objects(product: 1, layer: 0)
      #expect(objects.indices.filter { objects[$0] != nil } == [5])
    }
  }
}
