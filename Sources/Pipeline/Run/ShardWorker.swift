internal import Engine
internal import GDAL
internal import Geo
internal import Glibc
internal import JSON
internal import Network
internal import Storage

/// Computes a part of a run's cells into the run's store, beside other processes that compute other parts, or the same.
///
/// It holds no lock and writes to no file that another process writes to: its records are in a ledger of its own, and
/// chunks come under their names whole. So it may run twice, late, or beside itself.
public struct ShardWorker: Sendable {
  /// What it came to.
  public struct Outcome: Sendable {
    public var done = 0
    public var failed = 0
    /// Cells that were there already.
    public var kept = 0
    /// Chunks of a later stage that are not computed, since what they are computed from is not all there.
    public var early = 0
    /// The same where all that is not there failed: the job that publishes computes them with what there is.
    public var left = 0
  }

  let directory: RunDirectory
  /// Nil where the run directory is a folder.
  public let mirror: RunMirror?
  private let version: String
  private let threads: Int?
  private let memory: Int?
  private let notify: @Sendable (PipelineRunner.Event) -> Void

  /// - Parameters:
  ///   - run: the run directory, or its URL in an object store: then what the store has of the run is brought first.
  ///   - version: of Apus.
  ///   - threads: worker threads instead of the run's; nil for the run's.
  ///   - memory: the memory limit in bytes instead of the run's; nil for the run's.
  ///   - notify: called with what happens, on any thread.
  /// - Throws: `GDALError`, `PlanError`, `StorageError` where the store does not give what it has.
  public init(
    _ run: String, version: String, threads: Int?, memory: Int?,
    notify: @escaping @Sendable (PipelineRunner.Event) -> Void
  ) async throws {
    mirror = VirtualPath.isObjectStore(run) ? try await RunMirror.open(run) : nil
    directory = mirror?.directory ?? RunDirectory(run)
    (self.version, self.threads, self.memory, self.notify) = (version, threads, memory, notify)
  }

  /// The config that a run was begun with.
  ///
  /// - Throws: `PlanError` when the directory holds no run, or one of another version.
  public func config() throws -> PipelineConfig {
    guard LocalFiles.isDirectory(directory.path) else {
      throw PlanError(
        "\(directory.path) cannot be seen from \(ShardWorker.host): the run directory must lie in a folder that all "
          + "nodes share", isConfigMistake: true)
    }
    guard LocalFiles.exists(directory.runDocument) else {
      throw PlanError("\(place) holds no run of Apus (no run.json)", isConfigMistake: true)
    }
    let document = try RunDocument.read(
      LocalFiles.readAll(directory.runDocument), path: directory.runDocument)
    let other = document["apus"]?.string ?? ""
    guard other == version else {
      throw PlanError(
        "the run was planned by apus \(other), and this is \(version) on \(ShardWorker.host): install one version "
          + "everywhere", isConfigMistake: true)
    }
    // What it means is compared with the run's own keys before anything is computed.
    // Paths in it start where the file was.
    let file = document["config_path"]?.string ?? document["config_file"]?.string ?? ""
    guard LocalFiles.exists(directory.config) else {
      throw PlanError(
        "\(place) was not planned for several processes (no \(RunDirectory.configName)): apus run \(file) --plan-only does "
          + "that", isConfigMistake: true)
    }
    // As the run was planned with it: what became of the file since then is of no account.
    let reading = try ConfigReader.read(LocalFiles.readAll(directory.config), file: file)
    guard var config = reading.config else {
      throw PlanError(
        "the run's config cannot be used on \(ShardWorker.host): \(reading.messages.joined(separator: "; "))",
        isConfigMistake: true)
    }
    config.output.location = place
    if mirror != nil { config.output.work = directory.path }
    config.override(threads: threads, memory: memory)
    return config
  }

  /// The run directory as it was named.
  private var place: String { mirror?.location ?? directory.path }

  /// Brings the chunks that a run in an object store has there, for whoever publishes.
  ///
  /// - Throws: `GDALError` where one is there and cannot be had.
  public func fetchChunks() async throws { try await mirror?.fetchChunks() }

  /// Runs `body`, which publishes the run, where no other process does; a folder is locked by it.
  ///
  /// - Parameter body: publishes.
  /// - Throws: `StorageError` where another does, `GDALError`, what `body` throws.
  public func publishing(_ body: @escaping @Sendable () async throws -> Void) async throws {
    if let mirror { try await mirror.publishing(body) } else { try await body() }
  }

  /// Computes one shard, as the run's plan deals chunks to shards.
  ///
  /// - Parameters:
  ///   - index: the shard, 0..<`count`.
  ///   - count: how many shards the chunks are dealt to, 1 or more.
  ///   - name: the sequence; all of them when nil.
  ///   - stage: which of its stages: 0 is that of the cells of dates.
  /// - Throws: `PlanError`, `StorageError`, `CancellationError`: what was finished is recorded.
  public func run(
    shard index: Int, of count: Int, sequence name: String? = nil, stage: Int = 0
  ) async throws -> Outcome {
    let config = try config()
    guard let recorded = try RecordedPlan(directory) else {
      throw PlanError("\(place) holds no run of Apus", isConfigMistake: true)
    }
    var planned = try await PipelinePlanner(config, recorded: recorded).plan()
    planned = UsableDates.recorded(in: recorded, planned)
    // Containers of one host may have one process number.
    let process = "\(getpid())-\(String(UInt32.random(in: .min ... .max), radix: 36))"
    let now = Clock.now().microsecondsSince1970 / 1_000_000
    let worker = "\(now).\(ShardWorker.host).\(process).\(index)-\(count)"
    let versions = try InputVersions(directory, run: recorded.run, worker: worker)
    let keys = RunKeys(planned, recorded: recorded, versions: versions)
    try check(keys, recorded)
    var outcome = Outcome()
    let sequences = keys.plan.sequences.filter { name == nil || $0.plan?.name == name }
    guard !sequences.isEmpty else {
      throw PlanError(
        "the run has no sequence \"\(name ?? "")\" that reads scenes: it has "
          + keys.plan.sequences.compactMap { $0.plan.map { "\"\($0.name)\"" } }.joined(separator: ", "),
        isConfigMistake: true)
    }
    for sequence in sequences {
      guard let plan = sequence.plan else { continue }
      guard plan.stages.indices.contains(stage), stage == 0 || plan.stages[stage].period != .fixed else {
        throw PlanError(
          "sequence \"\(plan.name)\" has no stage \(stage) that is computed from other stages",
          isConfigMistake: true)
      }
      let even = ShardCut(even: plan.layout.count)
      let chunks = (stage == 0 ? sequence.shardCut ?? even : even).chunks(ofShard: index, of: count)
      guard !chunks.isEmpty else { continue }
      let compute: @Sendable ((any RemoteChunks)?) async throws -> Outcome = { remote in
        try await run(
          plan, chunks, of: stage, sequence, run: recorded.run, worker: worker, versions, remote,
          config.output.formats)
      }
      let own =
        if let mirror { try await mirror.storing(run: recorded.run, compute) } else { try await compute(nil) }
      if let mirror, own.done > 0 { try await mirror.removeLateChunks(of: plan, config.output.formats) }
      outcome.early += own.early
      outcome.left += own.left
      outcome.done += own.done
      outcome.failed += own.failed
      outcome.kept += own.kept
    }
    return outcome
  }

  /// Results must be those that the run was planned for.
  private func check(_ keys: RunKeys, _ recorded: RecordedPlan) throws {
    for sequence in keys.plan.sequences {
      guard let plan = sequence.plan else { continue }
      let now = keys.details[plan.name]?["arrays"]?.text(sortedKeys: true)
      let then = recorded.sequences[plan.name]?["keys"]?["arrays"]?.text(sortedKeys: true)
      guard now == then else {
        throw PlanError(
          "sequence \"\(plan.name)\": what is seen from \(ShardWorker.host) is not what the run was planned with (an "
            + "input file is another or cannot be seen there, or the config's files are): run the command that began the "
            + "run again")
      }
    }
  }

  private func run(
    _ plan: SequencePlan, _ chunks: Range<Int>, of stage: Int, _ sequence: PlannedSequence, run: String,
    worker: String, _ versions: InputVersions, _ remote: (any RemoteChunks)?, _ formats: [OutputFormat]
  ) async throws -> Outcome {
    let store = ChunkStore(directory: directory.store, deflateLevel: sequence.deflateLevel, remote: remote)
    let ledger = try Ledger(directory: directory.ledger, plan: plan, run: run, worker: worker)
    let state = SequenceState(plan)
    let published = try PublishedFiles.listed(in: directory, run: run)
    let found = try await Resumption(plan: plan, store: store, ledger: ledger, state: state)
      .resume(isAlone: false, checked: chunks) { product, _ in
        published.values.contains { $0.contains(plan.products[product].key) }
      }
    let steps = plan.stages[stage].steps.count
    let cells = chunks.count * steps
    func waitingChunks() -> Int {
      state.waitingChunks(found.plan.stages[stage]).count(where: chunks.contains)
    }
    let waiting = waitingChunks() * steps
    notify(
      .sequenceBegan(
        name: plan.name, cells: cells, kept: (cells - waiting) / max(steps, 1), damaged: 0))
    let archive = RemoteArchive(sequence.access, record: versions)
    try await BandFiles.open(archive, connections: plan.memory.connections) { files in
      let runner = SequenceRunner(
        plan: found.plan, store: store, ledger: ledger, state: state,
        makeReader: BandReaders(plan: plan, files: files).make)
      try await runner.run(shard: chunks, of: stage) { [notify] ended, failed in
        notify(.progress(sequence: plan.name, ended: ended, failed: failed, cells: cells))
      }
    }
    if waiting > 0, remote == nil {
      try LateChunks(directory: directory, formats: formats).remove(plan, from: store)
    }
    let failed = state.losses().reduce(0) { $0 + $1.cells }
    let rest = stage == 0 ? 0 : waitingChunks()
    let ended = waiting - rest * steps
    let missing = state.waitingChunks(plan.stages[0])
    // What failed is tried again by the job that publishes, and only then it is known what comes of it.
    let isLeft = !missing.isEmpty && found.failedChunks.isSuperset(of: missing)
    return Outcome(
      done: ended - min(failed, ended), failed: failed, kept: cells - waiting, early: isLeft ? 0 : rest,
      left: isLeft ? rest : 0)
  }

  static let host: String = {
    var name = [CChar](repeating: 0, count: 256)
    gethostname(&name, name.count - 1)
    let text = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return String(text.map { $0.isLetter && $0.isASCII || $0.isNumber && $0.isASCII || $0 == "-" ? $0 : "-" })
  }()
}
