internal import Geo

/// The reducers of finished chunks, for those that come next; never more of them than chunks were open at once.
final class ReducerPool: Sendable {
  private let plan: SequencePlan
  /// Each counted like the program's reductions.
  private let idle: Monitor<[[any TimeReducer]]>

  init(plan: SequencePlan) {
    self.plan = plan
    idle = Monitor([])
  }

  /// Reducers for a chunk, which have seen nothing.
  func take(chunk: Int) -> [any TimeReducer] {
    let pixels = plan.layout.window(plan.layout.index(chunk)).count
    if let reducers = idle.withLock({ $0.popLast() }),
      reducers.allSatisfy({ $0.restart(pixels: pixels) })
    {
      return reducers
    }
    return plan.program.reductions.map { $0.module.makeReducer(pixels: pixels, dates: plan.dates) }
  }

  /// Takes reducers back when their results are written.
  func put(_ reducers: [any TimeReducer]) {
    idle.withLock { $0.append(reducers) }
  }
}
