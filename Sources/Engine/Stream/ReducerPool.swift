internal import Geo

/// The reducers of finished chunks, for those that come next; never more of them than chunks were open at once.
final class ReducerPool: Sendable {
  private let plan: SequencePlan
  private let stage: StagePlan
  /// Counted like the stage's reductions.
  private let layers: [[PeriodLayer]]
  /// By time step, the layers of reductions that it is the last of.
  let layersEnding: [[(reduction: Int, layer: Int)]]
  /// Layers of reductions that no time step goes into.
  let layersWithoutSteps: [(reduction: Int, layer: Int)]
  /// Each counted like the program's reductions.
  private let idle: Monitor<[[any TimeReducer]]>

  init(plan: SequencePlan, stage: StagePlan) {
    self.plan = plan
    self.stage = stage
    let layers = stage.program.reductions.map { stage.layers(of: $0.module.period) }
    self.layers = layers
    var ending = stage.steps.map { _ in [(reduction: Int, layer: Int)]() }
    var without: [(reduction: Int, layer: Int)] = []
    for (reduction, own) in layers.enumerated() {
      for (layer, described) in own.enumerated() {
        let own = described.dates.max()
        let isLate = stage.program.reductions[reduction].module.finishesTogether
        guard let last = isLate ? stage.steps.indices.last : own else {
          without.append((reduction, layer))
          continue
        }
        ending[last].append((reduction, layer))
      }
    }
    (layersEnding, layersWithoutSteps) = (ending, without)
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
    return zip(stage.program.reductions, layers).map { reduction, layers in
      reduction.module.makeReducer(pixels: pixels, layers: layers, days: stage.days)
    }
  }

  /// Takes reducers back when their results are written.
  func put(_ reducers: [any TimeReducer]) {
    idle.withLock { $0.append(reducers) }
  }
}
