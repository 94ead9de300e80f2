internal import ArgumentParser
internal import Cluster
internal import Pipeline

/// `apus cancel`
struct CancelCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cancel", abstract: "Stop a run's jobs on a cluster.",
    discussion: """
      What they finished stays; the command that began the run submits what is missing.

      Example: apus cancel out/maule-ndvi
      """)

  @Argument(help: "The run directory, or its URL in an object store.", completion: .directory)
  var run: String

  func run() async throws {
    try await reporting {
      guard let record = try ClusterRecord(run: run),
        let engine = RunMode(rawValue: record.engine).flatMap({ ClusterRun.engine($0, ClusterSettings()) })
      else {
        throw PlanError("\(run) has no jobs on a cluster (no cluster.json)", isConfigMistake: true)
      }
      let states = try await engine.states(of: record.jobs)
      let jobs = record.jobs.filter { states[$0.id]?.isAtWork ?? false }
      try await engine.cancel(jobs.map(\.id))
      Console.result(
        jobs.isEmpty
          ? "\(run): none of its jobs is at work"
          : "\(run): cancelled \(jobs.map { "\($0.kind) \($0.id)" }.joined(separator: ", "))")
    }
  }
}
