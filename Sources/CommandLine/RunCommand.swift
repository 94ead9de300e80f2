internal import ArgumentParser
internal import Cluster
internal import Engine
internal import Geo
internal import JSON
internal import Pipeline
internal import Synchronization

/// `apus run`
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run a pipeline, or continue it where it stopped.",
    discussion: """
      The same command again finishes what was interrupted, without repeating finished cells.

      Example: apus run configs/demo.json --output out/demo --memory 512MiB
      """)

  @Argument(help: "The config file.", completion: .file(extensions: ["json"]))
  var config: String

  @OptionGroup var overrides: Overrides

  @Flag(help: "Forget an earlier run in the same directory and start over.")
  var fresh = false

  @Option(help: "How to show progress: auto, plain, json or none.")
  var progress = ProgressStyle.auto

  @Flag(
    name: .customLong("plan-only"), help: "Plan the run and write the plan to its directory, for `apus work`."
  )
  var planOnly = false

  @Flag(
    name: .customLong("submit-only-print"),
    help: "Print the jobs that would be submitted to a cluster, and submit none.")
  var submitOnlyPrint = false

  @Flag(help: "On a cluster, wait for the end of the jobs.")
  var wait = false

  @Flag(help: "Print nothing but losses and errors.")
  var quiet = false

  func validate() throws {
    let only = [("--plan-only", planOnly), ("--submit-only-print", submitOnlyPrint), ("--wait", wait)]
      .filter(\.1).map(\.0)
    guard only.count < 2 else {
      throw ValidationError("\(only.joined(separator: " and ")) exclude each other: give one of them")
    }
  }

  func run() async throws {
    try await reporting {
      // First of all: mistakes in the config are for readers of JSON too.
      if progress == .json { Console.messagesAreJSON.withLock { $0 = true } }
      let config = try PipelineConfig.load(config, overrides)
      try AddressSpace.check(memory: config.resources.memory, threads: AddressSpace.threads(config.resources))
      let printer = ProgressPrinter(quiet ? .none : progress)
      let start = ProgressPrinter.seconds()
      if planOnly || config.clusterMode != .local {
        try await ClusterSubmission(
          config: config, printer: printer, isFresh: fresh, isPlanOnly: planOnly, isPrinted: submitOnlyPrint,
          isAwaited: wait || config.runMode == .local, isQuiet: quiet
        ).run()
        return
      }
      guard !submitOnlyPrint, !wait else {
        throw PlanError(
          "--wait and --submit-only-print are for a cluster: the config's \"run_mode\" is \"local\"",
          isConfigMistake: true)
      }
      try await checkForJobs(config, printer)
      let runner = PipelineRunner(config, version: Apus.version, isFresh: fresh) { printer.show($0) }
      let outcome = try await Interruption.cancelling { try await runner.run() }
      if !quiet { report(outcome, seconds: ProgressPrinter.seconds() - start) }
      try outcome.sayLosses()
    }
  }

  /// Refuses to publish beside a cluster's jobs that still compute for the same run.
  private func checkForJobs(_ config: PipelineConfig, _ printer: ProgressPrinter) async throws {
    let jobs: JobsAtWork?
    do {
      jobs = try await JobsAtWork(of: config)
    } catch let error as ClusterError {
      printer.show(.warning("\(error); the run goes on as if they had ended"))
      return
    } catch  where !config.sharesFolder {
      // The run itself says what its store refuses.
      return
    }
    try jobs?.check(config, isFresh: fresh, isPlanOnly: false)
  }

  private func report(_ outcome: PipelineRunner.Outcome, seconds: Double) {
    // A file may hold several variables.
    var named: Set<String> = []
    for sequence in outcome.report.sequences {
      for product in sequence.products {
        let files = product.layers.compactMap(\.file)
        guard let first = files.first, named.insert(first).inserted else { continue }
        let path = "\(outcome.results)/\(first)"
        if product.period == .date {
          Console.result("\(path) … \(counted(files.count, "date"))")
        } else {
          Console.result("\(path) (\(product.variable.name): \(Self.listed(product.layers.map(\.label))))")
        }
      }
      for file in sequence.tables.flatMap(\.files) { Console.result("\(outcome.results)/\(file)") }
    }
    Console.result("\(outcome.results)/summary.json")
    if outcome.report.files.contains(where: { $0.path == "report.html" }) {
      Console.result("\(outcome.results)/report.html")
    }
    if let destination = outcome.destination, destination != outcome.results, outcome.uploadFailures.isEmpty {
      Console.message("uploaded to \(destination)")
    }
    let time = (seconds * 10).rounded() / 10
    if progress == .json {
      Console.event(["event": "run_ended", "seconds": .number(time)])
    } else {
      Console.message("done in \(time) s" + planned(outcome.report.timeline.forecasts))
    }
  }

  /// How well the plan did, where it said something of a quantity that was found.
  private func planned(_ forecasts: [RunTimeline.Forecast]) -> String {
    let parts = forecasts.compactMap { forecast -> String? in
      switch forecast.unit {
      case .seconds: "\(ShortNumber.duration(forecast.planned.upperBound)) estimated at a tenth of the cells"
      case .bytes where forecast.name.hasPrefix("Peak memory"):
        "peak memory \(ShortNumber.bytes(Int(forecast.found))) of \(ShortNumber.bytes(Int(forecast.planned.upperBound))) planned"
      default: nil
      }
    }
    return parts.isEmpty ? "" : "; " + parts.reversed().joined(separator: ", ")
  }

  /// The labels of layers; of more than a year's months the first, the last and their number.
  private static func listed(_ labels: [String]) -> String {
    guard labels.count > 12, let first = labels.first, let last = labels.last else {
      return labels.joined(separator: ", ")
    }
    return "\(first) … \(last), \(labels.count) layers"
  }
}
