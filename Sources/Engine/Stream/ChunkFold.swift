internal import Geo
internal import Raster

/// One chunk on its way through the dates: results come in any order and are folded in date order.
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
  private let pool: ReducerPool
  private let state: Monitor<State>
  let chunk: Int

  init(plan: SequencePlan, chunk: Int, pool: ReducerPool) {
    self.plan = plan
    self.chunk = chunk
    self.pool = pool
    state = Monitor(State(record: ChunkRecord(chunk: chunk, dates: plan.slices.count)))
  }

  /// Hands in a computed cell and folds what is due.
  ///
  /// - Parameter release: gets each result back once its planes are free.
  /// - Returns: the chunk's record when this was its last cell; the caller writes the reductions to it.
  func submit(
    date: Int, _ arrival: Arrival, writer: ChunkWriter, release: (CellResult) -> Void
  ) throws -> ChunkRecord? {
    let mayFold = state.withLock { state in
      state.arrivals[date] = arrival
      defer { state.isFolding = true }
      return !state.isFolding
    }
    // Whoever folds looks again after each date, so nothing that arrives meanwhile is left behind.
    guard mayFold else { return nil }
    while let (date, arrival) = nextDue() {
      fold(arrival, date: date)
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
  private func fold(_ arrival: Arrival, date: Int) {
    if case .done = arrival.outcome, let result = arrival.result {
      for (reducer, reduction) in zip(reducers(), plan.program.reductions) {
        reducer.settle(before: date)
        reducer.feed(UnsafeBufferPointer(result.planes[reduction.plane].samples(as: Float.self)), date: date)
      }
    }
    state.withLock { state in
      switch arrival.outcome {
      case .done: state.record.states[date] = .done
      case .empty: state.record.states[date] = .empty
      case .failed(let failure):
        state.record.states[date] = .failed
        state.record.failures.append((date, failure))
      }
      state.record.objects += arrival.record.objects
      state.record.statistics += arrival.record.statistics
      state.record.outOfRange += arrival.record.outOfRange
    }
  }

  private func reducers() -> [any TimeReducer] {
    state.withLock { state in
      if state.reducers.isEmpty { state.reducers = pool.take(chunk: chunk) }
      return state.reducers
    }
  }

  /// Writes the reductions once every date is folded.
  private func finishIfComplete(_ writer: ChunkWriter) throws -> ChunkRecord? {
    let isComplete = state.withLock { state in
      guard state.next == plan.slices.count, !state.isFolding else { return false }
      // Taken once: `next` moves beyond the end.
      state.next += 1
      return true
    }
    guard isComplete else { return nil }
    var record = state.withLock { $0.record }
    // Taken now where nothing was observed on any date: counts of zero are results too.
    let reducers = reducers()
    let window = plan.layout.window(plan.layout.index(chunk))
    let plane = writer.plane
    for (index, product) in plan.program.products.enumerated() {
      guard case .reduction(let reduction, let output) = product.source else { continue }
      plane.reshape(type: product.variable.storage.sampleType, width: window.width, height: window.height)
      for layer in plan.layerLabels(of: product).indices {
        reducers[reduction].finish(output: output, layer: layer, into: plane.bytes)
        try writer.write(plane, product: index, layer: layer, record: &record)
      }
    }
    state.withLock { $0.reducers = [] }
    pool.put(reducers)
    return record
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
