internal import ArgumentParser
internal import Engine
internal import JSON
internal import Pipeline

/// `apus plan`
struct PlanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Say what would run: scenes, grid, chunks, cells, bytes, memory. Writes nothing.",
    discussion: "Example: apus plan configs/demo.json --probe")

  @Argument(help: "The config file.", completion: .file(extensions: ["json"]))
  var config: String

  @OptionGroup var overrides: Overrides

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "Print the grid and the scenes as GeoJSON, to look at on a map.")
  var geojson = false

  @Flag(help: "Try a few cells of the real sources, and say how long the run will take.")
  var probe = false

  func validate() throws {
    if json, geojson { throw ValidationError("--json and --geojson are two forms: give one") }
  }

  func run() async throws {
    try await reporting {
      let start = ProgressPrinter.seconds()
      let config = try PipelineConfig.load(config, overrides)
      let plan = try await PipelinePlanner(config).plan()
      let planning = ProgressPrinter.seconds() - start
      var summaries: [PlanSummary] = []
      var results: [RunProbe.Result?] = []
      for sequence in plan.sequences {
        let result = probe ? try await RunProbe(sequence, in: plan).measure() : nil
        if sequence.plan != nil { results.append(result) }
        summaries.append(PlanSummary(sequence, formats: plan.config.output.formats, probe: result))
      }
      let whole = RunProbe.whole(results, planning: planning)
      for warning in plan.warnings { Console.message("warning: \(warning)") }
      for note in plan.notes { Console.message("note: \(note)") }
      if geojson {
        Console.document(PlanMap(plan).json.text(pretty: true))
      } else if json {
        var value: JSONValue = [
          "pipeline": .string(plan.config.name), "sequences": .array(summaries.map(\.json)),
          "notes": .array(plan.notes.map { .string($0) }),
          "warnings": .array(plan.warnings.map { .string($0) }),
        ]
        if let whole { value["seconds"] = [.number(whole.lowerBound), .number(whole.upperBound)] }
        Console.document(value.text(pretty: true))
      } else {
        for line in summaries.flatMap(\.lines) { Console.result(line) }
        if let whole { Console.result("the run: \(PlanSummary.seconds(whole)) in all") }
      }
    }
  }
}
