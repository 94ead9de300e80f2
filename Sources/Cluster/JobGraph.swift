internal import Pipeline

/// The jobs of a run, in an order in which each comes after those it waits for: a probe; for each sequence one of shards,
/// and one for each later stage that is worth tasks of its own, or has another place; and that which publishes.
///
/// Where all is computed, there are the first and the last alone.
public struct JobGraph: Sendable {
  /// A job, and the jobs before it that it waits for.
  public struct Job: Sendable {
    /// What it is, in words: "shards", with the sequence's name where there are several.
    public let kind: String
    public let name: String
    public let work: Work
    /// Whether the process that runs the pipeline does it; else it is a job of the cluster.
    public let isLocal: Bool
    /// Whether it has chunks that nobody has tried; those with failed cells are tried again, and are no obstacle.
    let isMissing: Bool
    /// The arguments of `apus work RUN`.
    let arguments: String
    /// Nil where the machines share no folder.
    let log: String?
    /// The numbers of its tasks; empty for one task.
    public internal(set) var tasks: [Int] = []
    var waits: [Wait] = []
  }

  /// What a job does.
  public enum Work: Sendable, Equatable {
    case probing
    case computing(sequence: String, stage: Int)
    case publishing
  }

  /// Another job that has to end, well where success is needed.
  struct Wait: Sendable {
    /// By its place in the graph.
    let job: Int
    let needsSuccess: Bool
  }

  public private(set) var jobs: [Job] = []
  /// Into how many shards the grid is divided.
  let shards: Int

  /// - Parameters:
  ///   - known: into how many shards the grid was divided before; nil for a run's first submission.
  ///   - limit: the most tasks of a job that the engine allows.
  init(_ run: PreparedRun, settings: ClusterSettings, shards known: Int?, limit: Int?) {
    let folder = run.location
    let hasFolder = run.hasSharedFolder
    let mark = KeyMark.of(folder)
    shards = ShardCount(settings).shards(of: run, known: known, limit: limit)
    let most = shards
    var computing: [Int] = []
    var last: [String: Int] = [:]
    func add(
      _ kind: String, of sequence: String = "", file: String? = nil, _ work: Work, mode: RunMode?,
      isMissing: Bool = false, _ arguments: String, tasks: [Int] = [], waits: [Wait] = []
    ) -> Int {
      let file = file ?? kind
      jobs.append(
        Job(
          kind: run.sequences.count > 1 && !sequence.isEmpty ? "\(kind) \(sequence)" : kind,
          name: "apus-\(mark)-\(file)", work: work, isLocal: mode == .local, isMissing: isMissing,
          arguments: arguments, log: hasFolder ? "\(folder)/ledger/logs/\(file)-" : nil,
          tasks: mode == .local ? [] : tasks, waits: waits))
      return jobs.count - 1
    }
    let probe = add("probe", .probing, mode: nil, "--probe")
    for (number, sequence) in run.sequences.enumerated() {
      let prefix = run.sequences.count > 1 ? "\(number + 1)-" : ""
      let choice = run.sequences.count > 1 ? "--sequence \(quoted(sequence.name)) " : ""
      // Cells that fail are losses, for which what comes after need not wait: it says itself where chunks are missing. Of
      // the probe all need the success.
      let probed = Wait(job: probe, needsSuccess: true)
      var before =
        sequence.after.compactMap { last[$0] }.map { Wait(job: $0, needsSuccess: false) } + [probed]
      func compute(
        _ kind: String, file: String, stage: Int, _ chunks: [Int], isMissing: Bool, mode: RunMode, count: Int
      ) {
        let cut = stage == 0 ? sequence.shardCut : ShardCut(even: sequence.chunks)
        let tasks = cut.shards(of: chunks, count: count)
        let stageWords = stage == 0 ? "" : "--stage \(stage) "
        let job = add(
          kind, of: sequence.name, file: prefix + file, .computing(sequence: sequence.name, stage: stage),
          mode: mode, isMissing: isMissing,
          "\(choice)\(stageWords)--shard \(mode == .local ? "0/1" : "$APUS_TASK/\(count)")", tasks: tasks,
          waits: before)
        before = [Wait(job: job, needsSuccess: false), probed]
        computing.append(job)
        last[sequence.name] = job
      }
      if !sequence.waiting.isEmpty {
        compute(
          "shards", file: "shards", stage: 0, sequence.waiting,
          isMissing: !sequence.failed.isSuperset(of: sequence.waiting), mode: sequence.mode, count: most)
      }
      // The job that publishes computes what comes last and belongs to the same place, unless it is worth tasks.
      let apart = sequence.laterStages.lastIndex { ($0.mode == .local) != (run.publishMode == .local) } ?? -1
      for (place, stage) in sequence.laterStages.enumerated() {
        let count = min(most, ShardCount(settings).worth(stage))
        guard place <= apart || count > 1 && stage.mode != .local else { break }
        compute(
          "layers", file: "layers-\(stage.index)", stage: stage.index, stage.waiting,
          isMissing: sequence.failed.isEmpty, mode: stage.mode, count: max(count, 1))
      }
    }
    // Also when tasks failed: then it says which cells are missing, and the same command submits them again.
    _ = add(
      "publish", .publishing, mode: run.publishMode, "--publish",
      waits: computing.isEmpty
        ? [Wait(job: probe, needsSuccess: true)] : computing.map { Wait(job: $0, needsSuccess: false) })
  }
}

extension JobGraph {
  /// What a job waits for, as it is shown: a local one needs no probe of the cluster, and one that waits for others has it
  /// behind those.
  func shownWaits(of job: Job) -> [Wait] {
    job.waits.filter { jobs[$0.job].work != .probing || !job.isLocal && job.waits.count == 1 }
  }

  /// How a job stands while the one process goes through the graph that does the local ones and submits the others.
  private enum Standing {
    /// All that it waits for is there, or is a job of the cluster that the engine itself waits for.
    case now
    case later
    /// It was tried, and the run goes on without what it lacks: cells failed.
    case lossy
    /// It lacks what nobody has computed, or waits for what lacks it.
    case missing
  }

  /// What can be done now.
  public struct Round: Sendable {
    /// Jobs to be submitted, by their places in the graph.
    public let submitted: [Int]
    /// Jobs for this process.
    public let local: [Job]
    /// Whether others come after them.
    public let isLast: Bool
  }

  /// The jobs that can be submitted or done now.
  ///
  /// - Parameter tried: the names of those that were, while this process runs: they are not repeated. What they computed
  ///   is in the graph no longer.
  public func round(without tried: Set<String>) -> Round {
    var standings: [Standing] = []
    for job in jobs {
      // Each round of jobs has a probe of its own.
      let waits = job.waits.filter { jobs[$0.job].work != .probing }
      if tried.contains(job.name), job.work != .probing {
        standings.append(job.isMissing ? .missing : .lossy)
      } else if waits.contains(where: { standings[$0.job] == .missing }) {
        standings.append(.missing)
      } else if waits.contains(where: { $0.needsSuccess && standings[$0.job] == .lossy }) {
        standings.append(.lossy)
      } else {
        let isReady = waits.allSatisfy { wait in
          standings[wait.job] == .lossy
            || standings[wait.job] == .now && !job.isLocal && !jobs[wait.job].isLocal
        }
        standings.append(isReady ? .now : .later)
      }
    }
    let ready = jobs.indices.filter { standings[$0] == .now }
    let submitted = ready.filter { !jobs[$0].isLocal }
    return Round(
      submitted: submitted.count > 1 ? submitted : [], local: ready.map { jobs[$0] }.filter(\.isLocal),
      isLast: !standings.contains(.later))
  }
}
