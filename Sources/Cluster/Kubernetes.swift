internal import JSON
internal import Network
public import Pipeline
internal import Storage

/// Kubernetes: indexed jobs (batch/v1), by its REST interface.
///
/// It knows no dependencies between jobs. One that waits is made suspended, with what it waits for in its annotations;
/// whoever asks for the states (`apus run --wait`, `apus status`) starts those that have nothing left to wait for.
public struct Kubernetes: ClusterEngine {
  public static let name = "kubernetes"
  private let settings: ClusterSettings
  /// Where a pod finds the service account it runs as.
  private static let account = "/var/run/secrets/kubernetes.io/serviceaccount"
  private static let success = "apus/success-of"
  private static let end = "apus/end-of"

  public init(_ settings: ClusterSettings) { self.settings = settings }

  /// What an indexed job may have at most.
  public func taskLimit() async throws -> Int? { 100_000 }

  public func script(of job: JobDescription) throws -> String {
    try manifest(of: job).text(pretty: true) + "\n"
  }

  public func submit(_ job: JobDescription) async throws -> String {
    let made = try await ask(try address(), method: nil, body: manifest(of: job))
    guard let name = made?["metadata"]?["name"]?.string else {
      throw ClusterError("the answer to the job \"\(job.name)\" has no name for it: is this Kubernetes?")
    }
    return "\(try address())/\(name)"
  }

  public func states(of jobs: [ClusterRecord.Job]) async throws -> [String: TaskStates] {
    var states: [String: TaskStates] = [:]
    // Their names have an end of the server's own, which no other job has.
    for id in jobs.map(\.id) {
      guard let job = try await ask(id, method: nil) else { continue }
      states[id] = Self.states(of: job)
      guard job["spec"]?["suspend"]?.bool == true else { continue }
      func waits(_ key: String) -> [TaskStates?] {
        (job["metadata"]?["annotations"]?[key]?.string ?? "").split(separator: " ").map { states[String($0)] }
      }
      let tasks = job["spec"]?["completions"]?.integer ?? 1
      // One that is gone has ended, nobody knows how.
      if waits(Self.success).contains(where: { $0.map { $0.failed > 0 && !$0.isAtWork } ?? true }) {
        _ = try await ask(id + "?propagationPolicy=Background", method: "DELETE")
        states[id] = TaskStates()
        states[id]?.failed = tasks
        states[id]?.reasons = ["a job that it waits for failed"]
      } else if !(waits(Self.success) + waits(Self.end)).contains(where: { $0?.isAtWork ?? false }) {
        _ = try await ask(id, method: "PATCH", body: ["spec": ["suspend": false]])
      }
    }
    return states
  }

  public func cancel(_ ids: [String]) async throws {
    for id in ids { _ = try await ask(id + "?propagationPolicy=Background", method: "DELETE") }
  }

  // MARK: Jobs

  private static func states(of job: JSONNode) -> TaskStates {
    var states = TaskStates()
    let tasks = job["spec"]?["completions"]?.integer ?? 1
    let status = job["status"]
    states.done = status?["succeeded"]?.integer ?? 0
    states.failed = count(status?["failedIndexes"]?.string ?? "")
    for condition in status?["conditions"]?.array ?? []
    where condition["status"]?.string == "True"
      && ["Failed", "Suspended"].contains(condition["type"]?.string)
    {
      let words = [condition["type"], condition["reason"], condition["message"]].compactMap { $0?.string }
      states.reasons.insert(words.joined(separator: ": "))
      // The rest was ended with it.
      if condition["type"]?.string == "Failed" { states.failed = tasks - states.done }
    }
    states.running = max(0, min(status?["active"]?.integer ?? 0, tasks - states.done - states.failed))
    states.waiting = max(0, tasks - states.done - states.failed - states.running)
    return states
  }

  /// How many numbers "0,3-5" has.
  private static func count(_ ranges: String) -> Int {
    ranges.split(separator: ",").reduce(0) { sum, range in
      let ends = range.split(separator: "-").compactMap { Int($0) }
      return sum + (ends.last ?? 0) - (ends.first ?? 0) + 1
    }
  }

  private func manifest(of job: JobDescription) throws -> JSONValue {
    guard let image = settings.image else {
      throw ClusterError(
        "\"cluster\" needs \"image\": the container image that has apus", isConfigMistake: true)
    }
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
    if let time = settings.time { pod["activeDeadlineSeconds"] = .integer(try EngineTime.seconds(time)) }
    if let words = settings.constraint?.split(separator: "=", maxSplits: 1), words.count == 2 {
      pod["nodeSelector"] = [String(words[0]): .string(String(words[1]))]
    }
    var labels: JSONValue = ["app": "apus"]
    if let queue = settings.partition { labels["kueue.x-k8s.io/queue-name"] = .string(queue) }
    return [
      "apiVersion": "batch/v1", "kind": "Job",
      "metadata": [
        "generateName": .string(job.name + "-"), "labels": labels,
        "annotations": [
          Self.success: annotation { if case .success(let id) = $0 { id } else { nil } },
          Self.end: annotation { if case .end(let id) = $0 { id } else { nil } },
        ],
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

  // MARK: REST

  /// Where jobs are made.
  private func address() throws -> String {
    let inside = Environment.variable("KUBERNETES_SERVICE_HOST").map {
      "https://\($0):\(Environment.variable("KUBERNETES_SERVICE_PORT") ?? "443")"
    }
    guard let server = settings.server ?? inside else {
      throw ClusterError(
        "no Kubernetes is known here: run in one of its pods, or let \"cluster\" have \"server\" "
          + "(\"http://127.0.0.1:8001\" with `kubectl proxy`)", isConfigMistake: true)
    }
    let own = try? String(decoding: LocalFiles.readAll("\(Self.account)/namespace"), as: UTF8.self)
    return "\(server)/apis/batch/v1/namespaces/\(settings.namespace ?? own ?? "default")/jobs"
  }

  /// - Returns: the answer; nil where there is no such thing.
  private func ask(_ url: String, method: String?, body: JSONValue? = nil) async throws -> JSONNode? {
    let token =
      Environment.variable("KUBERNETES_TOKEN")
      ?? (try? String(decoding: LocalFiles.readAll("\(Self.account)/token"), as: UTF8.self).trimmed)
    let type = method == "PATCH" ? "application/merge-patch+json" : "application/json"
    var request = HTTPClient.Request(url, headers: [("Accept", "application/json"), ("Content-Type", type)])
    if let token { request.headers.append(("Authorization", "Bearer \(token)")) }
    (request.method, request.body) = (method, body.map { Array($0.text().utf8) })
    if LocalFiles.exists("\(Self.account)/ca.crt") { request.trustFile = "\(Self.account)/ca.crt" }
    do {
      return try JSONParser.parse(HTTPClient().send(request).body)
    } catch let error as NetworkError {
      if error.status == 404, body == nil { return nil }
      throw ClusterError(
        "Kubernetes: \(error)", isConfigMistake: [400, 401, 403, 404, 422].contains(error.status))
    }
  }
}
