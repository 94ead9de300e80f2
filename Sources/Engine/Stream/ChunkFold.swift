internal import Geo
internal import Raster

/// One chunk on its way through a stage's time steps: results come in any order and are folded in order of time.
final class ChunkFold: Sendable {
  /// A cell that is computed and waits for its turn.
  struct Arrival: Sendable {
    let outcome: CellOutcome
    /// The cell's planes, until they are folded; nil when nothing is in them.
    let result: CellResult?
    /// What was stored of the cell.
    let record: ChunkRecord
  }

  private struct State {
    var arrivals: [Int: Arrival] = [:]
    var next = 0
    var isFolding = false
    /// Taken when the first value comes; counted like the program's reductions.
    var reducers: [any TimeReducer] = []
    var record: ChunkRecord
  }

  private let plan: SequencePlan
  private let stage: StagePlan
  private let pool: ReducerPool
  private let state: Monitor<State>
  let chunk: Int

  init(plan: SequencePlan, stage: StagePlan, chunk: Int, pool: ReducerPool) {
    self.plan = plan
    self.stage = stage
    self.chunk = chunk
    self.pool = pool
    var record = ChunkRecord(chunk: chunk, stage: stage.index, steps: stage.steps.count)
    record.products = stage.program.products
    state = Monitor(State(record: record))
  }

  /// Hands in a computed cell and folds what is due.
  ///
  /// - Parameter release: gets each result back once its planes are free.
  /// - Returns: the chunk's record when this was its last cell; the caller writes the reductions to it.
  func submit(
    step: Int, _ arrival: Arrival, writer: ChunkWriter, release: (CellResult) -> Void
  ) throws -> ChunkRecord? {
    let mayFold = state.withLock { state in
      state.arrivals[step] = arrival
      defer { state.isFolding = true }
      return !state.isFolding
    }
    // Whoever folds looks again after each date, so nothing that arrives meanwhile is left behind.
    guard mayFold else { return nil }
    while let (step, arrival) = nextDue() {
      fold(arrival, step: step)
      try finishLayers(pool.layersEnding[step], writer)
      if let result = arrival.result { release(result) }
    }
    return try finishIfComplete(writer)
  }

  private func nextDue() -> (Int, Arrival)? {
    state.withLock { state in
      guard let arrival = state.arrivals.removeValue(forKey: state.next) else {
        state.isFolding = false
        return nil
      }
      state.next += 1
      return (state.next - 1, arrival)
    }
  }

  /// Only one thread is here at a time (`isFolding`): the reducers are its own.
  private func fold(_ arrival: Arrival, step: Int) {
    if case .done = arrival.outcome, let result = arrival.result {
      for (reducer, reduction) in zip(reducers(), stage.program.reductions) {
        reducer.feed(
          reduction.planes.map { UnsafeBufferPointer(result.planes[$0].samples(as: Float.self)) }, step: step)
      }
    }
    state.withLock { state in
      switch arrival.outcome {
      case .done: state.record.states[step] = .done
      case .empty(let cause):
        state.record.states[step] = .empty
        if let cause, stage.index == 0 { state.record.lostPixels.cells[cause, default: 0] += 1 }
      case .failed(let failure):
        state.record.states[step] = .failed
        state.record.failures.append((step, failure))
      }
      state.record.add(arrival.record)
    }
  }

  private func reducers() -> [any TimeReducer] {
    state.withLock { state in
      if state.reducers.isEmpty { state.reducers = pool.take(chunk: chunk) }
      return state.reducers
    }
  }

  /// Writes layers of reductions to whom no more values come, and gives up their memory.
  private func finishLayers(_ ended: [(reduction: Int, layer: Int)], _ writer: ChunkWriter) throws {
    guard !ended.isEmpty else { return }
    // Taken now where nothing was observed on any date: counts of zero are results too.
    let reducers = reducers()
    let window = plan.layout.window(plan.layout.index(chunk))
    let plane = writer.plane
    var record = ChunkRecord(chunk: chunk, stage: stage.index, steps: 0)
    for (reduction, layer) in ended {
      for index in stage.program.products {
        let product = plan.products[index]
        guard case .reduction(reduction, let output) = product.source else { continue }
        plane.reshape(type: product.variable.storage.sampleType, width: window.width, height: window.height)
        reducers[reduction].finish(output: output, layer: layer, into: plane.bytes)
        try writer.write(plane, product: index, layer: layer, record: &record)
      }
      reducers[reduction].discard(layer: layer)
    }
    state.withLock { $0.record.add(record) }
  }

  /// The chunk's record once every time step is folded.
  private func finishIfComplete(_ writer: ChunkWriter) throws -> ChunkRecord? {
    let isComplete = state.withLock { state in
      guard state.next == stage.steps.count, !state.isFolding else { return false }
      // Taken once: `next` moves beyond the end.
      state.next += 1
      return true
    }
    guard isComplete else { return nil }
    try finishLayers(pool.layersWithoutSteps, writer)
    return state.withLock { state in
      pool.put(state.reducers)
      state.reducers = []
      return state.record
    }
  }
}

extension Variable.Storage {
  /// The type of samples in memory, before packing.
  var sampleType: SampleType {
    switch self {
    case .float32, .int16: .float32
    case .int32: .int32
    case .flags: .uint8
    }
  }
}
