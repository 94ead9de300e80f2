internal import Geo

/// The records of an earlier run that no failure lies behind.
///
/// Failed cells are computed again, for whatever was in the way may be gone; and with them everything that later stages
/// made of what was missing.
struct SoundRecords {
  /// By stage, then by chunk; nil where no stage reads what another stored.
  private var isSound: [[Bool]]?

  init(ledger: Ledger, plan: SequencePlan) throws {
    guard plan.stages.contains(where: { !$0.program.storedProducts.isEmpty }) else { return }
    var isSound = plan.stages.map { _ in Array(repeating: false, count: plan.layout.count) }
    try ledger.forEachRecord { isSound[$0.stage][$0.chunk] = !$0.states.contains(.failed) }
    for stage in plan.compiled.graph.order {
      let program = plan.stages[stage].program
      let sources = Set(program.storedProducts.map { plan.products[$0].stage }).subtracting([stage])
      guard !sources.isEmpty else { continue }
      for chunk in isSound[stage].indices where isSound[stage][chunk] {
        let window = plan.layout.window(plan.layout.index(chunk))
        let near = window.grown(by: program.halo).intersection(plan.grid.window) ?? window
        isSound[stage][chunk] = sources.allSatisfy { source in
          plan.layout.chunks(in: near).allSatisfy { isSound[source][$0] }
        }
      }
    }
    self.isSound = isSound
  }

  func contains(_ record: ChunkRecord) -> Bool {
    !record.states.contains(.failed) && isSound?[record.stage][record.chunk] ?? true
  }
}
