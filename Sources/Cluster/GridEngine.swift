public import Pipeline

/// Grid Engine (Son of Grid Engine, Univa, Altair): array jobs, `-hold_jid`, `qstat`.
///
/// It knows a job only until it has ended, and a job that waits for another does so until that has ended, well or not:
/// where the probe fails, each task finds the same fault and says it.
public struct GridEngine: ClusterEngine {
  public static let name = "grid_engine"
  private let settings: ClusterSettings

  public init(_ settings: ClusterSettings) { self.settings = settings }

  public func taskLimit() async throws -> Int? {
    let found = try await EngineCommand.run("qconf", ["-sconf"])
    guard found.status == 0 else {
      throw failure("qconf -sconf", found)
    }
    let line = found.output.split(separator: "\n").first { $0.hasPrefix("max_aj_tasks") }
    // 0 is no limit.
    return line.flatMap { Int($0.split(whereSeparator: \.isWhitespace).last ?? "") }.flatMap {
      $0 > 0 ? $0 : nil
    }
  }

  public func script(of job: JobDescription) -> String {
    var lines = ["#!/bin/sh"]
    func option(_ words: String) { lines.append("#$ " + words) }
    option("-N \(job.name)")
    option("-S /bin/sh")
    option("-j y")
    if let log = job.log {
      // The engine counts tasks otherwise: see below.
      let path = job.tasks.isEmpty ? "\(log)0.log" : "/dev/null"
      option("-o " + (path.contains(" ") ? "\"\(path)\"" : path))
    }
    // Tasks have numbers from 1 on without gaps: a task finds its own in a list.
    if !job.tasks.isEmpty { option("-t 1-\(job.tasks.count)") }
    let waits = job.waits.map { wait in
      switch wait {
      case .success(let id), .end(let id): id
      }
    }
    if !waits.isEmpty { option("-hold_jid \(waits.joined(separator: ","))") }
    option("-l mem_free=\((job.memory + (1 << 20) - 1) >> 20)M")
    if job.cpus > 1 { option("-pe smp \(job.cpus)") }
    if let queue = settings.partition { option("-q \(queue)") }
    if let account = settings.account { option("-A \(account)") }
    if let time = settings.time { option("-l h_rt=\(timeText(time))") }
    if let constraint = settings.constraint { option("-l \(constraint)") }
    option("-r y")
    for words in settings.options { option(words) }
    if !job.tasks.isEmpty {
      lines.append("set -- " + job.tasks.map(String.init).joined(separator: " "))
      lines.append("shift $((SGE_TASK_ID - 1))")
      lines.append("APUS_TASK=$1")
      if let log = job.log { lines.append("exec >> \(quoted(log))$APUS_TASK.log 2>&1") }
    }
    if let prepare = settings.prepare { lines += ["set -e", prepare] }
    lines += ["status=0", job.command + " || status=$?"]
    // A job that ends with 99 is put back into the queue: once, for a task that says "try again".
    if !job.tasks.isEmpty { lines.append("[ $status -ne 75 ] || [ \"${RESTARTED:-0}\" != 0 ] || exit 99") }
    lines.append("exit $status")
    return lines.joined(separator: "\n") + "\n"
  }

  public func submit(_ job: JobDescription) async throws -> String {
    let result = try await EngineCommand.run("qsub", ["-terse"], input: script(of: job))
    // "123", or "123.1-8:1" for an array.
    guard result.status == 0, let id = result.output.trimmed.split(separator: ".").first, Int(id) != nil
    else {
      guard !isUnreachable(result) else { throw failure("qsub", result) }
      throw ClusterError(
        "qsub refuses the job \"\(job.name)\": \((result.errors + result.output).line)", isConfigMistake: true
      )
    }
    return String(id)
  }

  public func states(of jobs: [ClusterRecord.Job]) async throws -> [String: TaskStates] {
    guard !jobs.isEmpty else { return [:] }
    let known = Dictionary(jobs.map { ($0.id, $0) }) { $1 }
    // A line a task, below two lines of heading.
    let found = try await EngineCommand.run("qstat", ["-u", "*", "-g", "d"])
    guard found.status == 0 else { throw failure("qstat", found) }
    var states: [String: TaskStates] = [:]
    for line in found.output.split(separator: "\n") {
      let fields = line.split(whereSeparator: \.isWhitespace)
      // It shows the beginning of a name.
      guard fields.count > 4, let job = known[String(fields[0])], job.name.hasPrefix(fields[2]) else {
        continue
      }
      // Numbers from 1 on, at the end of the line: see `script`.
      let place = job.tasks.isEmpty ? nil : fields.last.flatMap { Int($0) }
      let task = place.flatMap { job.tasks.indices.contains($0 - 1) ? job.tasks[$0 - 1] : nil }
      var state = states[String(fields[0])] ?? TaskStates()
      let word = fields[4]
      if word.contains("E") {
        state.count(.failed, task)
        state.reasons.insert("\(word) (qstat -j \(fields[0]) tells why)")
      } else if word.contains("q") || word.contains(where: { "sST".contains($0) }) {
        state.count(.waiting, task)
        if word != "qw" { state.reasons.insert(String(word)) }
      } else {
        state.count(.running, task)
      }
      states[String(fields[0])] = state
    }
    return states
  }

  public func cancel(_ ids: [String]) async throws {
    guard !ids.isEmpty else { return }
    let found = try await EngineCommand.run("qdel", ids)
    guard found.status == 0 || (found.output + found.errors).contains("does not exist") else {
      throw failure("qdel", found)
    }
  }

  /// Whether what a command says means that the queue master does not answer for now.
  private func isUnreachable(_ result: EngineCommand.Result) -> Bool {
    ["commlib", "unable to contact", "unable to send"]
      .contains(where: (result.errors + result.output).contains)
  }

  private func failure(_ command: String, _ result: EngineCommand.Result) -> ClusterError {
    let isUnreachable = isUnreachable(result)
    return ClusterError(
      "\(command): \((result.errors + result.output).line)\(isUnreachable ? ": is the queue master up?" : "")",
      isTemporary: isUnreachable)
  }
}
