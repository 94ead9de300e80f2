/// Hands out cells to workers, chunk by chunk and time step by time step, as far as memory admits.
///
/// A worker stays with its chunk, whose sums are then in its core's cache, for as long as there are as many chunks as
/// workers; where memory has no room for another chunk, and at the end of a run, it helps with one of the others.
///
/// A worker gets a cell together with planes for its result. Planes are as many as the budget allows; with none
/// free, or with too many chunks open, workers wait. The cell that is next in a chunk's date order always has its
/// planes already, so that waiting ends.
final class CellQueue: Sendable {
  /// One cell to compute.
  struct Ticket {
    let fold: ChunkFold
    /// The time step, by position in the stage.
    let step: Int
    let result: CellResult
  }

  /// A chunk of which time steps are left to hand out.
  private struct OpenChunk {
    let fold: ChunkFold
    let owner: Int
    var step = 0
  }

  private struct State {
    var chunks: ArraySlice<Int>
    var open: [OpenChunk] = []
    var free: [CellResult]
    /// Chunks that are not finished, those of which all time steps are handed out among them.
    var unfinished = 0
    var isClosed = false
  }

  private let plan: SequencePlan
  private let stage: StagePlan
  private let reducers: ReducerPool
  private let state: Monitor<State>
  /// All that are computed, in this order.
  let chunks: [Int]

  init(plan: SequencePlan, stage: StagePlan, chunks: [Int]) {
    self.plan = plan
    self.stage = stage
    self.chunks = chunks
    reducers = ReducerPool(plan: plan, stage: stage)
    let results = (0..<plan.memory.results).map { _ in CellResult(program: stage.program) }
    state = Monitor(State(chunks: chunks[...], free: results))
  }

  /// The next cell for a worker; nil when none is left, or the queue was closed.
  func take(_ worker: Int) -> Ticket? {
    state.wait { take(worker, &$0) }
  }

  /// The next cell, if one can be had without waiting.
  ///
  /// A worker that holds one cell besides the one it computes keeps nobody waiting: it comes to it next.
  func takeIfReady(_ worker: Int) -> Ticket? {
    state.withLock { take(worker, &$0) ?? nil }
  }

  /// Whether nothing more is to be computed, not even what was taken.
  var isClosed: Bool { state.withLock { $0.isClosed } }

  /// - Returns: nil when one has to wait; nothing when there is nothing left.
  private func take(_ worker: Int, _ state: inout State) -> Ticket?? {
    if state.isClosed { return .some(nil) }
    guard let place = chunk(for: worker, &state) else { return state.chunks.isEmpty ? .some(nil) : nil }
    guard let result = state.free.popLast() else { return nil }
    let ticket = Ticket(fold: state.open[place].fold, step: state.open[place].step, result: result)
    state.open[place].step += 1
    if state.open[place].step == stage.steps.count { state.open.remove(at: place) }
    return .some(ticket)
  }

  /// The place of the chunk that a worker goes on with: its own, a new one, or that of which most is left.
  private func chunk(for worker: Int, _ state: inout State) -> Int? {
    if let own = state.open.firstIndex(where: { $0.owner == worker }) { return own }
    if let chunk = state.chunks.first, state.unfinished < plan.memory.openChunks {
      state.chunks.removeFirst()
      state.open.append(
        OpenChunk(fold: ChunkFold(plan: plan, stage: stage, chunk: chunk, pool: reducers), owner: worker))
      state.unfinished += 1
      return state.open.endIndex - 1
    }
    return state.open.indices.min { state.open[$0].step < state.open[$1].step }
  }

  /// Gives planes back.
  func release(_ result: CellResult) {
    state.update { $0.free.append(result) }
  }

  /// Says that a chunk is finished and its reducers are gone.
  func chunkFinished() {
    state.update { $0.unfinished -= 1 }
  }

  /// Hands out nothing more: something failed for good, or the run was cancelled.
  func close() {
    state.update { $0.isClosed = true }
  }
}
