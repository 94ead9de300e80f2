internal import ArgumentParser
internal import Pipeline

/// What of a run comes when its parts are there, whoever computed them: periods, tables, files, summary.
struct RunPublishing {
  private let worker: ShardWorker
  private let printer: ProgressPrinter

  init(_ worker: ShardWorker, _ printer: ProgressPrinter) {
    (self.worker, self.printer) = (worker, printer)
  }

  /// Publishes, in a task that signals cancel.
  func run() async throws { try await Interruption.cancelling { try await publish() } }

  /// - Throws: `ExitStatus.temporary` where parts are missing, `.failure` where cells failed; what a run throws.
  func publish() async throws { try await worker.publishing { try await publishAlone() } }

  private func publishAlone() async throws {
    let runner = PipelineRunner(try worker.config(), version: Apus.version, isFresh: false) {
      [printer] in printer.show($0)
    }
    // What is stored is compared with its checksums below, where it is read.
    let prepared = try await runner.prepare(isChecking: false, mirror: worker.mirror)
    var isComplete = true
    for sequence in prepared.sequences {
      // Those with failed cells are tried once more below, and else published with what is missing in them.
      let missing = sequence.waiting.filter { !sequence.failed.contains($0) }
      guard !missing.isEmpty else { continue }
      isComplete = false
      Console.message(
        "apus: sequence \"\(sequence.name)\": \(missing.count) of \(sequence.chunks) chunks are not computed "
          + "(the first: \(missing.prefix(5).map(String.init).joined(separator: ", "))); their tasks ended "
          + "early: the command that began the run submits them again")
    }
    guard isComplete else { throw ExitStatus.temporary }
    try await worker.fetchChunks()
    let outcome = try await runner.run()
    Console.result("\(outcome.results)/summary.json")
    try outcome.sayLosses()
  }
}
