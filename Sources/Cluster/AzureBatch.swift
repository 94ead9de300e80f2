internal import Glibc
internal import JSON
internal import Network
public import Pipeline
internal import Storage
internal import Synchronization

/// Azure Batch, by its REST interface (2025-06-01): one job for a run, whose tasks have numbers and wait for ranges of
/// numbers.
///
/// The run directory lies in a file share or NFS container that the pool mounts, or is a place in a blob container. A
/// task that others wait for may fail: they begin all the same, find what is missing, and say so; only the probe holds
/// back what comes after it.
public final class AzureBatch: ClusterEngine {
  public static let name = "azure_batch"
  private static let version = "2025-06-01"
  /// Tasks that one request may add.
  private static let tasksOfRequest = 100
  private let settings: ClusterSettings
  /// The job that is being filled, and the number of its next task.
  private let filled = Mutex<(job: String, next: Int)>(("", 1))

  public init(_ settings: ClusterSettings) { self.settings = settings }

  /// Those that a quota allows to wait for one another stay far below.
  public func taskLimit() async throws -> Int? { 100_000 }

  public func script(of job: JobDescription) throws -> String {
    let tasks = try tasks(of: job, from: 1)
    return JSONValue.array(Array(tasks.prefix(1))).text(pretty: true) + "\n"
      + (tasks.count > 1 ? "# and \(tasks.count - 1) more of other numbers\n" : "")
  }

  public func submit(_ job: JobDescription) async throws -> String {
    if job.waits.isEmpty { try begin(job) }
    let (name, first) = filled.withLock { $0 }
    let tasks = try tasks(of: job, from: first)
    for start in stride(from: 0, to: tasks.count, by: Self.tasksOfRequest) {
      let part = Array(tasks[start..<min(start + Self.tasksOfRequest, tasks.count)])
      let answer = try ask("/jobs/\(name)/addtaskcollection", "POST", body: ["value": .array(part)])
      // What was added by a request whose answer was lost is there already.
      let refused = (answer?["value"]?.array ?? []).first {
        $0["status"]?.string != "success" && $0["error"]?["code"]?.string != "TaskExists"
      }
      if let refused {
        throw ClusterError(
          "Azure Batch refuses task \(refused["taskId"]?.string ?? "") of \"\(job.name)\": "
            + Self.words(refused["error"]), isConfigMistake: true)
      }
    }
    filled.withLock { $0.next = first + tasks.count }
    if job.isLast { _ = try ask("/jobs/\(name)", "PATCH", body: ["onAllTasksComplete": "terminatejob"]) }
    return "\(try server())/jobs/\(name)#\(first)-\(first + tasks.count - 1)"
  }

  public func states(of jobs: [ClusterRecord.Job]) async throws -> [String: TaskStates] {
    var states: [String: TaskStates] = [:]
    for (address, ranges) in Dictionary(grouping: jobs.map(\.id).compactMap(Self.place), by: \.job) {
      var next: String? = address + "/tasks?api-version=\(Self.version)&$select=id,state,executionInfo"
      while let page = next {
        // What a page names as the next one is asked with the account's key: of no other server.
        guard Self.server(of: page) == Self.server(of: address) else {
          throw ClusterError("Azure Batch: a list of tasks goes on at another server: \(page)")
        }
        guard let answer = try ask(absolute: page, "GET") else { break }
        for task in answer["value"]?.array ?? [] {
          guard let number = task["id"]?.string.flatMap({ Int($0) }),
            let range = ranges.first(where: { $0.tasks.contains(number) })
          else { continue }
          states[range.id, default: TaskStates()].count(task)
        }
        next = answer["odata.nextLink"]?.string
      }
      let job = try ask(absolute: address + "?api-version=\(Self.version)", "GET")
      guard ["terminating", "completed", "deleting", nil].contains(job?["state"]?.string) else { continue }
      // Tasks that wait when their job ends stay as they are for ever.
      for range in ranges {
        guard var state = states[range.id], state.waiting > 0 else { continue }
        state.failed += state.waiting
        state.waiting = 0
        state.reasons.insert("their job has ended")
        states[range.id] = state
      }
    }
    return states
  }

  public func cancel(_ ids: [String]) async throws {
    for address in Set(ids.compactMap(Self.place).map(\.job)) {
      do {
        _ = try ask(absolute: address + "/terminate?api-version=\(Self.version)", "POST", body: [:])
      } catch let error as ClusterError where error.description.contains("JobCompleted") {
        continue
      }
    }
  }

  // MARK: Jobs and tasks

  private func begin(_ job: JobDescription) throws {
    let name = "\(job.name)-\(time(nil))"
    guard let pool = settings.partition else {
      throw ClusterError("\"cluster\" needs \"partition\": the pool of Azure Batch", isConfigMistake: true)
    }
    guard try ask("/pools/\(pool)", "GET") != nil else {
      throw ClusterError("there is no pool \"\(pool)\" in \(try server())", isConfigMistake: true)
    }
    _ = try ask(
      "/jobs", "POST",
      body: [
        "id": .string(name), "poolInfo": ["poolId": .string(pool)], "usesTaskDependencies": true,
        "onTaskFailure": "performexitoptionsjobaction",
      ])
    filled.withLock { $0 = (name, 1) }
  }

  private func tasks(of job: JobDescription, from first: Int) throws -> [JSONValue] {
    let isComputing = !job.tasks.isEmpty
    var constraints: JSONObject = ["maxTaskRetryCount": 2]
    if let time = settings.time {
      constraints["maxWallClockTime"] = .string("PT\(try EngineTime.seconds(time))S")
    }
    let ranges = job.waits.compactMap { wait -> JSONValue? in
      let id =
        switch wait {
        case .success(let id), .end(let id): id
        }
      guard let tasks = Self.place(id)?.tasks else { return nil }
      return ["start": .integer(tasks.lowerBound), "end": .integer(tasks.upperBound)]
    }
    return (isComputing ? job.tasks : [0]).enumerated().map { place, number in
      var task: JSONObject = [
        "id": .string("\(first + place)"), "displayName": .string(job.name),
        "commandLine": .string("/bin/sh -c " + quoted(shell(of: job, number))),
        "constraints": .object(constraints),
        "exitConditions": [
          "default": [
            "dependencyAction": isComputing ? "satisfy" : "block",
            // Without the probe's success nothing else would ever begin.
            "jobAction": job.waits.isEmpty ? "terminate" : "none",
          ]
        ],
      ]
      if isComputing {
        task["environmentSettings"] = [["name": "APUS_TASK", "value": .string("\(number)")]]
      }
      if !ranges.isEmpty { task["dependsOn"] = ["taskIdRanges": .array(ranges)] }
      if let image = settings.image { task["containerSettings"] = ["imageName": .string(image)] }
      return .object(task)
    }
  }

  private func shell(of job: JobDescription, _ number: Int) -> String {
    var lines = job.log.map { ["exec >> \(quoted("\($0)\(number).log")) 2>&1"] } ?? []
    if let prepare = settings.prepare { lines += ["set -e", prepare] }
    return (lines + [job.command]).joined(separator: "\n")
  }

  /// A job's address, and which of its tasks are meant.
  private static func place(_ id: String) -> (id: String, job: String, tasks: ClosedRange<Int>)? {
    let parts = id.split(separator: "#")
    let ends = parts.last?.split(separator: "-").compactMap { Int($0) } ?? []
    guard parts.count == 2, ends.count == 2, ends[0] <= ends[1] else { return nil }
    return (id, String(parts[0]), ends[0]...ends[1])
  }

  // MARK: REST

  private func server() throws -> String {
    guard let server = settings.server ?? Environment.variable("AZURE_BATCH_ENDPOINT") else {
      throw ClusterError(
        "no account of Azure Batch is known here: let \"cluster\" have \"server\" "
          + "(\"https://ACCOUNT.REGION.batch.azure.com\"), or set AZURE_BATCH_ENDPOINT", isConfigMistake: true
      )
    }
    let address = server.contains("://") ? server : "https://" + server
    return address.last == "/" ? String(address.dropLast()) : address
  }

  /// The scheme and the name of an address's server: "https://account.region.batch.azure.com".
  private static func server(of url: String) -> String {
    url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).prefix(3).joined(separator: "/")
  }

  private func ask(_ path: String, _ method: String, body: JSONValue? = nil) throws -> JSONNode? {
    try ask(absolute: "\(try server())\(path)?api-version=\(Self.version)", method, body: body)
  }

  /// - Returns: the answer; nil where there is no such thing, or nothing is answered.
  private func ask(absolute url: String, _ method: String, body: JSONValue? = nil) throws -> JSONNode? {
    let content = body.map { Array($0.text().utf8) }
    let type = content.map { _ in "application/json; odata=minimalmetadata" }
    var request = HTTPClient.Request(url, headers: [("Accept", "application/json")], body: content)
    request.method = method == "GET" ? nil : method
    if let type { request.headers.append(("Content-Type", type)) }
    if let token = Environment.variable("AZURE_BATCH_TOKEN") {
      request.headers.append(("Authorization", "Bearer \(token)"))
    } else if let key = try AzureSharedKey(server: Self.server(of: url)) {
      request.headers += key.headers(method: method, url: url, type: type, length: content?.count)
    } else {
      throw ClusterError(
        "nothing to sign in to Azure Batch with: set AZURE_BATCH_ACCESS_KEY, or AZURE_BATCH_TOKEN "
          + "(`az account get-access-token --resource https://batch.core.windows.net/`)",
        isConfigMistake: true)
    }
    do {
      let answer = try HTTPClient().send(request).body
      return answer.isEmpty ? nil : try JSONParser.parse(answer)
    } catch let error as NetworkError {
      if error.status == 404, method == "GET" { return nil }
      throw ClusterError(
        "Azure Batch: \(error)", isConfigMistake: [400, 401, 403, 404].contains(error.status))
    }
  }

  private static func words(_ error: JSONNode?) -> String {
    let values = (error?["values"]?.array ?? []).compactMap { $0["value"]?.string }
    return ([error?["code"]?.string, error?["message"]?["value"]?.string].compactMap { $0 } + values)
      .joined(separator: ": ").line
  }
}

extension TaskStates {
  /// Counts one task by what the server says of it.
  fileprivate mutating func count(_ task: JSONNode) {
    let end = task["executionInfo"]
    switch task["state"]?.string {
    case "running": running += 1
    case "completed" where end?["result"]?.string == "success": done += 1
    case "completed":
      failed += 1
      let reason = end?["failureInfo"]?["message"]?.string ?? "failed"
      reasons.insert(end?["exitCode"]?.integer.map { "\(reason) (status \($0))" } ?? reason)
    default: waiting += 1
    }
  }
}
