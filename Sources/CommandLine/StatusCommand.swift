internal import ArgumentParser
internal import Cluster
internal import Engine
internal import JSON
internal import Pipeline

/// `apus status`
struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show how far a run has come, also while it goes on.",
    discussion: "Example: apus status out/maule-ndvi")

  @Argument(help: "The run directory, or its URL in an object store.", completion: .directory)
  var run: String

  @Flag(help: "Print JSON.")
  var json = false

  func run() async throws {
    try await reporting {
      let status = try await RunStatus(run)
      let jobs = try await jobs(status)
      if json {
        var document = status.json
        if let jobs { document["cluster"] = jobs.json }
        if let work = jobs?.work, status.holder == nil { document["running"] = .string(work) }
        Console.document(document.text(pretty: true))
      } else {
        show(status, work: jobs?.work)
        for line in jobs?.lines ?? [] { Console.result(line) }
      }
      // A loss is never silent: scripts go by the exit status.
      if status.hasLosses { throw ExitStatus.failure }
    }
  }

  /// The jobs of the run on a cluster; nil where it has none.
  private func jobs(_ status: RunStatus) async throws -> ClusterJobs? {
    guard let record = try ClusterRecord(run: run) else { return nil }
    return try await ClusterJobs(record, status)
  }

  /// The state of a run that is neither complete nor at work.
  private func rest(_ status: RunStatus) -> String {
    status.waiting == 0 && status.hasLosses ? "finished with losses" : "not finished"
  }

  /// - Parameter work: what tasks of a cluster do for it; nil where none is at work.
  private func show(_ status: RunStatus, work: String?) {
    let state =
      status.isComplete && !status.hasLosses
      ? "complete" : (status.holder ?? work).map { "running (\($0))" } ?? rest(status)
    Console.result("\(status.pipeline) in \(status.directory): \(state)")
    for sequence in status.sequences {
      let counts = sequence.counts
      Console.result(
        "\(sequence.name): \(counts.done) cells done, \(counts.empty) empty, \(counts.failed) failed, "
          + "\(sequence.waiting) waiting")
      for date in sequence.dates {
        let waiting = sequence.chunks - date.counts.total
        Console.result(
          "  \(date.label): \(date.counts.done) done, \(date.counts.empty) empty, \(date.counts.failed) failed, "
            + "\(waiting) waiting")
      }
      for stage in sequence.stages {
        let (waiting, failed) = (stage.missingChunks.count, stage.failedChunks.count)
        Console.result(
          "  \(stage.modules.joined(separator: ", ")) (stage \(stage.index)): "
            + "\(sequence.grid - waiting - failed) chunks done, \(failed) with failed layers, \(waiting) waiting"
        )
      }
      for product in sequence.products {
        Console.result(
          "  \(product.module) → \(product.variable): \(product.published) of \(product.files) files published"
        )
      }
      for table in sequence.tables {
        Console.result("  table \(table.name): \(table.published) of \(table.files) files published")
      }
      for date in sequence.rejected { Console.result("  \(date.date): rejected, \(date.words)") }
      for reason in sequence.lost { Console.result("  lost item: \(reason)") }
      for loss in sequence.losses { Console.result("  loss on \(loss.date): \(loss.reason)") }
    }
  }
}
