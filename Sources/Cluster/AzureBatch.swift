internal import Glibc
internal import JSON
public import Pipeline
internal import Synchronization

/// Azure Batch, by its REST interface (2025-06-01): one job for a run, whose tasks have numbers and wait for ranges of
/// numbers.
///
/// The run directory lies in a file share or NFS container that the pool mounts, or is a place in a blob container. A
/// task that others wait for may fail: they begin all the same, find what is missing, and say so; only the probe holds
/// back what comes after it.
public final class AzureBatch: ClusterEngine {
  public static let name = "azure_batch"
  /// Tasks that one request may add.
  private static let tasksOfRequest = 100
  private let settings: ClusterSettings
  private let server: AzureBatchServer
  /// The job that is being filled, and the number of its next task.
  private let filled = Mutex<(job: String, next: Int)>(("", 1))

  public init(_ settings: ClusterSettings) {
    (self.settings, server) = (settings, AzureBatchServer(settings))
  }

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
      let answer = try server.ask("/jobs/\(name)/addtaskcollection", "POST", body: ["value": .array(part)])
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
    if job.isLast {
      _ = try server.ask("/jobs/\(name)", "PATCH", body: ["onAllTasksComplete": "terminatejob"])
    }
    return "\(try server.address())/jobs/\(name)#\(first)-\(first + tasks.count - 1)"
  }

  public func states(of jobs: [ClusterRecord.Job]) async throws -> [String: TaskStates] {
    var states: [String: TaskStates] = [:]
    let numbers = Dictionary(jobs.map { ($0.id, $0.tasks) }) { $1 }
    for (address, ranges) in Dictionary(grouping: jobs.map(\.id).compactMap(Self.place), by: \.job) {
      var next: String? = address + "/tasks?$select=id,state,executionInfo"
      while let page = next {
        guard let answer = try server.ask(absolute: page, "GET") else { break }
        for task in answer["value"]?.array ?? [] {
          guard let number = task["id"]?.string.flatMap({ Int($0) }),
            let range = ranges.first(where: { $0.tasks.contains(number) })
          else { continue }
          let own = numbers[range.id] ?? []
          let place = number - range.tasks.lowerBound
          states[range.id, default: TaskStates()].count(task, own.indices.contains(place) ? own[place] : nil)
        }
        next = answer["odata.nextLink"]?.string
      }
      let job = try server.ask(absolute: address, "GET")
      guard ["terminating", "completed", "deleting", nil].contains(job?["state"]?.string) else { continue }
      // Tasks that wait when their job ends stay as they are for ever.
      for range in ranges {
        guard var state = states[range.id], state.waiting > 0 else { continue }
        state.failWaiting()
        state.reasons.insert("their job has ended")
        states[range.id] = state
      }
    }
    return states
  }

  public func cancel(_ ids: [String]) async throws {
    for address in Set(ids.compactMap(Self.place).map(\.job)) {
      do {
        _ = try server.ask(absolute: address + "/terminate", "POST", body: [:])
      } catch let error as ClusterError where error.status == 409 {
        continue
      }
    }
  }

  // MARK: Jobs and tasks

  private func begin(_ job: JobDescription) throws {
    let name = "\(job.name)-\(time(nil))"
    // The config has been checked for it.
    let pool = settings.partition ?? ""
    guard try server.ask("/pools/\(pool)", "GET") != nil else {
      throw ClusterError("there is no pool \"\(pool)\" in \(try server.address())", isConfigMistake: true)
    }
    do {
      _ = try server.ask(
        "/jobs", "POST",
        body: [
          "id": .string(name), "poolInfo": ["poolId": .string(pool)], "usesTaskDependencies": true,
          "onTaskFailure": "performexitoptionsjobaction",
        ])
    } catch let error as ClusterError where error.status == 409 {
      // It was made by a request whose answer was lost.
    }
    filled.withLock { $0 = (name, 1) }
  }

  private func tasks(of job: JobDescription, from first: Int) throws -> [JSONValue] {
    let isComputing = !job.tasks.isEmpty
    // The service would try again whatever the status is; what it does when a node goes away is not counted.
    var constraints: JSONObject = ["maxTaskRetryCount": 0]
    if let time = settings.time {
      constraints["maxWallClockTime"] = .string("PT\(time)S")
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
    // A task that says "try again" is tried again at once, and then after a minute.
    lines += ["for pause in 0 60 end; do", "("]
    if let prepare = settings.prepare { lines += ["set -e", prepare] }
    lines += [job.command, ")", "status=$?", "[ $status -eq 75 ] && [ $pause != end ] || exit $status"]
    return (lines + ["sleep $pause", "done"]).joined(separator: "\n")
  }

  /// A job's address, and which of its tasks are meant.
  private static func place(_ id: String) -> (id: String, job: String, tasks: ClosedRange<Int>)? {
    let parts = id.split(separator: "#")
    let ends = parts.last?.split(separator: "-").compactMap { Int($0) } ?? []
    guard parts.count == 2, ends.count == 2, ends[0] <= ends[1] else { return nil }
    return (id, String(parts[0]), ends[0]...ends[1])
  }

  private static func words(_ error: JSONNode?) -> String {
    let values = (error?["values"]?.array ?? []).compactMap { $0["value"]?.string }
    return ([error?["code"]?.string, error?["message"]?["value"]?.string].compactMap { $0 } + values)
      .joined(separator: ": ").line
  }
}

extension TaskStates {
  /// Counts one task by what the server says of it.
  fileprivate mutating func count(_ task: JSONNode, _ number: Int?) {
    let end = task["executionInfo"]
    switch task["state"]?.string {
    case "running": count(.running, number)
    case "completed" where end?["result"]?.string == "success": count(.done, number)
    case "completed":
      count(.failed, number)
      let reason = end?["failureInfo"]?["message"]?.string ?? "failed"
      reasons.insert(end?["exitCode"]?.integer.map { "\(reason) (status \($0))" } ?? reason)
    default: count(.waiting, number)
    }
  }
}
