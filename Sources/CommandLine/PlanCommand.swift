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
      let config = try PipelineConfig.load(config, overrides)
      let plan = try await PipelinePlanner(config).plan()
      var summaries: [PlanSummary] = []
      for sequence in plan.sequences {
        let result = probe ? try await RunProbe(sequence, in: plan).measure() : nil
        summaries.append(PlanSummary(sequence, formats: plan.config.output.formats, probe: result))
      }
      for warning in plan.warnings { Console.message("warning: \(warning)") }
      for note in plan.notes { Console.message("note: \(note)") }
      if geojson {
        Console.document(PlanMap(plan).json.text(pretty: true))
      } else if json {
        let value: JSONValue = [
          "pipeline": .string(plan.config.name), "sequences": .array(summaries.map(\.json)),
          "notes": .array(plan.notes.map { .string($0) }),
          "warnings": .array(plan.warnings.map { .string($0) }),
        ]
        Console.document(value.text(pretty: true))
      } else {
        for line in summaries.flatMap(\.lines) { Console.result(line) }
      }
    }
  }
}
