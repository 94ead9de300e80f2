internal import JSON
public import Pipeline

/// Slurm: job arrays, dependencies, `squeue`. No accounting database is needed.
public struct Slurm: ClusterEngine {
  public static let name = "slurm"
  private let settings: ClusterSettings

  public init(_ settings: ClusterSettings) { self.settings = settings }

  public func taskLimit() async throws -> Int? {
    let found = try await EngineCommand.run("scontrol", ["show", "config"])
    guard found.status == 0 else {
      throw ClusterError(
        "scontrol show config: \(found.errors.line): is Slurm's controller up?",
        isTemporary: Slurm.isUnreachable(found.errors))
    }
    let line = found.output.split(separator: "\n").first { $0.hasPrefix("MaxArraySize") }
    return line.flatMap { Int($0.split(separator: "=").last?.trimmed ?? "") }
  }

  public func script(of job: JobDescription) -> String {
    var lines = ["#!/bin/sh"]
    func option(_ name: String, _ value: String?) {
      if let value { lines.append("#SBATCH --\(name)=\(value)") }
    }
    option("job-name", job.name)
    // Slurm takes "%" for the beginning of one of its own marks, and words apart at blanks.
    let log = job.log?.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("%", with: "%%")
    option("output", log.map { "\"\($0)\(job.tasks.isEmpty ? "0" : "%a").log\"" })
    option("open-mode", "append")
    option("array", job.tasks.isEmpty ? nil : job.tasks.ranges)
    if !job.waits.isEmpty {
      let words = job.waits.map { wait in
        switch wait {
        case .success(let id): "afterok:\(id)"
        case .end(let id): "afterany:\(id)"
        }
      }
      option("dependency", words.joined(separator: ","))
      option("kill-on-invalid-dep", "yes")
    }
    option("mem", "\((job.memory + (1 << 20) - 1) >> 20)M")
    option("cpus-per-task", "\(job.cpus)")
    option("partition", settings.partition)
    option("account", settings.account)
    option("time", settings.time.map(timeText))
    option("constraint", settings.constraint)
    lines.append("#SBATCH --requeue")
    for option in settings.options { lines.append("#SBATCH \(option)") }
    if let prepare = settings.prepare { lines += ["set -e", prepare] }
    if !job.tasks.isEmpty { lines.append("APUS_TASK=$SLURM_ARRAY_TASK_ID") }
    lines += ["status=0", job.command + " || status=$?"]
    if !job.tasks.isEmpty {
      // Slurm knows no retry by exit status: a task that says "try again" goes back into the queue by itself, twice.
      lines += [
        "if [ $status -eq 75 ] && [ \"${SLURM_RESTART_COUNT:-0}\" -lt 2 ]; then",
        "  scontrol requeue \"${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID\" && sleep 60", "fi",
      ]
    }
    lines.append("exit $status")
    return lines.joined(separator: "\n") + "\n"
  }

  public func submit(_ job: JobDescription) async throws -> String {
    let result = try await EngineCommand.run("sbatch", ["--parsable"], input: script(of: job))
    guard result.status == 0, let id = result.output.trimmed.split(separator: ";").first, Int(id) != nil
    else {
      let words = (result.errors + result.output).line
      guard !Slurm.isUnreachable(words) else {
        throw ClusterError(
          "sbatch: \(words): the job \"\(job.name)\" may be there all the same (squeue --name \(job.name)); the same "
            + "command tries again", isTemporary: true)
      }
      throw ClusterError("sbatch refuses the job \"\(job.name)\": \(words)", isConfigMistake: true)
    }
    return String(id)
  }

  /// Whether what Slurm's commands say means that the controller does not answer for now.
  private static func isUnreachable(_ words: String) -> Bool {
    let phrases = [
      "timed out", "Unable to contact", "Connection refused", "Zero Bytes were transmitted",
      "connect failure",
    ]
    return phrases.contains(where: words.contains)
  }

  public func states(of jobs: [ClusterRecord.Job]) async throws -> [String: TaskStates] {
    guard !jobs.isEmpty else { return [:] }
    let names = Dictionary(jobs.map { ($0.id, $0.name) }) { $1 }
    // A line a task; those of arrays that wait are one line with their numbers in brackets.
    let found = try await EngineCommand.run(
      "squeue",
      [
        "--noheader", "--states=all", "--array", "--format=%F|%T|%K|%j|%r",
        "--jobs=" + jobs.map(\.id).joined(separator: ","),
      ])
    // It fails where it knows none of them any more.
    guard found.status == 0 || found.errors.contains("Invalid job id") else {
      throw ClusterError(
        "squeue: \(found.errors.line): the jobs may go on; the same command comes back to them",
        isTemporary: Slurm.isUnreachable(found.errors))
    }
    var states: [String: TaskStates] = [:]
    // The tasks of a job that failed, by reason.
    var failed: [String: [String: [Int]]] = [:]
    for line in found.output.split(separator: "\n") {
      let fields = line.split(separator: "|", maxSplits: 4, omittingEmptySubsequences: false)
      guard fields.count == 5, names[String(fields[0])] == String(fields[3]) else { continue }
      var state = states[String(fields[0])] ?? TaskStates()
      // So it ends where the file of its output cannot be opened, and also where its shell is killed.
      if fields[4] == "JobLaunchFailure" { state.isLaunchFault = true }
      let reason = fields[4] == "None" ? String(fields[1]) : "\(fields[1]) (\(fields[4]))"
      switch fields[1] {
      case "PENDING", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "SPECIAL_EXIT", "SUSPENDED":
        state.count(.waiting, Int(fields[2]))
        if fields[4] != "None" { state.reasons.insert(reason) }
      case "RUNNING", "COMPLETING", "CONFIGURING", "STAGE_OUT", "RESIZING", "SIGNALING", "STOPPED":
        state.count(.running, Int(fields[2]))
      case "COMPLETED": state.count(.done, Int(fields[2]))
      default:
        state.count(.failed, Int(fields[2]))
        if let task = Int(fields[2]) {
          failed[String(fields[0]), default: [:]][reason, default: []].append(task)
        } else {
          state.reasons.insert(reason)
        }
      }
      states[String(fields[0])] = state
    }
    for (job, reasons) in failed {
      for (reason, tasks) in reasons {
        states[job]?.reasons.insert("\(reason): shard \(tasks.sorted().ranges)")
      }
    }
    return states
  }

  public func cancel(_ ids: [String]) async throws {
    guard !ids.isEmpty else { return }
    let found = try await EngineCommand.run("scancel", ids)
    guard found.status == 0 || found.errors.contains("Invalid job id") else {
      throw ClusterError("scancel: \(found.errors.line)", isTemporary: Slurm.isUnreachable(found.errors))
    }
  }
}

extension StringProtocol {
  /// What an engine says, in one line.
  var line: String { split(whereSeparator: \.isNewline).map(\.trimmed).joined(separator: "; ") }

  var trimmed: String {
    var text = Substring(self)
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
