public import Pipeline
internal import Storage

/// What tasks said last, in the logs that lie in a run directory.
public struct TaskWords: Sendable {
  private let run: String

  /// - Parameter run: the run directory; in an object store there are no logs.
  public init(run: String) { self.run = run }

  /// Failed tasks that are named one by one: more of them mostly say the same.
  private static let most = 3

  /// A line for each of the first tasks of a job that failed, where it left one: "shard 2: …".
  ///
  /// - Parameters:
  ///   - job: of the run's record.
  ///   - state: what the engine says of it; none of its tasks is named that has not failed.
  public func ofFailed(_ job: ClusterRecord.Job, _ state: TaskStates) -> [String] {
    guard state.failed > 0 else { return [] }
    guard !job.tasks.isEmpty else { return last(of: job, task: 0).map { [$0] } ?? [] }
    return (state.numbers[.failed] ?? []).sorted().prefix(Self.most).compactMap { task in
      last(of: job, task: task).map { "shard \(task): \($0)" }
    }
  }

  /// The last line of a task that has a message of Apus, or the last line.
  private func last(of job: ClusterRecord.Job, task: Int) -> String? {
    // Named "apus-MARK-FILE".
    guard let file = job.name.split(separator: "-", maxSplits: 2).last,
      let bytes = try? LocalFiles.readAll("\(run)/ledger/logs/\(file)-\(task).log")
    else { return nil }
    let lines = bytes.suffix(65_536).split(separator: UInt8(ascii: "\n"))
      .map { String(decoding: $0, as: UTF8.self).trimmed }.filter { !$0.isEmpty }
    let words = lines.last { $0.hasPrefix("apus: ") }.map { String($0.dropFirst(6)) } ?? lines.last
    return words.map { String($0.prefix(1000)) }
  }
}
