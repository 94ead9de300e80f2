internal import ArgumentParser
internal import Cluster
internal import Engine
internal import Pipeline

/// What `apus run` does where the work is done elsewhere.
struct ClusterSubmission {
  let config: PipelineConfig
  let runner: PipelineRunner
  let isPlanOnly: Bool
  let isPrinted: Bool
  let isAwaited: Bool
  let isQuiet: Bool

  func run() async throws {
    let prepared = try await Interruption.cancelling { try await runner.prepare() }
    let path = prepared.directory.path
    guard !isPlanOnly, let engine = ClusterRun.engine(config.runMode, config.cluster) else {
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
      Console.document(try await cluster.preview(prepared))
      return
    }
    if prepared.sequences.allSatisfy(\.waiting.isEmpty), try RunStatus(path).isComplete {
      say("\(path): complete")
      Console.result(path)
      return
    }
    switch try await cluster.submit(prepared) {
    case .atWork(let record):
      say("\(path): the jobs of an earlier call are still at work: \(names(record))")
    case .submitted(let record, let tasks):
      say("\(path): submitted \(names(record)); \(tasks) tasks compute")
    }
    Console.result(path)
    guard isAwaited, let record = try ClusterRecord(prepared.directory) else {
      say("apus status \(path) shows how far it is; apus cancel \(path) stops it")
      return
    }
    try await wait(for: record, engine, prepared.directory)
  }

  private func names(_ record: ClusterRecord) -> String {
    record.jobs.map { "\($0.kind) \($0.id)" }.joined(separator: ", ")
  }

  private func say(_ text: String) { if !isQuiet { Console.message(text) } }

  /// Waits for the last job; Ctrl-C leaves the jobs.
  private func wait(
    for record: ClusterRecord, _ engine: any ClusterEngine, _ directory: RunDirectory
  ) async throws {
    do {
      try await Interruption.cancelling {
        var last = ""
        while true {
          let states = try await engine.states(of: record.jobs.map(\.id))
          guard states.values.contains(where: \.isAtWork) else { return }
          let status = try RunStatus(directory.path)
          let cells = status.sequences.map(\.counts.total).reduce(0, +)
          // What holds the jobs back, where nothing runs: a queue, a hold, a node that is down.
          let isIdle = !states.values.contains { $0.running > 0 }
          let reasons = isIdle ? Set(states.values.flatMap(\.reasons)).sorted().joined(separator: ", ") : ""
          let held = reasons.isEmpty ? "" : "; no task runs: \(reasons)"
          let line = "\(cells) cells ended, \(status.waiting) wait\(held)"
          if line != last { say(line) }
          last = line
          try await Task.sleep(for: .seconds(2))
        }
      }
    } catch is CancellationError {
      Console.message(
        "apus: the jobs go on; the same command comes back to them, apus cancel \(directory.path) stops them")
      throw ExitStatus.failure
    }
    let status = try RunStatus(directory.path)
    guard status.isComplete else {
      Console.message(
        "apus: the jobs have ended and the run is not complete: apus status \(directory.path) shows what is missing, "
          + "ledger/logs in it what tasks said; the same command submits what is missing")
      throw status.failed > 0 ? ExitStatus.failure : ExitStatus.temporary
    }
    say("complete")
  }
}
