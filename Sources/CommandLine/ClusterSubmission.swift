internal import ArgumentParser
internal import Cluster
internal import Engine
internal import Pipeline

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
    let prepared = isPrinted ? try await runner(isFresh).preview() : try await prepare(isFresh: isFresh)
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
    let cluster = ClusterRun(engine, settings: config.cluster, program: ProcessPath.own)
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
    try await goOn(prepared, cluster, ClusterJobsWaiting(engine, prepared, say: say))
  }

  private func prepare(isFresh: Bool) async throws -> PreparedRun { try await runner(isFresh).prepare() }

  private func runner(_ isFresh: Bool) -> PipelineRunner {
    PipelineRunner(config, version: Apus.version, isFresh: isFresh) { [printer] in printer.show($0) }
  }

  /// Goes through the graph of jobs, round by round: submits those of the cluster that can begin, and does the local ones
  /// that can be done. There is one round where all jobs are the cluster's.
  private func goOn(
    _ first: PreparedRun, _ cluster: ClusterRun, _ waiting: ClusterJobsWaiting
  ) async throws {
    let path = first.path
    var tried: Set<String> = []
    var prepared = first
    var isShown = false
    while true {
      var record = try await cluster.jobsAtWork(prepared)
      var isLast = false
      var local: [JobGraph.Job] = []
      if let record {
        say("\(path): the jobs of an earlier call are still at work: \(names(record))")
        isLast = record.jobs.contains { $0.kind == "publish" }
      } else {
        let graph = try await cluster.graph(prepared)
        let round = graph.round(without: tried)
        guard !round.submitted.isEmpty || !round.local.isEmpty else {
          return try await waiting.sayHowItEnded()
        }
        tried.formUnion(round.submitted.map { graph.jobs[$0].name } + round.local.map(\.name))
        if !round.submitted.isEmpty {
          let jobs = try await cluster.submit(round.submitted, of: graph, prepared)
          let tasks = jobs.jobs.map(\.tasks.count).reduce(0, +)
          say("\(path): submitted \(names(jobs)); \(tasks) tasks compute")
          record = jobs
        }
        (isLast, local) = (round.isLast, round.local)
      }
      if !isShown { Console.result(path) }
      isShown = true
      for job in local { try await perform(job, path) }
      if let record {
        guard isAwaited else {
          say("apus status \(path) shows how far it is; apus cancel \(path) stops it")
          if !isLast { say("the same command does what comes after these jobs, when they have ended") }
          return
        }
        try await waiting.wait(for: record)
      }
      if isLast { return try await waiting.sayHowItEnded() }
      prepared = try await prepare(isFresh: false)
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
