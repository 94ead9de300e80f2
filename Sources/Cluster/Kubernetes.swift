internal import JSON
public import Pipeline

/// Kubernetes: indexed jobs (batch/v1), by its REST interface.
///
/// It knows no dependencies between jobs. One that waits is made suspended, with what it waits for in its annotations;
/// whoever asks for the states (`apus run --wait`, `apus status`) starts those that have nothing left to wait for.
public struct Kubernetes: ClusterEngine {
  public static let name = "kubernetes"
  private let settings: ClusterSettings
  private let server: KubernetesServer
  private static let success = "apus/success-of"
  private static let end = "apus/end-of"
  private static let queue = "kueue.x-k8s.io/queue-name"
  /// The queue that a job which waits is to be put into when nothing is left to wait for.
  private static let laterQueue = "apus/queue"

  public init(_ settings: ClusterSettings) {
    (self.settings, server) = (settings, KubernetesServer(settings))
  }

  /// What an indexed job may have at most.
  public func taskLimit() async throws -> Int? { 100_000 }

  public static let startsWhatWaits = false

  public func script(of job: JobDescription) throws -> String {
    try manifest(of: job, name: job.name).text(pretty: true) + "\n"
  }

  public func submit(_ job: JobDescription) async throws -> String {
    // A request whose answer was lost is sent again, and must not make a second job.
    let name = "\(job.name)-\(String(UInt32.random(in: .min ... .max), radix: 36))"
    do {
      let made = try server.ask(try server.jobs(), method: nil, body: manifest(of: job, name: name))
      guard made?["metadata"]?["name"]?.string == name else {
        throw ClusterError("the answer to the job \"\(job.name)\" has no name for it: is this Kubernetes?")
      }
    } catch let error as ClusterError where error.status == 409 {
      // It was made by a request whose answer was lost.
    }
    return "\(try server.jobs())/\(name)"
  }

  public func states(of jobs: [ClusterRecord.Job]) async throws -> [String: TaskStates] {
    var states: [String: TaskStates] = [:]
    // Their names have an end of the server's own, which no other job has.
    for (id, tasks) in jobs.map({ ($0.id, $0.tasks) }) {
      guard let job = try server.ask(id, method: nil) else { continue }
      states[id] = Self.states(of: job, tasks)
      // One in a queue is started by it.
      guard job["spec"]?["suspend"]?.bool == true, job["metadata"]?["labels"]?[Self.queue] == nil else {
        continue
      }
      func waits(_ key: String) -> [TaskStates?] {
        (job["metadata"]?["annotations"]?[key]?.string ?? "").split(separator: " ").map { states[String($0)] }
      }
      // One that is gone has ended, nobody knows how.
      if waits(Self.success).contains(where: { $0.map { $0.failed > 0 && !$0.isAtWork } ?? true }) {
        _ = try server.ask(id + "?propagationPolicy=Background", method: "DELETE")
        states[id] = TaskStates()
        states[id]?.failed = max(tasks.count, 1)
        states[id]?.reasons = ["a job that it waits for failed"]
      } else if !(waits(Self.success) + waits(Self.end)).contains(where: { $0?.isAtWork ?? false }) {
        // A queue that knew it before would start it at once.
        let queue = job["metadata"]?["annotations"]?[Self.laterQueue]?.string
        let start: JSONValue =
          queue.map { ["metadata": ["labels": [Self.queue: .string($0)]]] } ?? ["spec": ["suspend": false]]
        _ = try server.ask(id, method: "PATCH", body: start)
      }
    }
    return states
  }

  public func cancel(_ ids: [String]) async throws {
    for id in ids { _ = try server.ask(id + "?propagationPolicy=Background", method: "DELETE") }
  }

  // MARK: Jobs

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

  private func manifest(of job: JobDescription, name: String) throws -> JSONValue {
    // The config has been checked for it.
    let image = settings.image ?? "apus"
    func annotation(_ isIncluded: (JobDescription.Wait) -> String?) -> JSONValue {
      .string(job.waits.compactMap(isIncluded).joined(separator: " "))
    }
    var container: JSONValue = [
      "name": "apus", "image": .string(image), "command": ["/bin/sh", "-c", .string(shell(of: job))],
      "resources": [
        "requests": ["cpu": .string("\(job.cpus)"), "memory": .string("\(job.memory)")],
        "limits": ["memory": .string("\(job.memory)")],
      ],
    ]
    var pod: JSONValue = ["restartPolicy": "Never"]
    if let secret = settings.secret {
      container["envFrom"] = [["secretRef": ["name": .string(secret)]]]
    }
    if let volume = settings.volume {
      container["volumeMounts"] = [["name": "run", "mountPath": .string(volume.folder)]]
      pod["volumes"] = [["name": "run", "persistentVolumeClaim": ["claimName": .string(volume.claim)]]]
    }
    pod["containers"] = .array([container])
    if let account = settings.account { pod["serviceAccountName"] = .string(account) }
    if let time = settings.time { pod["activeDeadlineSeconds"] = .integer(time) }
    if let words = settings.constraint?.split(separator: "=", maxSplits: 1), words.count == 2 {
      pod["nodeSelector"] = [String(words[0]): .string(String(words[1]))]
    }
    let labels: JSONValue = ["app": "apus"]
    var own = labels
    var annotations: JSONObject = [
      Self.success: annotation { if case .success(let id) = $0 { id } else { nil } },
      Self.end: annotation { if case .end(let id) = $0 { id } else { nil } },
    ]
    if let queue = settings.partition {
      if job.waits.isEmpty {
        own[Self.queue] = .string(queue)
      } else {
        annotations[Self.laterQueue] = .string(queue)
      }
    }
    return [
      "apiVersion": "batch/v1", "kind": "Job",
      "metadata": [
        "name": .string(name), "labels": own, "annotations": .object(annotations),
      ],
      "spec": [
        "completionMode": "Indexed", "completions": .integer(max(1, job.tasks.count)),
        "parallelism": .integer(max(1, job.tasks.count)), "suspend": .bool(!job.waits.isEmpty),
        "backoffLimitPerIndex": 2,
        "podFailurePolicy": [
          "rules": [
            // A node that goes away, or makes room for others, is not the task's fault.
            ["action": "Ignore", "onPodConditions": [["type": "DisruptionTarget", "status": "True"]]],
            ["action": "Count", "onExitCodes": ["containerName": "apus", "operator": "In", "values": [75]]],
            // Cells that failed, or a config that is wrong: they would fail again.
            [
              "action": "FailIndex",
              "onExitCodes": ["containerName": "apus", "operator": "In", "values": [1, 64]],
            ],
          ]
        ],
        "template": ["metadata": ["labels": labels], "spec": pod],
      ],
    ]
  }

  private func shell(of job: JobDescription) -> String {
    var lines: [String] = []
    if !job.tasks.isEmpty {
      lines += ["set -- " + job.tasks.map(String.init).joined(separator: " "), "shift $JOB_COMPLETION_INDEX"]
      lines.append("APUS_TASK=$1")
    }
    if let log = job.log {
      lines.append("exec >> \(quoted(log))\(job.tasks.isEmpty ? "0" : "$APUS_TASK").log 2>&1")
    }
    if let prepare = settings.prepare { lines += ["set -e", prepare] }
    return (lines + [job.command]).joined(separator: "\n")
  }
}
