internal import ArgumentParser
internal import Cluster
internal import Engine
internal import Pipeline
internal import Storage

/// What `apus run` does where a part of the work, or all of it, is done elsewhere.
struct ClusterSubmission {
  let config: PipelineConfig
  let printer: ProgressPrinter
  let isFresh: Bool
  let isPlanOnly: Bool
  let isPrinted: Bool
  let isAwaited: Bool
  let isQuiet: Bool

  func run() async throws {
    // One task from the first to the last: a signal is told to one only.
    try await Interruption.cancelling { try await go() }
  }

  private func go() async throws {
    if !isPrinted, let jobs = try await JobsAtWork(of: config) {
      try jobs.check(config, isFresh: isFresh, isPlanOnly: isPlanOnly)
      try await jobs.startDue()
      // Those that could not be started are gone.
      if let jobs = try await JobsAtWork(of: config) { return try await comeBack(to: jobs) }
    }
    let prepared = isPrinted ? try await runner(isFresh).preview() : try await prepare(isFresh: isFresh)
    do {
      try await begin(prepared)
    } catch {
      await prepared.release()
      throw error
    }
    await prepared.release()
  }

  private func begin(_ prepared: PreparedRun) async throws {
    let path = prepared.path
    guard !isPlanOnly, let engine = ClusterRun.engine(config.clusterMode, config.cluster) else {
      Console.result(path)
      for sequence in prepared.sequences where !isQuiet {
        Console.message(
          "\(sequence.name): \(sequence.waiting.count) of \(sequence.chunks) chunks wait, of \(sequence.dates) dates each"
        )
      }
      if !isQuiet { Console.message("then: apus work \(path) --shard 0/1, and apus work \(path) --publish") }
      return
    }
    let cluster = cluster(engine)
    if isPrinted {
      Console.document(try cluster.preview(prepared))
      return
    }
    if prepared.sequences.allSatisfy(\.waiting.isEmpty), case let status = try await RunStatus(path),
      status.isComplete, !status.hasLosses
    {
      say("\(path): complete")
      Console.result(path)
      return
    }
    try await goOn(prepared, cluster, ClusterJobsWaiting(engine, config, say: say), isShown: false)
  }

  private func cluster(_ engine: any ClusterEngine) -> ClusterRun {
    ClusterRun(engine, settings: config.cluster, program: ProcessPath.own)
  }

  /// Plans the run, and keeps other processes from it until its jobs are submitted.
  private func prepare(isFresh: Bool) async throws -> PreparedRun {
    do {
      return try await runner(isFresh).prepare(keepsLock: true) { try await JobsAtWork.refuse(for: config) }
    } catch let error as StorageError where error.operation == .lock && !config.sharesFolder {
      // Another process is about to submit.
      Console.message("apus: \(error)")
      throw ExitStatus.temporary
    }
  }

  private func runner(_ isFresh: Bool) -> PipelineRunner {
    PipelineRunner(config, version: Apus.version, isFresh: isFresh) { [printer] in printer.show($0) }
  }

  /// Takes up the jobs of an earlier call, and what comes after them.
  private func comeBack(to jobs: JobsAtWork) async throws {
    let path = config.runPath
    say("\(path): the jobs of an earlier call are still at work: \(names(jobs.record))")
    Console.result(path)
    let isLast = jobs.record.jobs.contains { $0.kind == "publish" }
    let waiting = ClusterJobsWaiting(jobs.engine, config, say: say)
    guard try await hasWaited(for: jobs.record, jobs.engine, waiting, isLast: isLast) else { return }
    if isLast { return try await waiting.sayHowItEnded() }
    try await goOn(prepare(isFresh: false), cluster(jobs.engine), waiting, isShown: true)
  }

  /// Waits for jobs, if that is asked for.
  ///
  /// - Returns: whether they have ended.
  private func hasWaited(
    for record: ClusterRecord, _ engine: any ClusterEngine, _ waiting: ClusterJobsWaiting, isLast: Bool
  ) async throws -> Bool {
    guard isAwaited else {
      say("apus status \(config.runPath) shows how far it is; apus cancel \(config.runPath) stops it")
      if !type(of: engine).startsWhatWaits, record.jobs.count > 1 {
        say(
          "\(record.engine) starts no job that waits for others: the same command, given again and again, starts those "
            + "that are due, and does so with --wait until all have ended")
      }
      if !isLast { say("the same command does what comes after these jobs, when they have ended") }
      return false
    }
    try await waiting.wait(for: record)
    return true
  }

  /// Goes through the graph of jobs, round by round: submits those of the cluster that can begin, and does the local ones
  /// that can be done. There is one round where all jobs are the cluster's.
  private func goOn(
    _ first: PreparedRun, _ cluster: ClusterRun, _ waiting: ClusterJobsWaiting, isShown: Bool
  ) async throws {
    let path = first.path
    var tried: Set<String> = []
    var prepared = first
    var isShown = isShown
    while true {
      let (graph, round, record) = try await submit(from: prepared, without: tried, cluster)
      guard !round.submitted.isEmpty || !round.local.isEmpty else {
        return try await waiting.sayHowItEnded()
      }
      tried.formUnion(round.submitted.map { graph.jobs[$0].name } + round.local.map(\.name))
      if let record {
        let tasks = record.jobs.map(\.tasks.count).reduce(0, +)
        say("\(path): submitted \(names(record)); \(tasks) tasks compute")
      }
      if !isShown { Console.result(path) }
      isShown = true
      for job in round.local { try await perform(job, path) }
      if let record {
        let isDone = try await hasWaited(for: record, cluster.engine, waiting, isLast: round.isLast)
        guard isDone else { return }
      }
      if round.isLast { return try await waiting.sayHowItEnded() }
      prepared = try await prepare(isFresh: false)
    }
  }

  /// Submits those jobs of a run that can begin, and lets other processes plan it then.
  ///
  /// - Returns: the jobs of the run, those that can be submitted or done now, and what was submitted; nil for nothing.
  private func submit(
    from prepared: PreparedRun, without tried: Set<String>, _ cluster: ClusterRun
  ) async throws -> (JobGraph, JobGraph.Round, ClusterRecord?) {
    do {
      let graph = try await cluster.graph(prepared)
      let round = graph.round(without: tried)
      let isAny = !round.submitted.isEmpty
      let record = isAny ? try await cluster.submit(round.submitted, of: graph, prepared) : nil
      await prepared.release()
      return (graph, round, record)
    } catch {
      await prepared.release()
      throw error
    }
  }

  /// Does a job here.
  private func perform(_ job: JobGraph.Job, _ path: String) async throws {
    let worker = try await ShardWorker(
      path, version: Apus.version, threads: config.resources.threads, memory: config.resources.memory
    ) { [printer] in printer.show($0) }
    guard case .computing(let sequence, let stage) = job.work else {
      return try await RunPublishing(worker, printer).publish()
    }
    let outcome = try await worker.run(shard: 0, of: 1, sequence: sequence, stage: stage)
    say(
      "\(path): \(job.kind): \(outcome.done) cells computed, \(outcome.kept) kept, \(outcome.failed) failed")
  }

  private func names(_ record: ClusterRecord) -> String {
    record.jobs.map { "\($0.kind) \($0.id)" }.joined(separator: ", ")
  }

  private func say(_ text: String) { if !isQuiet { Console.message(text) } }
}
