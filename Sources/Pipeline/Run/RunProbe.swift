internal import Engine
internal import GDAL
internal import Geo
internal import Network
internal import Raster
internal import Storage

/// Times a few cells of a sequence as a run would compute them, to say how long all of them will take.
///
/// A few chunks spread over the grid, on a few dates spread over all, are read and computed in a temporary folder that is
/// removed. All but the first find the files open and memory in use, as most chunks of a run do.
public struct RunProbe: Sendable {
  /// What was found.
  public struct Result: Sendable {
    /// Cells that were computed.
    public let cells: Int
    /// Wall time of the probe.
    public let spent: Double
    /// Of the run's computing and publishing, from a good case to a bad one.
    public let seconds: ClosedRange<Double>
    /// Of the published rasters, in bytes.
    public let written: ClosedRange<Double>
  }

  /// Dates that are looked at.
  private static let dates = 4
  /// Chunks that are looked at.
  private static let mostChunks = 8

  private let sequence: PlannedSequence
  private let output: PipelineConfig.Output
  private let hasReport: Bool

  /// - Parameters:
  ///   - sequence: that is measured.
  ///   - plan: of the pipeline it belongs to.
  public init(_ sequence: PlannedSequence, in plan: PipelinePlan) {
    self.sequence = sequence
    (output, hasReport) = (plan.config.output, plan.hasReport)
  }

  /// Measures.
  ///
  /// - Returns: nil for a sequence that reads nothing, or whose scenes are to be copied before they are read.
  /// - Throws: what a run throws that cannot store its chunks; cells that fail count as any other.
  public func measure() async throws -> Result? {
    guard let whole = sequence.plan, !sequence.isCopied, whole.layout.count > 0, !whole.timeSteps.isEmpty
    else { return nil }
    let count = min(RunProbe.dates, whole.timeSteps.count)
    let steps = (0..<count).map { whole.timeSteps[($0 * 2 + 1) * whole.timeSteps.count / (2 * count)] }
    let plan = whole.replacing(compiled: whole.compiled, timeSteps: steps)
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    let store = ChunkStore(directory: "\(folder)/store", deflateLevel: sequence.deflateLevel)
    try store.create(plan, coordinates: StoreCoordinates(plan.grid.crs))
    let ledger = try Ledger(directory: "\(folder)/ledger", plan: plan, run: RunDocument.newRun())
    let state = SequenceState(plan)
    let found = try await Resumption(plan: plan, store: store, ledger: ledger, state: state).resume { _, _ in
      false
    }
    let chunks = RunProbe.chunks(of: whole.layout.count)
    // Of none, of the first chunk, of all.
    var totals = [StageTimes()]
    let start = Clock.seconds()
    try await BandFiles.open(RemoteArchive(sequence.access), connections: plan.memory.connections) { files in
      let runner = SequenceRunner(
        plan: found.plan, store: store, ledger: ledger, state: state,
        makeReader: BandReaders(plan: plan, files: files).make)
      for (place, chunk) in chunks.enumerated() {
        try await runner.run(shard: chunk..<(chunk + 1)) { _, _ in }
        if place == 0 || place == chunks.count - 1 { totals.append(state.times) }
      }
    }
    let written = estimatedBytes(whole, plan, state, chunks: chunks, stored: Self.size("\(folder)/store"))
    // Blocks of sources that reach into several chunks are decoded once in a run, but here for each of the few chunks.
    let block = try? await PipelinePlanner.block(of: plan.timeSteps, in: RemoteArchive(sequence.access))
    let share = block.map { RepeatedBlocks.share(of: chunks, in: plan, block: $0) } ?? 1
    /// Seconds of a chunk, as the mean of so many: of its cells, and of what is stored of it.
    func seconds(_ part: Int, _ chunks: Int) -> (cells: Double, storing: Double) {
      let (before, after) = (totals[part], totals[part + 1])
      let count = Double(chunks)
      return (
        (share * (after.read - before.read) + after.compute - before.compute) / count,
        (after.compress + after.write - before.compress - before.write) / count
      )
    }
    let first = seconds(0, 1)
    let later = chunks.count > 1 ? seconds(1, chunks.count - 1) : first
    // The first chunk opened the files.
    let opening = max(0, first.cells - later.cells) / Double(count) * Double(whole.timeSteps.count)
    // What is made of all dates of a chunk is stored once, however many there are.
    let isPerDate = plan.products.contains { $0.stage == 0 && $0.isPerDate }
    let storing =
      later.storing * (isPerDate ? Double(whole.cellCount) / Double(count) : Double(whole.layout.count))
    let work = opening + later.cells / Double(count) * Double(whole.cellCount) + storing
    let cells = work / Double(max(whole.memory.workers, 1))
    // What follows composites is not in the probe: modules are tried for it, and files of what was stored.
    var stages = RunStages([whole], output, hasReport: hasReport)
    if output.formats.contains(.cog) {
      let trial = PublishingTrial(plan: plan, store: store, state: state)
      for kind in trial.kinds {
        if let seconds = trial.secondsPerByte(kind) { stages.expect(kind, seconds) }
      }
    }
    let (layers, files) = stages.secondsAfterCells
    return Result(
      cells: chunks.count * count, spent: Clock.seconds() - start,
      seconds: RunProbe.range(cells: cells, layers: layers, files: files + stages.endingSeconds),
      written: written)
  }

  /// From a good case to a bad one: what was tried of a part may be a third more or less of the rest.
  static func range(cells: Double, layers: Double, files: Double) -> ClosedRange<Double> {
    let all = cells + layers + files
    return (0.6 * all)...(1.6 * all + 0.1)
  }

  /// The time of a whole run.
  ///
  /// - Parameters:
  ///   - results: of its sequences.
  ///   - planning: seconds that the plan took, as it will once more.
  /// - Returns: nil where a sequence was not measured.
  public static func whole(_ results: [Result?], planning: Double) -> ClosedRange<Double>? {
    let ranges = results.compactMap { $0?.seconds }
    guard !ranges.isEmpty, ranges.count == results.count else { return nil }
    let lower = ranges.reduce(0.7 * planning) { $0 + $1.lowerBound }
    return lower...max(lower, ranges.reduce(1.5 * planning) { $0 + $1.upperBound })
  }

  /// Chunks spread over a grid of so many, in neither its rows nor its columns: one in the middle first.
  static func chunks(of count: Int) -> [Int] {
    var chosen: [Int] = []
    // Multiples of the golden ratio fill the unit interval evenly, however many there are.
    for place in 0..<min(RunProbe.mostChunks, count) {
      let share = (0.5 + Double(place) * 0.618_033_988_75).truncatingRemainder(dividingBy: 1)
      let chunk = min(Int(share * Double(count)), count - 1)
      if !chosen.contains(chunk) { chosen.append(chunk) }
    }
    return chosen
  }

  /// The bytes of all published rasters, by how far the probe's were compressed.
  private func estimatedBytes(
    _ whole: SequencePlan, _ plan: SequencePlan, _ state: SequenceState, chunks: [Int], stored: Int
  ) -> ClosedRange<Double> {
    let names = ProductFiles(plan: whole, formats: output.formats)
    let files = Double((names.units().flatMap(\.files) + names.wholes()).count)
    let pixels = chunks.reduce(0) { $0 + plan.layout.window(plan.layout.index($1)).count }
    let raw = plan.products.filter { $0.stage == 0 }
      .reduce(0.0) { $0 + Double(plan.layerLabels(of: $1).count * pixels) * RunStages.sampleBytes($1) }
    // Of measured values: of counts none is missing.
    let counts = plan.products.filter { $0.stage == 0 && $0.isPublished && !$0.variable.storage.isWhole }
      .flatMap { product in
        plan.layerLabels(of: product).indices.map {
          state.statistics(product: product.index, layer: $0).count
        }
      }
    let valid =
      counts.isEmpty ? 1 : Double(counts.reduce(0, +)) / Double(max(counts.count * pixels, 1))
    let share = raw > 0 ? min(Double(stored) / raw, 1) : 0.5
    let own = RunStages.rawBytes(of: whole)
    // The same in every format, and GeoTIFFs have overviews.
    let all = output.formats.reduce(0) { $0 + ($1 == .cog ? 4.0 / 3 : 1) * own }
    // A composite of a few dates has more gaps than one of all, and gaps compress to nothing.
    let isPerDate = whole.products.allSatisfy { !$0.isPublished || $0.isPerDate }
    let full = isPerDate ? share : min(share / max(valid, 0.1), 1)
    let most = RunStages.mostBytes(of: whole, output.formats)
    let upper = min(1.3 * full * all + 40_000 * files, most)
    return min(0.7 * share * all, upper)...upper
  }

  private static func size(_ folder: String) -> Int {
    ((try? LocalFiles.list(folder)) ?? []).reduce(0) { sum, name in
      let path = "\(folder)/\(name)"
      // Documents of arrays and groups are no samples.
      if name.hasPrefix(".z") { return sum }
      return sum + (LocalFiles.isDirectory(path) ? size(path) : (try? LocalFiles.size(path)) ?? 0)
    }
  }
}
