public import JSON
public import Pipeline

/// The jobs of a run with what the engine says of them.
public struct ClusterJobs: Sendable {
  private let record: ClusterRecord
  private let states: [String: TaskStates]
  /// Why the engine could not be asked; nil where it could.
  private let fault: String?

  /// Asks the engine, where its commands are at hand.
  public init(_ record: ClusterRecord) async throws {
    self.record = record
    let engine = RunMode(rawValue: record.engine).flatMap { ClusterRun.engine($0, ClusterSettings()) }
    do {
      states = try await engine?.states(of: record.jobs.map(\.id)) ?? [:]
      fault = engine == nil ? "\"\(record.engine)\" is not known here" : nil
    } catch let error as ClusterError {
      (states, fault) = ([:], error.description)
    }
  }

  /// A line a job.
  public var lines: [String] {
    if let fault { return ["\(record.engine): \(fault)"] }
    return record.jobs.map { job in
      guard let state = states[job.id] else {
        return "\(record.engine): \(job.kind) \(job.id): no longer listed"
      }
      let reasons = state.reasons.isEmpty ? "" : ": " + state.reasons.sorted().joined(separator: ", ")
      return "\(record.engine): \(job.kind) \(job.id): \(state.done) done, \(state.running) running, "
        + "\(state.waiting) waiting, \(state.failed) failed\(reasons)"
    }
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
            "reasons": .array((state?.reasons ?? []).sorted().map { .string($0) }),
          ]
        }),
    ]
    if let fault { value["fault"] = .string(fault) }
    return value
  }
}
