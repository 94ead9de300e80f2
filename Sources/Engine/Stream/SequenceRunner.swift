public import Geo
internal import Storage
internal import Synchronization

/// Streams the cells of a sequence through its program into the store, and keeps the ledger.
public struct SequenceRunner: Sendable {
  /// Called after each cell with the number of cells that ended, and those that failed. Any thread.
  public typealias Progress = @Sendable (_ ended: Int, _ failed: Int) -> Void
  /// Called after each cell of a date, with the number of its time step. Any thread.
  public typealias CellEnded = @Sendable (_ timeStep: Int) -> Void
  /// Called after each chunk of layers that are computed from layers, with how many of all have ended. Any thread.
  public typealias LayersProgress = @Sendable (_ ended: Int, _ chunks: Int) -> Void

  private let plan: SequencePlan
  private let store: ChunkStore
  private let ledger: Ledger
  private let state: SequenceState
  private let write: @Sendable (_ table: String, TableOutput) throws -> Void
  private let makeReader: @Sendable () -> any BandReader

  /// - Parameters:
  ///   - plan: a whole one.
  ///   - store: where finished chunks go.
  ///   - ledger: of the plan's sequence, opened.
  ///   - state: what is computed already, of the same plan.
  ///   - write: writes a file that belongs to a table's rows, below the table's folder.
  ///   - makeReader: makes the reader of one worker, on that worker's thread.
  public init(
    plan: SequencePlan, store: ChunkStore, ledger: Ledger, state: SequenceState,
    write: @escaping @Sendable (_ table: String, TableOutput) throws -> Void = { _, _ in },
    makeReader: @escaping @Sendable () -> any BandReader
  ) {
    self.plan = plan
    self.store = store
    self.ledger = ledger
    self.state = state
    self.write = write
    self.makeReader = makeReader
  }

  /// Computes what is still to be computed.
  ///
  /// Failed cells do not stop it; a store that cannot be written does.
  /// - Parameters:
  ///   - only: the chunk to compute, for a look at a part; nil for all.
  ///   - shard: chunks of which one stage alone is computed; nil for everything.
  ///   - shardStage: that stage: the first, of the cells of dates, with what belongs to no date around them; or a later
  ///     one, of which those chunks are left out whose sources are not all computed.
  ///   - quicklooks: take samples of the products for pictures, by product; empty for no pictures.
  ///   - cellEnded: called for each cell that was computed, or failed.
  ///   - progress: called after each cell, on any thread.
  ///   - layersProgress: called after each chunk of the later stages.
  /// - Throws: `StorageError`, or `CancellationError`: the chunks recorded so far are kept.
  public func run(
    only: ChunkIndex? = nil, shard: Range<Int>? = nil, of shardStage: Int = 0,
    quicklooks: [QuicklookSamples?] = [],
    cellEnded: @escaping CellEnded = { _ in },
    progress: @escaping Progress, layersProgress: @escaping LayersProgress = { _, _ in }
  ) async throws {
    // Cells of which products are added count as ended once those are computed.
    let own = shard.map { $0.count * plan.timeSteps.count } ?? plan.cellCount
    let waiting =
      state.waitingChunks(plan.stages[0]).count { shard?.contains($0) ?? true } * plan.timeSteps.count
    let layerChunks = plan.stages.filter { $0.index != 0 }.reduce(0) { $0 + state.waitingChunks($1).count }
    let tally = Tally(
      ended: own - waiting, cellEnded: cellEnded, report: progress,
      layerEnded: { layersProgress($0, max(layerChunks, $0)) })
    // Stages of which nothing is wanted have no products.
    let last = plan.compiled.graph.order.last { !plan.stages[$0].program.products.isEmpty }
    for stage in plan.compiled.graph.order.map({ plan.stages[$0] })
    where shard == nil || stage.index == shardStage || shardStage == 0 && stage.period == .fixed {
      // A look at one chunk of a later stage needs what lies around it of the stages before.
      let isLast = stage.index == last
      let near = shard.map { stage.index == shardStage ? ready(stage, Set($0)) : around($0) }
      let chunks = state.waitingChunks(stage).filter { chunk in
        near?.contains(chunk) ?? true
          && (only.map { !isLast || plan.layout.number($0) == chunk } ?? true)
      }
      if !chunks.isEmpty { try await run(stage, chunks, withTables: only == nil, quicklooks, tally) }
    }
    try ledger.sync()
    guard only == nil, shard == nil, !plan.tables.isEmpty else { return }
    try await TableRunner(plan: plan, store: store, ledger: ledger, state: state, write: write).run()
  }

  /// Those of some chunks of which the stages before have all that the stage looks at.
  private func ready(_ stage: StagePlan, _ chunks: Set<Int>) -> Set<Int> {
    guard stage.index != 0 else { return chunks }
    let before = plan.compiled.graph.order.prefix { $0 != stage.index }
    let missing = before.reduce(into: Set<Int>()) { $0.formUnion(state.waitingChunks(plan.stages[$1])) }
    guard !missing.isEmpty else { return chunks }
    // Numbers of whole layers need every chunk of them.
    guard stage.program.layerNumbers.isEmpty else { return [] }
    return chunks.filter { chunk in
      let window = plan.layout.window(plan.layout.index(chunk))
      let wide = window.grown(by: stage.program.halo).intersection(plan.grid.window) ?? window
      return missing.isDisjoint(with: plan.layout.chunks(in: wide))
    }
  }

  /// Some chunks and as many around them as the cells of dates look at.
  private func around(_ chunks: Range<Int>) -> Set<Int> {
    chunks.reduce(into: []) { near, chunk in
      let window = plan.layout.window(plan.layout.index(chunk))
      let wide = window.grown(by: plan.program.halo).intersection(plan.grid.window) ?? window
      near.formUnion(plan.layout.chunks(in: wide))
    }
  }

  /// Computes some chunks of a stage.
  private func run(
    _ stage: StagePlan, _ chunks: [Int], withTables: Bool, _ quicklooks: [QuicklookSamples?], _ tally: Tally
  ) async throws {
    let numbers = try await LayerNumbers(plan: plan, stage: stage, store: store, state: state).find()
    let queue = CellQueue(plan: plan, stage: stage, chunks: plan.order.sorted(chunks))
    let threads = try BlockingThreads(count: plan.memory.workers)
    defer { threads.close() }
    try await withTaskCancellationHandler {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for worker in 0..<plan.memory.workers {
          group.addTask(executorPreference: threads) {
            do {
              try work(stage, worker, queue, numbers, withTables: withTables, tally, quicklooks)
            } catch {
              queue.close()
              throw error
            }
          }
        }
        try await group.waitForAll()
      }
    } onCancel: {
      queue.close()
    }
    try Task.checkCancellation()
  }

  /// What one worker does, on its own thread, until the queue is empty.
  private func work(
    _ stage: StagePlan, _ worker: Int, _ queue: CellQueue, _ numbers: [[LayerNumber: Double]],
    withTables: Bool, _ tally: Tally, _ quicklooks: [QuicklookSamples?]
  ) throws {
    let reader = makeReader()
    reader.begin(stage: stage.index, chunks: queue.chunks)
    let computer = CellComputer(
      plan: plan, stage: stage, reader: reader,
      layers: LayerReader(plan: plan, store: store, state: state), numbers: numbers)
    let writer = ChunkWriter(plan: plan, store: store, state: state, quicklooks: quicklooks)
    let tables = CellTables(
      plan: plan, stage: stage, isWanted: withTables, ledger: ledger, state: state, write: write)
    let numbered = stage.program.products.compactMap { product in
      plan.layerNumber(of: plan.products[product]).map { (product, $0) }
    }
    var times = StageTimes()
    // What was reported of them, and when: whoever watches sees them while cells are computed.
    var (reported, lastReport) = (StageTimes(), StageTimes.now())
    func report() {
      var all = times
      all.add(computer.times)
      all.add(writer.times)
      // Measured around the writer's work.
      all.compute -= writer.times.compress + writer.times.write
      state.add(all.since(reported))
      (reported, lastReport) = (all, StageTimes.now())
    }
    defer { report() }
    var taken = queue.take(worker)
    var planned: [Int: any PlannedRead]?
    while let ticket = taken, !queue.isClosed {
      // Where files are remote, what the next cell reads first is on its way while this one is computed.
      let reads = planned ?? computer.plan(ticket.cell(in: plan))
      taken = plan.memory.connections > 0 ? queue.takeIfReady(worker) : nil
      planned = taken.map { computer.plan($0.cell(in: plan)) }
      let (fold, step, result) = (ticket.fold, ticket.step, ticket.result)
      let outcome = computer.compute(
        chunk: plan.layout.index(fold.chunk), step: step, reads: reads, into: result)
      var record = ChunkRecord(chunk: fold.chunk, stage: stage.index, steps: 0)
      record.lostPixels = reader.takeLostPixels()
      if numbers.indices.contains(step) {
        for (product, number) in numbered {
          if let value = numbers[step][number], value.isFinite {
            record.layerNumbers.append((product, step, value))
          }
        }
      }
      var isKept = false
      switch outcome {
      case .done:
        try times.measure(\.compute) {
          try tables.add(result, chunk: fold.chunk, step: step)
          try save(result, of: stage.program, step: step, tables: tables, writer: writer, record: &record)
        }
        isKept = !stage.program.reductions.isEmpty
      case .empty: try times.measure(\.compute) { try tables.add(nil, chunk: fold.chunk, step: step) }
      case .failed: break
      }
      if !isKept { queue.release(result) }
      let arrival = ChunkFold.Arrival(outcome: outcome, result: isKept ? result : nil, record: record)
      // Folding and, at a chunk's end, storing its reductions.
      let finished = try times.measure(\.compute) {
        try fold.submit(step: step, arrival, writer: writer) { queue.release($0) }
      }
      if var finished {
        if stage.index != 0 {
          finished.lacksInputs = state.hasFailures(
            in: plan.inputWindow(of: fold.chunk, stage: stage.index), dates: stage.steps.flatMap(\.dates),
            products: stage.program.products)
        }
        try ledger.append(finished)
        state.add(finished)
        queue.chunkFinished()
        reader.finished(chunk: fold.chunk)
        if stage.index != 0 { tally.addLayer() }
      }
      if StageTimes.now() - lastReport > 0.5 { report() }
      if stage.index == 0 { tally.add(outcome, timeStep: step) }
      if taken == nil { taken = queue.take(worker) }
    }
  }

  /// Stores those products of a cell that have a layer a time step.
  private func save(
    _ result: CellResult, of program: Program, step: Int, tables: CellTables, writer: ChunkWriter,
    record: inout ChunkRecord
  ) throws {
    for index in program.products {
      switch plan.products[index].source {
      case .plane(let plane):
        guard let stored = tables.stored(index, chunk: record.chunk, result.planes[plane]) else { continue }
        try writer.write(stored, product: index, layer: step, record: &record)
      case .mask(let number):
        try writer.write(result.masks[number - 1], product: index, layer: step, record: &record)
      case .reduction: break
      }
    }
  }
}

/// Counts cells for whoever watches the run.
private final class Tally: Sendable {
  private let counts: Mutex<(ended: Int, failed: Int, layers: Int)>
  private let cellEnded: SequenceRunner.CellEnded
  private let report: SequenceRunner.Progress
  private let layerEnded: @Sendable (_ ended: Int) -> Void

  init(
    ended: Int, cellEnded: @escaping SequenceRunner.CellEnded, report: @escaping SequenceRunner.Progress,
    layerEnded: @escaping @Sendable (_ ended: Int) -> Void
  ) {
    counts = Mutex((ended, 0, 0))
    (self.cellEnded, self.report, self.layerEnded) = (cellEnded, report, layerEnded)
  }

  /// A chunk of a later stage has ended.
  func addLayer() {
    layerEnded(
      counts.withLock { counts in
        counts.layers += 1
        return counts.layers
      })
  }

  func add(_ outcome: CellOutcome, timeStep: Int) {
    cellEnded(timeStep)
    let (ended, failed, _) = counts.withLock { counts in
      counts.ended += 1
      if case .failed = outcome { counts.failed += 1 }
      return counts
    }
    report(ended, failed)
  }
}

extension CellQueue.Ticket {
  fileprivate func cell(in plan: SequencePlan) -> (chunk: ChunkIndex, step: Int) {
    (plan.layout.index(fold.chunk), step)
  }
}
