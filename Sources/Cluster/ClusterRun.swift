internal import JSON
public import Pipeline
internal import Storage

/// A run on a cluster: plans it here, and submits a probe, the shards and the publishing as jobs that wait for one
/// another.
public struct ClusterRun: Sendable {
  /// What was submitted.
  public enum Outcome: Sendable {
    /// Jobs, with the number of tasks that compute.
    case submitted(ClusterRecord, tasks: Int)
    /// Those of an earlier call are still at work.
    case atWork(ClusterRecord)
  }

  private let engine: any ClusterEngine
  private let settings: ClusterSettings
  /// The program that tasks run, by its absolute path.
  private let program: String

  public init(_ engine: any ClusterEngine, settings: ClusterSettings, program: String) {
    (self.engine, self.settings, self.program) = (engine, settings, settings.program ?? program)
  }

  /// The engine of a run mode; nil for `local`.
  public static func engine(_ mode: RunMode, _ settings: ClusterSettings) -> (any ClusterEngine)? {
    switch mode {
    case .local: nil
    case .slurm: Slurm(settings)
    case .gridEngine: GridEngine(settings)
    case .kubernetes: Kubernetes(settings)
    case .azureBatch: AzureBatch(settings)
    }
  }

  /// Submits what of a prepared run is not computed yet, unless its jobs are at work.
  ///
  /// - Throws: `ClusterError`, `PlanError`, `StorageError`.
  public func submit(_ run: PreparedRun) async throws -> Outcome {
    let before = try ClusterRecord(run.directory)
    if let before, before.engine == type(of: engine).name {
      let states = try await engine.states(of: before.jobs.map(\.id))
      if states.values.contains(where: \.isAtWork) { return .atWork(before) }
    }
    let limit = try await engine.taskLimit()
    let jobs = try self.jobs(of: run, shards: before?.shards, limit: limit)
    try LocalFiles.createDirectory(logs(run))
    var submitted: [ClusterRecord.Job] = []
    do {
      for (number, job) in jobs.enumerated() {
        let id = try await engine.submit(job.describe(submitted.map(\.id), isLast: number == jobs.count - 1))
        submitted.append(
          ClusterRecord.Job(id: id, name: job.name, kind: job.kind, tasks: job.tasks))
      }
    } catch {
      // A part of the jobs would wait for ever.
      try await engine.cancel(submitted.map(\.id))
      throw error
    }
    let record = ClusterRecord(
      engine: type(of: engine).name, shards: before?.shards ?? shardCount(run, limit: limit), jobs: submitted)
    try record.write(to: run.directory)
    return .submitted(record, tasks: jobs.map(\.tasks.count).reduce(0, +))
  }

  /// The graph of jobs, and the scripts that `submit` would hand in.
  public func preview(_ run: PreparedRun) async throws -> String {
    let jobs = try self.jobs(of: run, shards: try ClusterRecord(run.directory)?.shards, limit: nil)
    let graph = jobs.map { job in
      let tasks = job.tasks.isEmpty ? "" : job.tasks.count == 1 ? " (1 task)" : " (\(job.tasks.count) tasks)"
      let waits = job.waits.map { (jobs[$0.job].kind, $0.needsSuccess) }
      let words = [("after the success of", true), ("after the end of", false)].compactMap { word, success in
        let names = waits.filter { $0.1 == success }.map(\.0).joined(separator: ", ")
        return names.isEmpty ? nil : "\(word) \(names)"
      }
      return "#   \(job.kind)\(tasks)" + (words.isEmpty ? "" : ": " + words.joined(separator: "; "))
    }
    let ids = jobs.map { "<\($0.name)>" }
    let scripts = try jobs.enumerated().map { number, job in
      "# job \(job.name)\n" + (try engine.script(of: job.describe(ids, isLast: number == jobs.count - 1)))
    }
    return (["# jobs:"] + graph).joined(separator: "\n") + "\n\n" + scripts.joined(separator: "\n")
  }

  // MARK: Jobs

  /// A job, and the jobs before it that it waits for.
  private struct Planned {
    let kind: String
    let name: String
    var tasks: [Int] = []
    /// By place among the jobs.
    var waits: [(job: Int, needsSuccess: Bool)] = []
    let command: String
    let log: String
    let memory: Int
    let cpus: Int

    /// - Parameters:
    ///   - ids: the engine's names for the jobs before it.
    ///   - isLast: whether none comes after it.
    func describe(_ ids: [String], isLast: Bool) -> JobDescription {
      JobDescription(
        name: name, command: command, tasks: tasks,
        waits: waits.map { $0.needsSuccess ? .success(of: ids[$0.job]) : .end(of: ids[$0.job]) }, log: log,
        memory: memory, cpus: cpus, isLast: isLast)
    }
  }

  private func logs(_ run: PreparedRun) -> String { "\(run.directory.path)/ledger/logs" }

  /// The jobs of a run: a probe; for each sequence one of shards, and one for each later stage that is worth tasks of its
  /// own; and that which publishes. Where all is computed, there are the first and the last alone.
  private func jobs(of run: PreparedRun, shards known: Int?, limit: Int?) throws -> [Planned] {
    let folder = run.directory.absolutePath
    let threads = settings.cpus ?? max(1, run.threads)
    let memory = settings.memory ?? run.memory + (256 << 20)
    let work =
      "\(quoted(program)) work \(quoted(folder)) --threads \(threads) --memory \(max(run.memory, 256 << 20))"
    let mark = KeyMark.of(folder)
    let count = known ?? shardCount(run, limit: limit)
    var jobs: [Planned] = []
    func add(
      _ kind: String, of sequence: String = "", file: String? = nil, _ arguments: String, tasks: [Int] = [],
      waits: [(job: Int, needsSuccess: Bool)] = []
    ) -> Int {
      let file = file ?? kind
      jobs.append(
        Planned(
          kind: run.sequences.count > 1 && !sequence.isEmpty ? "\(kind) \(sequence)" : kind,
          name: "apus-\(mark)-\(file)", tasks: tasks, waits: waits, command: "\(work) \(arguments)",
          log: "\(folder)/ledger/logs/\(file)-%.log", memory: memory, cpus: threads))
      return jobs.count - 1
    }
    let probe = add("probe", "--probe")
    var computing: [Int] = []
    var last: [String: Int] = [:]
    for (number, sequence) in run.sequences.enumerated() {
      let prefix = run.sequences.count > 1 ? "\(number + 1)-" : ""
      let choice = run.sequences.count > 1 ? "--sequence \(quoted(sequence.name)) " : ""
      func tasks(_ chunks: [Int], of count: Int) -> [Int] {
        (0..<count).filter { shard in
          chunks.contains(where: ShardWorker.chunks(of: sequence.chunks, shard: shard, of: count).contains)
        }
      }
      var before = sequence.after.compactMap { last[$0] }.map { (job: $0, needsSuccess: true) }
      if before.isEmpty { before = [(probe, true)] }
      let shards = tasks(sequence.waiting, of: count)
      if !shards.isEmpty {
        let job = add(
          "shards", of: sequence.name, file: prefix + "shards", "\(choice)--shard $APUS_TASK/\(count)",
          tasks: shards, waits: before)
        before = [(job, true)]
        computing.append(job)
        last[sequence.name] = job
      }
      for stage in sequence.laterStages {
        // What is less than two tasks' work is done by the job that publishes.
        let count = min(count, worth(stage))
        guard count > 1 else { break }
        let job = add(
          "layers", of: sequence.name, file: "\(prefix)layers-\(stage.index)",
          "\(choice)--stage \(stage.index) --shard $APUS_TASK/\(count)",
          tasks: tasks(stage.waiting, of: count), waits: before)
        before = [(job, true)]
        computing.append(job)
        last[sequence.name] = job
      }
    }
    // Also when tasks failed: then it says which cells are missing, and the same command submits them again.
    _ = add(
      "publish", "--publish",
      waits: computing.isEmpty ? [(probe, true)] : computing.map { ($0, false) })
    return jobs
  }

  /// Into how many tasks a later stage is worth to be divided.
  private func worth(_ stage: PreparedRun.LaterStage) -> Int {
    if let tasks = settings.tasks { return tasks }
    let samples = Double(stage.samplesPerChunk) * Double(stage.waiting.count)
    return Int(min((samples / Double(Self.samplesPerTask)).rounded(.up), 1e6))
  }

  /// Samples that a task should have to be worth its start: about a minute of one core's work.
  private static let samplesPerTask = 2_000_000_000

  private func shardCount(_ run: PreparedRun, limit: Int?) -> Int {
    let most = min(settings.arrayLimit ?? limit ?? 1000, limit ?? .max)
    let chunks = run.sequences.map(\.chunks).max() ?? 1
    if let tasks = settings.tasks { return max(1, min(tasks, most, chunks)) }
    let samples = run.sequences.reduce(0.0) { $0 + Double($1.samplesPerChunk) * Double($1.waiting.count) }
    let wanted = (samples / Double(Self.samplesPerTask)).rounded(.up)
    return max(1, min(Int(min(wanted, 1e6)), most, chunks))
  }
}

/// A short mark of a run directory, so that jobs of several runs are told apart in the engine's lists.
enum KeyMark {
  static func of(_ path: String) -> String {
    String(UInt32(Checksum.crc32(Array(path.utf8))), radix: 16)
  }
}
