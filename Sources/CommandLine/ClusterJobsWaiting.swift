internal import ArgumentParser
internal import Cluster
internal import Engine
internal import Pipeline
internal import Storage

/// Waits for jobs of a run, saying how far it is.
struct ClusterJobsWaiting {
  private let engine: any ClusterEngine
  private let path: String
  /// Where tasks' own words are.
  private let logs: String
  private let hasFolder: Bool
  private let say: @Sendable (String) -> Void

  init(_ engine: any ClusterEngine, _ config: PipelineConfig, say: @escaping @Sendable (String) -> Void) {
    (self.engine, path, self.say) = (engine, config.runPath, say)
    hasFolder = config.sharesFolder
    logs = hasFolder ? "ledger/logs in it" : "the engine's own log of each task"
  }

  /// How long an engine is asked again that does not answer: its controller is restarted, or moves.
  private static let patience = Duration.seconds(3600)

  /// Waits for the last job; Ctrl-C leaves the jobs.
  ///
  /// - Throws: `ClusterError` where the engine has not answered for an hour, `ExitStatus` at Ctrl-C and where the nodes do
  ///   not see the run directory.
  func wait(for record: ClusterRecord) async throws {
    do {
      var last = ""
      // Since when there is no answer, and whose is missing.
      var (silence, silent) = (ContinuousClock.Instant?.none, record.engine)
      var pause = 2
      while true {
        let (states, status): ([String: TaskStates], RunStatus?)
        do {
          try await engine.startDue(record.jobs)
          states = try await engine.states(of: record.jobs)
          let isAtWork = states.values.contains(where: \.isAtWork)
          status = isAtWork ? try await RunStatus(path) : nil
          if silence != nil { say("\(silent) answers again") }
          (silence, pause) = (nil, 2)
        } catch  where isPassing(error) {
          let start = silence ?? .now
          if silence == nil { Console.message("apus: \(error); it is asked again until it answers") }
          silence = start
          silent = error is ClusterError ? record.engine : path
          guard start.duration(to: .now) < Self.patience else { throw error }
          try await Task.sleep(for: .seconds(pause))
          pause = min(pause * 2, 30)
          continue
        }
        guard let status else { return try check(record, states) }
        let cells = status.sequences.map(\.counts.total).reduce(0, +)
        // What holds the jobs back, where nothing runs: a queue, a hold, a node that is down.
        let isIdle = !states.values.contains { $0.running > 0 }
        let reasons = isIdle ? Set(states.values.flatMap(\.reasons)).sorted().joined(separator: ", ") : ""
        let held = reasons.isEmpty ? "" : "; no task runs: \(reasons)"
        let later = status.sequences.flatMap(\.stages).map(\.missingChunks.count).reduce(0, +)
        let stages = later > 0 ? ", \(later) chunks of later stages wait" : ""
        let line = "\(cells) cells ended, \(status.waiting) wait\(stages)\(held)"
        if line != last { say(line) }
        last = line
        try await Task.sleep(for: .seconds(2))
      }
    } catch is CancellationError {
      Console.message(
        "apus: the jobs go on; the same command comes back to them, apus cancel \(path) stops them")
      throw ExitStatus.failure
    }
  }

  /// Whether an engine, or the object store of the run, may answer in a while.
  private func isPassing(_ error: any Error) -> Bool {
    switch error {
    case let error as ClusterError: error.isTemporary
    case is CancellationError, is PlanError: false
    default: !hasFolder
    }
  }

  /// Makes sure that the first job, the probe, could begin and found all in order; says what other tasks that failed said
  /// last.
  private func check(_ record: ClusterRecord, _ states: [String: TaskStates]) throws {
    let words = TaskWords(run: path)
    for job in record.jobs {
      guard let state = states[job.id], state.failed > 0 else { continue }
      let lines = words.ofFailed(job, state)
      for line in lines { Console.message("apus: \(job.kind) \(job.id): \(line)") }
      guard job.kind == "probe" else { continue }
      // A task's log lies in the run directory.
      if hasFolder, state.isLaunchFault, lines.isEmpty {
        Console.message("apus: \(path) cannot be seen from the nodes: \(TaskStates.launchFault)")
        throw ExitStatus.usage
      }
      // So a task ends its words that ends with 75.
      if let line = lines.last, !line.hasSuffix("try again") { throw ExitStatus.usage }
    }
  }

  /// Says whether the run is complete, now that nobody works on it.
  ///
  /// - Throws: `ExitStatus`, where it is not.
  func sayHowItEnded() async throws {
    let status = try await RunStatus(path)
    guard status.isEnded else {
      Console.message(
        "apus: the jobs have ended and the run is not complete: apus status \(path) shows what is missing, "
          + "\(logs) what tasks said; the same command submits what is missing")
      throw ExitStatus.temporary
    }
    guard !status.hasLosses else {
      Console.message(
        "apus: the run is finished with losses, \(status.failed) cells failed: apus status \(path) and summary.json "
          + "show them; the same command tries them again")
      throw ExitStatus.failure
    }
    say("complete")
  }
}
