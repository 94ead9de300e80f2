public import Pipeline

/// An engine that runs jobs on many machines. Apus asks two things of it: jobs of many tasks, each of which knows its
/// number, and jobs that wait for others.
public protocol ClusterEngine: Sendable {
  /// Its name in configs.
  static var name: String { get }

  /// Whether it starts by itself what waits for other jobs; else `startDue` does.
  static var startsWhatWaits: Bool { get }

  /// The most tasks that one job may have; nil where the engine does not say.
  func taskLimit() async throws -> Int?

  /// Submits a job.
  ///
  /// - Returns: the engine's own name for it.
  /// - Throws: `ClusterError` with the engine's words.
  func submit(_ job: JobDescription) async throws -> String

  /// What `submit` would hand to the engine, for a look.
  ///
  /// - Throws: `ClusterError` where the settings do not make a job.
  func script(of job: JobDescription) throws -> String

  /// The states of jobs that the engine still knows, by their ids; changes nothing.
  ///
  /// A job of the same id and another name is somebody else's: engines count from the beginning again when their state is
  /// lost.
  ///
  /// - Throws: `ClusterError` where the engine does not answer.
  func states(of jobs: [ClusterRecord.Job]) async throws -> [String: TaskStates]

  /// Starts the jobs that have nothing left to wait for, and removes those that wait for a success that cannot come, where
  /// the engine does neither by itself.
  ///
  /// - Parameter jobs: of a run, each after those it waits for.
  /// - Throws: `ClusterError` where the engine does not answer.
  func startDue(_ jobs: [ClusterRecord.Job]) async throws

  /// Ends jobs; those that have ended are left alone.
  ///
  /// - Parameter ids: of jobs that are known to be the run's own: see `states`.
  /// - Throws: `ClusterError` with the engine's words.
  func cancel(_ ids: [String]) async throws
}

extension ClusterEngine {
  public static var startsWhatWaits: Bool { true }

  public func startDue(_ jobs: [ClusterRecord.Job]) async throws {}
}

/// A job as an engine is asked for it.
public struct JobDescription: Sendable {
  /// Whether a job waits for another to end well, or to end.
  public enum Wait: Sendable {
    case success(of: String)
    case end(of: String)
  }

  public let name: String
  /// What a task runs: words of a shell. In a job of several tasks `$APUS_TASK` is a task's number.
  public let command: String
  /// The numbers of the tasks; empty for one task without a number.
  public let tasks: [Int]
  public let waits: [Wait]
  /// The file that a task's output goes to, up to the task's number, which ".log" follows. Nil where the machines share
  /// no folder: the engine keeps the output as it does for other jobs.
  public let log: String?
  /// Bytes.
  public let memory: Int
  public let cpus: Int
  /// Whether no job of the run comes after it.
  public let isLast: Bool

  public init(
    name: String, command: String, tasks: [Int] = [], waits: [Wait] = [], log: String?, memory: Int,
    cpus: Int,
    isLast: Bool
  ) {
    (self.name, self.command, self.tasks, self.waits) = (name, command, tasks, waits)
    (self.log, self.memory, self.cpus, self.isLast) = (log, memory, cpus, isLast)
  }
}

/// How many tasks of a job are in which state, and why some wait or failed, in the engine's words.
public struct TaskStates: Sendable {
  public var waiting = 0
  public var running = 0
  public var done = 0
  public var failed = 0
  /// The numbers of the tasks, as far as the engine says which is how; rising.
  public private(set) var numbers: [State: [Int]] = [:]
  public var reasons: Set<String> = []
  /// Whether tasks may have ended before they began, since their node could not open the files they need.
  public var isLaunchFault = false

  /// What is to be done about that.
  public static let launchFault =
    "the run directory must lie in a folder that all nodes share (output.location, or --output), or in an object store"

  public var isAtWork: Bool { waiting + running > 0 }

  /// What a task is doing, in words of `status`.
  public enum State: String, CaseIterable, Sendable {
    case done, running, waiting, failed
  }

  /// Counts a task.
  ///
  /// - Parameter number: which of its job's it is; nil for one without a number.
  mutating func count(_ state: State, _ number: Int?) {
    switch state {
    case .done: done += 1
    case .running: running += 1
    case .waiting: waiting += 1
    case .failed: failed += 1
    }
    note(state, number.map { [$0] } ?? [])
  }

  /// Notes which tasks are how that are counted already.
  mutating func note(_ state: State, _ tasks: [Int]) {
    guard !tasks.isEmpty else { return }
    numbers[state, default: []] += tasks
  }

  /// Counts those that wait as failed: nobody will start them.
  mutating func failWaiting() {
    failed += waiting
    waiting = 0
    note(.failed, numbers.removeValue(forKey: .waiting) ?? [])
  }

  /// The numbers of the tasks by state: "0-3 done, 4 running".
  var shards: String {
    State.allCases.compactMap { state in numbers[state].map { "\($0.sorted().ranges) \(state.rawValue)" } }
      .joined(separator: ", ")
  }
}

extension Array where Element == Int {
  /// Numbers in rising order as engines write them: "0-3,7".
  var ranges: String {
    var ranges: [ClosedRange<Int>] = []
    for number in self {
      if let last = ranges.last, last.upperBound == number - 1 {
        ranges[ranges.count - 1] = last.lowerBound...number
      } else {
        ranges.append(number...number)
      }
    }
    return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
      .joined(separator: ",")
  }
}

/// Seconds as engines take them: "36:00:00".
func timeText(_ seconds: Int) -> String {
  let parts = [seconds / 60 % 60, seconds % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
  return "\(seconds / 3600):" + parts.joined(separator: ":")
}

/// A word of a shell's command.
func quoted(_ word: String) -> String {
  "'" + word.replacing("'", with: "'\\''") + "'"
}
