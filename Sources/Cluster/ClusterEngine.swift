public import Pipeline

/// An engine that runs jobs on many machines. Apus asks two things of it: jobs of many tasks, each of which knows its
/// number, and jobs that wait for others.
public protocol ClusterEngine: Sendable {
  /// Its name in configs.
  static var name: String { get }

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

  /// The states of jobs that the engine still knows, by their ids.
  ///
  /// A job of the same id and another name is somebody else's: engines count from the beginning again when their state is
  /// lost.
  ///
  /// - Throws: `ClusterError` where the engine does not answer.
  func states(of jobs: [ClusterRecord.Job]) async throws -> [String: TaskStates]

  /// Ends jobs; those that have ended are left alone.
  ///
  /// - Parameter ids: of jobs that are known to be the run's own: see `states`.
  /// - Throws: `ClusterError` with the engine's words.
  func cancel(_ ids: [String]) async throws
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
  public var reasons: Set<String> = []

  public var isAtWork: Bool { waiting + running > 0 }
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

/// A word of a shell's command.
func quoted(_ word: String) -> String {
  "'" + word.replacing("'", with: "'\\''") + "'"
}
