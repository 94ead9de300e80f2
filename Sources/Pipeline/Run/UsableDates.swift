internal import Engine
internal import GDAL
internal import Geo
internal import JSON
internal import Storage

/// Leaves dates out of a plan of which too little is usable (`min_usable` of a mask).
///
/// The shares are recorded in a ledger of their own, so that a run that is continued finds them there.
struct UsableDates {
  let directory: RunDirectory
  let written: WrittenFiles
  let versions: InputVersions
  let notify: @Sendable (PipelineRunner.Event) -> Void

  /// Where the pixels' flags are kept while they are found: a store of its own, gone afterwards.
  static let storeName = "usable.zarr"

  /// The same plan without the dates that are rejected.
  ///
  /// - Parameter run: what tells the run from all others.
  /// - Throws: `PlanError` where no date of a sequence is left; `StorageError`, `CancellationError`.
  func choose(_ plan: PipelinePlan, run: String) async throws -> PipelinePlan {
    // What tells versions of the data apart tells whether recorded shares still hold.
    var measuring = plan
    for place in plan.sequences.indices {
      measuring.sequences[place].plan = plan.sequences[place].plan.flatMap { UsableShares($0)?.plan }
    }
    guard measuring.sequences.contains(where: { $0.plan != nil }) else { return plan }
    let keyed = RunKeys(measuring, recorded: nil, versions: versions).plan
    var chosen = plan
    for place in plan.sequences.indices {
      guard let sequence = plan.sequences[place].plan, let shares = UsableShares(sequence),
        let measured = keyed.sequences[place].plan
      else { continue }
      let rejected = try await rejections(shares, measured, of: keyed.sequences[place], run: run)
      for date in rejected { notify(.note("\(sequence.name): \(date.date) is rejected: \(date.words)")) }
      let names = Set(rejected.map(\.date))
      let kept = sequence.timeSteps.filter { !names.contains($0.label) }
      chosen.sequences[place].rejectedDates = rejected
      if kept.isEmpty, let best = rejected.max(by: { $0.share < $1.share }) {
        notify(
          .warning(
            "sequence \"\(sequence.name)\": every one of the \(rejected.count) dates is rejected, and nothing is computed; "
              + "\(best.date) has most: \(best.words)"))
        chosen.sequences[place].plan = nil
        chosen.sequences[place].rejectedPlan = sequence
        continue
      }
      chosen.sequences[place].plan = sequence.replacing(compiled: sequence.compiled, timeSteps: kept)
    }
    return chosen
  }

  /// The same plan without the dates that an earlier call rejected, for whoever works on its run.
  static func recorded(in recorded: RecordedPlan, _ plan: PipelinePlan) -> PipelinePlan {
    var chosen = plan
    for place in plan.sequences.indices {
      guard let sequence = plan.sequences[place].plan else { continue }
      let rejected = Set(
        (recorded.sequences[sequence.name]?["rejected_dates"]?.array ?? []).compactMap { $0["date"]?.string })
      guard !rejected.isEmpty else { continue }
      let kept = sequence.timeSteps.filter { !rejected.contains($0.label) }
      chosen.sequences[place].plan =
        kept.isEmpty ? nil : sequence.replacing(compiled: sequence.compiled, timeSteps: kept)
    }
    return chosen
  }

  /// Finds the usable pixels of every date of a sequence.
  private func rejections(
    _ shares: UsableShares, _ keyed: SequencePlan, of sequence: PlannedSequence, run: String
  ) async throws -> [UsableShares.Rejection] {
    try written.add([UsableDates.storeName + "/", "ledger/\(keyed.name).jsonl"])
    let plan = try await brought(keyed, sequence)
    let folder = "\(directory.path)/\(UsableDates.storeName)"
    let store = ChunkStore(directory: folder)
    try LocalFiles.createDirectory(folder)
    try store.create(plan, coordinates: StoreCoordinates(plan.grid.crs))
    let ledger = try Ledger(directory: directory.ledger, plan: plan, run: run)
    let state = SequenceState(plan)
    // Only the counts are wanted: flags that are gone are as good as published.
    let usable = Set(plan.products.filter { $0.isPublished }.map(\.index))
    let found = try await Resumption(plan: plan, store: store, ledger: ledger, state: state)
      .resume { product, _ in usable.contains(product) }
    let archive = RemoteArchive(sequence.access, record: versions)
    try await BandFiles.open(archive, connections: plan.memory.connections) { files in
      let runner = SequenceRunner(
        plan: found.plan, store: store, ledger: ledger, state: state,
        makeReader: BandReaders(plan: plan, files: files).make)
      let cells = plan.cellCount
      notify(.sequenceBegan(name: plan.name, cells: cells, kept: found.kept, damaged: 0))
      try await runner.run { [notify, name = plan.name] ended, failed in
        notify(.progress(sequence: name, ended: ended, failed: failed, cells: cells))
      }
    }
    let rejections = shares.rejections(state)
    try LocalFiles.removeTree(folder)
    return rejections
  }

  /// The plan reading copies, where the sequence reads copies.
  private func brought(_ plan: SequencePlan, _ sequence: PlannedSequence) async throws -> SequencePlan {
    guard sequence.isCopied else { return plan }
    let copier = SceneCopier(
      directory: directory, written: written, workers: plan.memory.workers,
      connections: sequence.connections, access: sequence.access, versions: versions,
      copying: sequence.copying,
      expectations: FileExpectation.all(of: sequence.scenes))
    return try await copier.copy(plan)
  }
}
