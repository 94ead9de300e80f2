public import JSON
public import Pipeline

/// The jobs of a run with what the engine says of them.
public struct ClusterJobs: Sendable {
  private let record: ClusterRecord
  private let states: [String: TaskStates]
  /// Why the engine could not be asked; nil where it could.
  private let fault: String?
  /// What failed tasks said last.
  private let words: TaskWords
  /// By sequence that was divided into shards: those of which chunks are not recorded, and those of which cells failed.
  private let shards: [(sequence: String, missing: [Int], failed: [Int])]

  /// Asks the engine, where its commands are at hand.
  ///
  /// - Parameters:
  ///   - record: of what was submitted.
  ///   - status: of the run; engines forget, or do not say, which task failed.
  public init(_ record: ClusterRecord, _ status: RunStatus) async throws {
    (self.record, words) = (record, TaskWords(run: status.directory))
    let divided = status.sequences.filter { sequence in
      record.jobs.contains { ["shards", "shards \(sequence.name)"].contains($0.kind) }
    }
    shards = divided.map { sequence in
      func shards(_ chunks: [Int]) -> [Int] { sequence.shardCut.shards(of: chunks, count: record.shards) }
      return (sequence.name, shards(sequence.missingChunks), shards(sequence.failedChunks))
    }
    let engine = RunMode(rawValue: record.engine).flatMap { ClusterRun.engine($0, ClusterSettings()) }
    do {
      states = try await engine?.states(of: record.jobs) ?? [:]
      fault = engine == nil ? "\"\(record.engine)\" is not known here" : nil
    } catch let error as ClusterError {
      (states, fault) = ([:], error.description)
    }
  }

  /// A line a job.
  public var lines: [String] {
    let incomplete = shards.compactMap { sequence, missing, failed -> String? in
      let parts = [("not complete", missing), ("with failed cells", failed)].filter { !$0.1.isEmpty }
        .map { "\($0): shard \($1.ranges) of \(record.shards)" }
      return parts.isEmpty ? nil : "\(sequence): " + parts.joined(separator: "; ")
    }
    if let fault { return ["\(record.engine): \(fault)"] + incomplete }
    return record.jobs.flatMap(lines) + incomplete
  }

  /// What tasks do, where some are at work or wait; nil where none is.
  public var work: String? {
    let atWork = states.values.filter(\.isAtWork)
    guard !atWork.isEmpty else { return nil }
    return "\(record.engine): \(atWork.map(\.running).reduce(0, +)) tasks run, "
      + "\(atWork.map(\.waiting).reduce(0, +)) wait"
  }

  private func lines(_ job: ClusterRecord.Job) -> [String] {
    guard let state = states[job.id] else {
      return ["\(record.engine): \(job.kind) \(job.id): no longer listed"]
    }
    let reasons = state.reasons.isEmpty ? "" : ": " + state.reasons.sorted().joined(separator: ", ")
    let line =
      "\(record.engine): \(job.kind) \(job.id): \(state.done) done, \(state.running) running, "
      + "\(state.waiting) waiting, \(state.failed) failed\(reasons)"
    return [line] + (state.numbers.isEmpty ? [] : ["  shards: \(state.shards)"])
      + (state.isLaunchFault && state.failed > 0
        ? ["  a node could not open its log: \(TaskStates.launchFault)"] : [])
      + words.ofFailed(job, state).map { "  \($0)" }
  }

  public var json: JSONValue {
    var value: JSONValue = [
      "engine": .string(record.engine), "shards": .integer(record.shards),
      "jobs": .array(
        record.jobs.map { job in
          let state = states[job.id]
          return [
            "id": .string(job.id), "kind": .string(job.kind), "listed": .bool(state != nil),
            "done": .integer(state?.done ?? 0), "running": .integer(state?.running ?? 0),
            "waiting": .integer(state?.waiting ?? 0), "failed": .integer(state?.failed ?? 0),
            "shards": .object(
              JSONObject(
                (state?.numbers ?? [:]).sorted { $0.key.rawValue < $1.key.rawValue }.map {
                  ($0.key.rawValue, .array($0.value.sorted().map { .integer($0) }))
                })),
            "reasons": .array((state?.reasons ?? []).sorted().map { .string($0) }),
          ]
        }),
      "incomplete": .array(
        shards.map { sequence, missing, failed in
          [
            "sequence": .string(sequence), "missing_shards": .array(missing.map { .integer($0) }),
            "failed_shards": .array(failed.map { .integer($0) }),
          ]
        }),
    ]
    if let fault { value["fault"] = .string(fault) }
    return value
  }
}
