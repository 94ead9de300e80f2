public import Pipeline
internal import Storage

/// The part of a run that a cluster computes: jobs that wait for one another.
public struct ClusterRun: Sendable {
  /// What the jobs are handed to.
  public let engine: any ClusterEngine
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

  /// The jobs of what of a prepared run is not computed yet.
  ///
  /// - Throws: `ClusterError` where the engine does not answer.
  public func graph(_ run: PreparedRun) async throws -> JobGraph {
    let limit = try await engine.taskLimit()
    for (key, value) in [("tasks", settings.tasks), ("array_limit", settings.arrayLimit)] {
      guard let value, let limit, value > limit else { continue }
      throw ClusterError(
        "\"\(key)\" is \(value), and \(type(of: engine).name) takes at most \(limit) tasks in one job here",
        isConfigMistake: true)
    }
    return JobGraph(run, settings: settings, shards: try ClusterRecord(run.directory)?.shards, limit: limit)
  }

  /// Submits jobs of a graph, and records them.
  ///
  /// - Parameters:
  ///   - chosen: their places in the graph; what they wait for besides these has ended.
  ///   - graph: of the run's jobs.
  ///   - run: planned, with its directory.
  /// - Throws: `ClusterError`, `PlanError`, `StorageError`, what an object store says: none is left submitted then.
  public func submit(_ chosen: [Int], of graph: JobGraph, _ run: PreparedRun) async throws -> ClusterRecord {
    if run.mirror == nil { try LocalFiles.createDirectory("\(run.directory.path)/ledger/logs") }
    let earlier = try ClusterRecord(run.directory)
    var submitted: [ClusterRecord.Job] = []
    var ids: [Int: String] = [:]
    do {
      for place in chosen {
        let job = graph.jobs[place]
        let id = try await engine.submit(
          describe(job, ids, run, isLast: place == chosen.last))
        ids[place] = id
        submitted.append(ClusterRecord.Job(id: id, name: job.name, kind: job.kind, tasks: job.tasks))
        // After each: if this process is killed, `cancel` and the same command know of those that are there.
        try await keep(record(submitted, graph), run)
        // From now on others see that there are jobs; a task may plan the run itself, to publish it.
        await run.release()
      }
      return record(submitted, graph)
    } catch {
      // A part of the jobs would wait for ever. Ctrl-C, which may be why it ends here, must not stop this.
      let made = submitted.map(\.id)
      do {
        try await Task { [engine] in try await engine.cancel(made) }.value
      } catch let fault {
        // They stay in the record, for `cancel`.
        let jobs = made.joined(separator: ", ")
        throw ClusterError(
          "\(error); the jobs \(jobs) were submitted before and cannot be cancelled now (\(fault)): apus cancel "
            + "\(run.path) stops them", isTemporary: true)
      }
      // What went wrong matters more than a record of jobs that are gone.
      try? await Task { [self] in try await keep(earlier, run) }.value
      throw error
    }
  }

  /// Makes a record that of the run, here and where other machines find it.
  ///
  /// - Parameter record: nil where the run has no jobs.
  private func keep(_ record: ClusterRecord?, _ run: PreparedRun) async throws {
    if let record {
      try record.write(to: run.directory)
      try await run.mirror?.push(ClusterRecord.name)
    } else {
      try LocalFiles.remove("\(run.directory.path)/\(ClusterRecord.name)")
      try await run.mirror?.remove(ClusterRecord.name)
    }
  }

  private func record(_ jobs: [ClusterRecord.Job], _ graph: JobGraph) -> ClusterRecord {
    ClusterRecord(engine: type(of: engine).name, shards: graph.shards, jobs: jobs)
  }

  /// The graph of jobs, and the scripts that would be handed in.
  public func preview(_ run: PreparedRun) throws -> String {
    let graph = JobGraph(
      run, settings: settings, shards: run.jobs?.shards, limit: nil)
    let jobs = graph.jobs
    let needsCluster = jobs.contains { !$0.isLocal && $0.work != .probing }
    let shown = jobs.indices.filter { jobs[$0].work != .probing || needsCluster }
    let lines = shown.map { place in
      let job = jobs[place]
      let tasks = job.tasks.isEmpty ? "" : job.tasks.count == 1 ? " (1 task)" : " (\(job.tasks.count) tasks)"
      let waits = graph.shownWaits(of: job).map { (jobs[$0.job].kind, $0.needsSuccess) }
      let words = [("after the success of", true), ("after the end of", false)].compactMap { word, success in
        let names = waits.filter { $0.1 == success }.map(\.0).joined(separator: ", ")
        return names.isEmpty ? nil : "\(word) \(names)"
      }
      return "#   \(job.kind)\(job.isLocal ? " (local)" : tasks)"
        + (words.isEmpty ? "" : ": " + words.joined(separator: "; "))
    }
    let ids = Dictionary(uniqueKeysWithValues: shown.map { ($0, "<\(jobs[$0].name)>") })
      .filter { !jobs[$0.key].isLocal }
    let scripts = try shown.map { place in
      let job = jobs[place]
      guard !job.isLocal else {
        return "# \(job.name), by the process that runs the pipeline\n# \(command(job, run))\n"
      }
      return "# job \(job.name)\n"
        + (try engine.script(of: describe(job, ids, run, isLast: place == ids.keys.max())))
    }
    return (["# jobs:"] + lines).joined(separator: "\n") + "\n\n" + scripts.joined(separator: "\n")
  }

  // MARK: Jobs

  /// - Parameter ids: the engine's names for the jobs before it, by their places.
  private func describe(
    _ job: JobGraph.Job, _ ids: [Int: String], _ run: PreparedRun, isLast: Bool
  ) -> JobDescription {
    var waits = job.waits.compactMap { wait in
      ids[wait.job].map { wait.needsSuccess ? JobDescription.Wait.success(of: $0) : .end(of: $0) }
    }
    // All else that it waits for has ended: the probe is the first of the graph.
    if waits.isEmpty, job.work != .probing, let probe = ids[0] { waits = [.success(of: probe)] }
    return JobDescription(
      name: job.name, command: command(job, run), tasks: job.tasks, waits: waits, log: job.log,
      memory: settings.memory ?? run.memory + ClusterSettings.memoryBeside, cpus: threads(run), isLast: isLast
    )
  }

  private func threads(_ run: PreparedRun) -> Int { settings.cpus ?? max(1, run.threads) }

  private func command(_ job: JobGraph.Job, _ run: PreparedRun) -> String {
    let limit = settings.memory.map { $0 - ClusterSettings.memoryBeside } ?? run.memory
    return "\(quoted(program)) work \(quoted(run.location)) --threads \(threads(run)) "
      + "--memory \(limit) \(job.arguments)"
  }
}

/// A short mark of a run directory, so that jobs of several runs are told apart in the engine's lists.
enum KeyMark {
  static func of(_ path: String) -> String {
    String(UInt32(Checksum.crc32(Array(path.utf8))), radix: 16)
  }
}
