public import Pipeline

/// Jobs of an engine that have not ended and belong to a run: nothing that they work with may be changed under them.
public struct JobsAtWork: Sendable {
  public let record: ClusterRecord
  public let engine: any ClusterEngine
  private let path: String

  /// Asks the engine for the jobs that were submitted for a config's run; nil where none is at work.
  ///
  /// - Parameter config: whose output is the run's.
  /// - Throws: `ClusterError` where the engine cannot be asked, `PlanError`, `StorageError`, `GDALError`.
  public init?(of config: PipelineConfig) async throws {
    try config.checkPlace()
    path = config.runPath
    guard let record = try ClusterRecord(run: path), let mode = RunMode(rawValue: record.engine) else {
      return nil
    }
    // Another engine's settings say nothing of this one.
    let settings = mode == config.clusterMode ? config.cluster : ClusterSettings()
    guard let engine = ClusterRun.engine(mode, settings) else { return nil }
    do {
      guard try await engine.states(of: record.jobs).values.contains(where: \.isAtWork) else { return nil }
    } catch let error as ClusterError {
      throw ClusterError(
        "\(path) has jobs of \(mode.rawValue), and whether they are at work cannot be asked: \(error)",
        isConfigMistake: error.isConfigMistake, isTemporary: error.isTemporary)
    }
    (self.record, self.engine) = (record, engine)
  }

  /// Makes sure that a command which plans the run would not change what the jobs work with.
  ///
  /// - Parameters:
  ///   - config: of the command.
  ///   - isFresh: whether it would remove what is there.
  ///   - isPlanOnly: whether it would plan again, and no more.
  /// - Throws: `ClusterError` that says what to do, `PlanError`, `StorageError`, `GDALError`.
  public func check(_ config: PipelineConfig, isFresh: Bool, isPlanOnly: Bool) throws {
    let obstacle: String? =
      if config.clusterMode.rawValue != record.engine {
        "they are jobs of \(record.engine), and the config's \"run_mode\" is \"\(config.clusterMode.rawValue)\""
      } else if isFresh {
        "--fresh would remove what they work on"
      } else if isPlanOnly {
        "--plan-only would plan the run under them"
      } else if try !config.isThatOfRun() {
        "the config is not the one that they were submitted with"
      } else {
        nil
      }
    guard let obstacle else { return }
    throw ClusterError(
      "\(path): its jobs are at work (\(names)), and \(obstacle): wait until they have ended (apus status \(path)), or "
        + "stop them (apus cancel \(path)), then give the command again", isConfigMistake: true)
  }

  /// Starts what is due, where the engine does not do that by itself.
  ///
  /// - Throws: `ClusterError` where the engine does not answer.
  public func startDue() async throws { try await engine.startDue(record.jobs) }

  /// Makes sure that no other process has submitted jobs for a run since this one looked.
  ///
  /// - Parameter config: whose output is the run's.
  /// - Throws: `ClusterError`: as the initialiser, and where there are jobs at work.
  public static func refuse(for config: PipelineConfig) async throws {
    guard let jobs = try await JobsAtWork(of: config) else { return }
    throw ClusterError(
      "\(jobs.path): another process has just submitted its jobs (\(jobs.names)): the same command comes back to them",
      isTemporary: true)
  }

  private var names: String { record.jobs.map { "\($0.kind) \($0.id)" }.joined(separator: ", ") }
}
