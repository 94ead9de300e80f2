internal import JSON
public import Pipeline

/// Kubernetes: indexed jobs (batch/v1), by its REST interface.
///
/// It knows no dependencies between jobs. One that waits is made suspended, with what it waits for in its annotations;
/// `apus run` starts those that have nothing left to wait for, with `--wait` until all have ended.
public struct Kubernetes: ClusterEngine {
  public static let name = "kubernetes"
  private let settings: ClusterSettings
  private let server: KubernetesServer
  static let success = "apus/success-of"
  static let end = "apus/end-of"
  static let queue = "kueue.x-k8s.io/queue-name"
  /// The queue that a job which waits is to be put into when nothing is left to wait for.
  static let laterQueue = "apus/queue"

  public init(_ settings: ClusterSettings) {
    (self.settings, server) = (settings, KubernetesServer(settings))
  }

  /// What an indexed job may have at most.
  public func taskLimit() async throws -> Int? { 100_000 }

  public static let startsWhatWaits = false

  public func script(of job: JobDescription) throws -> String {
    KubernetesManifest(settings).job(job, name: job.name).text(pretty: true) + "\n"
  }

  public func submit(_ job: JobDescription) async throws -> String {
    // A request whose answer was lost is sent again, and must not make a second job.
    let name = "\(job.name)-\(String(UInt32.random(in: .min ... .max), radix: 36))"
    do {
      let made = try server.ask(
        try server.jobs(), method: nil, body: KubernetesManifest(settings).job(job, name: name))
      guard made?["metadata"]?["name"]?.string == name else {
        throw ClusterError("the answer to the job \"\(job.name)\" has no name for it: is this Kubernetes?")
      }
    } catch let error as ClusterError where error.status == 409 {
      // It was made by a request whose answer was lost.
    }
    return "\(try server.jobs())/\(name)"
  }

  public func states(of jobs: [ClusterRecord.Job]) async throws -> [String: TaskStates] {
    Dictionary(try found(jobs).map { ($0.id, $0.states) }) { $1 }
  }

  public func startDue(_ jobs: [ClusterRecord.Job]) async throws {
    for found in try found(jobs) {
      switch found.step {
      case .start: _ = try server.ask(found.id, method: "PATCH", body: found.start)
      case .removal: try remove(found.id)
      case nil: break
      }
    }
  }

  public func cancel(_ ids: [String]) async throws {
    for id in ids { try remove(id) }
  }

  private func remove(_ id: String) throws {
    _ = try server.ask(id + "?propagationPolicy=Background", method: "DELETE")
  }

  // MARK: Jobs

  /// A job that the server knows.
  private struct Found {
    let id: String
    var states: TaskStates
    /// What is to be done about it now.
    var step: Step?
    /// What starts it; a queue that knew it before would start it at once.
    let start: JSONValue

    var isAwaited: Bool { states.isAtWork && step != .removal }
    var hasFailed: Bool { step == .removal || states.failed > 0 && !states.isAtWork }
  }

  private enum Step {
    case start, removal
  }

  /// Asks for jobs, in the order of the graph: each comes after those it waits for.
  private func found(_ jobs: [ClusterRecord.Job]) throws -> [Found] {
    var all: [Found] = []
    // Their names have an end of the server's own, which no other job has.
    for (id, tasks) in jobs.map({ ($0.id, $0.tasks) }) {
      guard let job = try server.ask(id, method: nil) else { continue }
      let (annotations, labels) = (job["metadata"]?["annotations"], job["metadata"]?["labels"])
      let queue = annotations?[Self.laterQueue]?.string
      var found = Found(
        id: id, states: Self.states(of: job, tasks),
        start: queue.map { ["metadata": ["labels": [Self.queue: .string($0)]]] } ?? [
          "spec": ["suspend": false]
        ])
      func waits(_ key: String) -> [Found?] {
        (annotations?[key]?.string ?? "").split(separator: " ").map { id in all.first { $0.id == id } }
      }
      // One in a queue is started by it. One that is gone has ended, nobody knows how.
      if job["spec"]?["suspend"]?.bool == true, labels?[Self.queue] == nil {
        if waits(Self.success).contains(where: { $0.map(\.hasFailed) ?? true }) {
          found.step = .removal
          found.states.reasons.insert("a job that it waits for failed")
        } else if !(waits(Self.success) + waits(Self.end)).contains(where: { $0?.isAwaited ?? false }) {
          found.step = .start
          found.states.reasons.insert("due: `apus run` starts it")
        }
      }
      all.append(found)
    }
    return all
  }

  private static func states(of job: JSONNode, _ numbers: [Int]) -> TaskStates {
    var states = TaskStates()
    let count = job["spec"]?["completions"]?.integer ?? 1
    let status = job["status"]
    states.done = status?["succeeded"]?.integer ?? 0
    let failed = status?["failedIndexes"]?.string ?? ""
    // A job of one task has no number, and one place.
    states.failed = numbers.isEmpty ? (failed.isEmpty ? 0 : 1) : tasks(failed, of: numbers).count
    states.note(.done, tasks(status?["completedIndexes"]?.string ?? "", of: numbers))
    states.note(.failed, tasks(failed, of: numbers))
    for condition in status?["conditions"]?.array ?? []
    where condition["status"]?.string == "True"
      && ["Failed", "Suspended"].contains(condition["type"]?.string)
    {
      let words = [condition["type"], condition["reason"], condition["message"]].compactMap { $0?.string }
      states.reasons.insert(words.joined(separator: ": "))
      // The rest was ended with it.
      if condition["type"]?.string == "Failed" { states.failed = count - states.done }
    }
    states.running = max(0, min(status?["active"]?.integer ?? 0, count - states.done - states.failed))
    states.waiting = max(0, count - states.done - states.failed - states.running)
    return states
  }

  /// The tasks at the places "0,3-5".
  private static func tasks(_ ranges: String, of numbers: [Int]) -> [Int] {
    ranges.split(separator: ",").flatMap { range in
      let ends = range.split(separator: "-").compactMap { Int($0) }
      guard let first = ends.first, let last = ends.last, first >= 0, first <= last else { return [Int]() }
      return Array(numbers.dropFirst(first).prefix(last - first + 1))
    }
  }
}
