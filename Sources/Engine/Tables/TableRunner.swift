internal import Geo
internal import Raster
internal import Synchronization

/// Computes the rows of tables from stored layers, group by group of areas that lie together; see also `CellTables`.
struct TableRunner: Sendable {
  let plan: SequencePlan
  let store: ChunkStore
  let ledger: Ledger
  let state: SequenceState
  /// Writes what belongs to a table's rows.
  let write: @Sendable (_ table: String, TableOutput) throws -> Void

  /// Computes what is still to be computed.
  ///
  /// - Throws: `StorageError`, or `CancellationError`: what was recorded so far is kept.
  func run() async throws {
    let units = state.tables.waiting()
    guard !units.isEmpty else { return }
    let waiting = Queue(units)
    let threads = try BlockingThreads(count: plan.memory.workers)
    defer { threads.close() }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<plan.memory.workers {
        group.addTask(executorPreference: threads) {
          try work(waiting)
        }
      }
      try await group.waitForAll()
    }
    try Task.checkCancellation()
    try ledger.sync()
  }

  /// What one worker does, on its own thread, until nothing is left.
  private func work(_ waiting: Queue) throws {
    let worker = Worker(self)
    defer { state.add(worker.times) }
    while !Task.isCancelled, let unit = waiting.next() {
      let record = try worker.compute(unit.table, unit.group, unit.step)
      try ledger.append(record)
      state.tables.add(record)
    }
  }

  /// Groups of areas and layers that are still to be computed.
  private final class Queue: Sendable {
    private let units: Mutex<ArraySlice<(table: Int, group: Int, step: Int)>>

    init(_ units: [(table: Int, group: Int, step: Int)]) { self.units = Mutex(units[...]) }

    func next() -> (table: Int, group: Int, step: Int)? { units.withLock { $0.popFirst() } }
  }

  /// What one thread has for itself.
  private final class Worker {
    private let runner: TableRunner
    private let layers: LayerReader
    private var inputs: [LoadedBand] = []
    private(set) var times = StageTimes()

    init(_ runner: TableRunner) {
      self.runner = runner
      layers = LayerReader(
        plan: runner.plan, store: runner.store, state: runner.state, keepsChunks: true)
    }

    func compute(_ table: Int, _ group: Int, _ step: Int) throws -> TableRecord {
      let described = runner.plan.tables[table]
      let layer = described.steps[step]
      var record = TableRecord(table: table, group: group, step: step, rows: [])
      for index in described.groups[group] {
        let area = described.areas[index]
        let isBroken = runner.state.hasFailures(
          in: area.window, dates: layer.dates, products: described.products)
        if isBroken { record.isIncomplete = true }
        try record.add(area, of: described) {
          // A date's row from half of its pixels would be a wrong number; the loss itself is recorded with its cell.
          guard !isBroken || described.period != .date else { return nil }
          try load(described, step, area.window)
          return try times.measure(\.compute) {
            try described.module.rows(
              inputs.prefix(described.products.count).map(\.plane), of: area, at: index, layer: layer.label)
          }
        } write: { output in
          try times.measure(\.write) { try runner.write(described.name, output) }
        }
      }
      return record
    }

    private func load(_ table: TablePlan, _ step: Int, _ window: PixelWindow) throws {
      while inputs.count < table.products.count { inputs.append(LoadedBand()) }
      for (product, input) in zip(table.products, inputs) {
        let layer = runner.plan.products[product].period == .fixed ? 0 : step
        try times.measure(\.read) {
          try layers.load(product: product, layer: layer, window: window, into: input)
        }
      }
    }
  }
}
