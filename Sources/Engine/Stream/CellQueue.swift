/// Hands out cells to workers, chunk by chunk and date by date, as far as memory admits.
///
/// A worker gets a cell together with planes for its result. Planes are as many as the budget allows; with none
/// free, or with too many chunks open, workers wait. The cell that is next in a chunk's date order always has its
/// planes already, so that waiting ends.
final class CellQueue: Sendable {
  /// One cell to compute.
  struct Ticket {
    let fold: ChunkFold
    let date: Int
    let result: CellResult
  }

  private struct State {
    var chunks: ArraySlice<Int>
    var fold: ChunkFold?
    var date = 0
    var free: [CellResult]
    var openChunks = 0
    var isClosed = false
  }

  private let plan: SequencePlan
  private let reducers: ReducerPool
  private let state: Monitor<State>

  init(plan: SequencePlan, chunks: [Int]) {
    self.plan = plan
    reducers = ReducerPool(plan: plan)
    let results = (0..<plan.memory.results).map { _ in CellResult(program: plan.program) }
    state = Monitor(State(chunks: chunks[...], free: results))
  }

  /// The next cell; nil when none is left, or the queue was closed.
  func take() -> Ticket? {
    state.wait { take(&$0) }
  }

  /// The next cell, if one can be had without waiting.
  ///
  /// A worker that holds one cell besides the one it computes keeps nobody waiting: it comes to it next.
  func takeIfReady() -> Ticket? {
    state.withLock { take(&$0) ?? nil }
  }

  /// Whether nothing more is to be computed, not even what was taken.
  var isClosed: Bool { state.withLock { $0.isClosed } }

  /// - Returns: nil when one has to wait; nothing when there is nothing left.
  private func take(_ state: inout State) -> Ticket?? {
    if state.isClosed { return .some(nil) }
    if state.fold == nil {
      guard let chunk = state.chunks.first else { return .some(nil) }
      guard state.openChunks < plan.memory.openChunks else { return nil }
      state.chunks.removeFirst()
      state.fold = ChunkFold(plan: plan, chunk: chunk, pool: reducers)
      state.date = 0
      state.openChunks += 1
    }
    guard let fold = state.fold, let result = state.free.popLast() else { return nil }
    let ticket = Ticket(fold: fold, date: state.date, result: result)
    state.date += 1
    if state.date == plan.slices.count { state.fold = nil }
    return .some(ticket)
  }

  /// Gives planes back.
  func release(_ result: CellResult) {
    state.withLock { $0.free.append(result) }
    state.wake()
  }

  /// Says that a chunk is finished and its reducers are gone.
  func chunkFinished() {
    state.withLock { $0.openChunks -= 1 }
    state.wake()
  }

  /// Hands out nothing more: something failed for good, or the run was cancelled.
  func close() {
    state.withLock { $0.isClosed = true }
    state.wake()
  }
}
