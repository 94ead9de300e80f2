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
    (self.engine, self.settings, self.program) = (engine, settings, program)
  }

  /// The engine of a run mode; nil for `local`.
  public static func engine(_ mode: RunMode, _ settings: ClusterSettings) -> (any ClusterEngine)? {
    switch mode {
    case .local: nil
    case .slurm: Slurm(settings)
    case .gridEngine: GridEngine(settings)
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
      for job in jobs {
        let id = try await engine.submit(job.describe(submitted.map(\.id)))
        submitted.append(
          ClusterRecord.Job(id: id, name: job.name, kind: job.kind, tasks: job.tasks))
      }
    } catch {
      // A part of the jobs would wait for ever.
      try await engine.cancel(submitted.map(\.id))
      throw error
    }
    let shards = jobs.first { $0.kind == "shards" }
    let record = ClusterRecord(
      engine: type(of: engine).name, shards: shards?.shards ?? before?.shards ?? 1, jobs: submitted)
    try record.write(to: run.directory)
    return .submitted(record, tasks: shards?.tasks.count ?? 0)
  }

  /// The scripts that `submit` would hand in, and which waits for which.
  public func preview(_ run: PreparedRun) async throws -> String {
    let jobs = try self.jobs(of: run, shards: try ClusterRecord(run.directory)?.shards, limit: nil)
    var ids: [String] = []
    return jobs.map { job in
      let text = "# job \(job.name)\n" + engine.script(of: job.describe(ids))
      ids.append("<\(job.name)>")
      return text
    }.joined(separator: "\n")
  }

  // MARK: Jobs

  /// A job, and the jobs before it that it waits for.
  private struct Planned {
    let kind: String
    let name: String
    let tasks: [Int]
    let shards: Int
    let describe: @Sendable (_ earlier: [String]) -> JobDescription
  }

  private func logs(_ run: PreparedRun) -> String { "\(run.directory.path)/ledger/logs" }

  /// The jobs of a run; where all is computed, that which publishes alone.
  private func jobs(of run: PreparedRun, shards known: Int?, limit: Int?) throws -> [Planned] {
    let folder = run.directory.absolutePath
    let threads = settings.cpus ?? max(1, run.threads)
    let memory = settings.memory ?? run.memory + (256 << 20)
    let work =
      "\(quoted(program)) work \(quoted(folder)) --threads \(threads) --memory \(max(run.memory, 256 << 20))"
    let mark = KeyMark.of(folder)
    func job(
      _ kind: String, _ arguments: String, tasks: [Int] = [], shards: Int = 1,
      waits: @escaping @Sendable ([String]) -> [JobDescription.Wait]
    ) -> Planned {
      let name = "apus-\(mark)-\(kind)"
      let log = "\(folder)/ledger/logs/\(kind)-%.log"
      return Planned(kind: kind, name: name, tasks: tasks, shards: shards) { earlier in
        JobDescription(
          name: name, command: "\(work) \(arguments)", tasks: tasks, waits: waits(earlier), log: log,
          memory: memory, cpus: threads)
      }
    }
    let count = known ?? shardCount(run, limit: limit)
    let waiting = (0..<count).filter { shard in
      run.sequences.contains { sequence in
        let chunks = ShardWorker.chunks(of: sequence.chunks, shard: shard, of: count)
        return sequence.waiting.contains(where: chunks.contains)
      }
    }
    var jobs = [job("probe", "--probe") { _ in [] }]
    if !waiting.isEmpty {
      jobs.append(
        job("shards", "--shard $APUS_TASK/\(count)", tasks: waiting, shards: count) {
          [.success(of: $0.last ?? "")]
        })
    }
    // Also when tasks failed: then it says which cells are missing, and the same command submits them again.
    let isAlone = waiting.isEmpty
    jobs.append(
      job("publish", "--publish") { [isAlone ? .success(of: $0.last ?? "") : .end(of: $0.last ?? "")] })
    return jobs
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
