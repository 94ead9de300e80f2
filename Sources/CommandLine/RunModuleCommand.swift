internal import ArgumentParser
internal import Engine
internal import Geo
internal import Pipeline
internal import Raster

/// `apus run-module`
struct RunModuleCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run-module", abstract: "Run one module on one date or one chunk, and say what it saw.",
    discussion: """
      Prints what came in (variables, valid fraction, range) and what came out, and how long it took. Without --date \
      a module that works on single dates takes the first one, a reduction all of them.

      Example: apus run-module configs/demo.json cloud_mask
      """)

  @Argument(help: "The config file.", completion: .file(extensions: ["json"]))
  var config: String

  @Argument(
    help: "The module, by its own or by its result's name.", completion: .list(ModuleCatalogue().names))
  var module: String

  @Option(help: "The sequence, when several have the module.")
  var sequence: String?

  @Option(help: "The date, such as 2021-01-03.")
  var date: String?

  @Option(help: "The chunk as ROW,COLUMN, counted from 0; the whole grid without it.")
  var chunk: String?

  @Option(help: "Write the inputs and results as NetCDF below this directory.")
  var output: String?

  @Option(help: "Worker threads; 0 for one per processor.")
  var threads: Int?

  func validate() throws {
    if let threads, !(0...1024).contains(threads) { throw ValidationError("--threads is 0 to 1024") }
    if let output, output.isEmpty { throw ValidationError("--output is empty") }
    if let chunk, RunModuleCommand.index(chunk) == nil {
      throw ValidationError("--chunk \(chunk) is not ROW,COLUMN such as 0,3")
    }
  }

  func run() async throws {
    try await reporting {
      var config = try PipelineConfig.load(config)
      config.override(threads: threads, memory: nil)
      let request = ModuleInspection.Request(
        module: module, sequence: sequence, date: date, chunk: chunk.flatMap(RunModuleCommand.index),
        output: output)
      let inspection = ModuleInspection(config, version: Apus.version)
      let result = try await Interruption.cancelling { try await inspection.run(request) }
      show(result)
      if !result.losses.isEmpty {
        for loss in result.losses {
          Console.message(
            "apus: \(loss.date ?? "")\(loss.date == nil ? "" : ": ")\(counted(loss.cells, "cell")): \(loss.reason)"
          )
        }
        throw ExitStatus.failure
      }
    }
  }

  private func show(_ result: ModuleInspection.Result) {
    Console.result(
      "\(module) in sequence \(result.sequence): \(result.window.width) × \(result.window.height) pixels "
        + "(\(result.window)) of \(result.grid.width) × \(result.grid.height), \(result.grid.crs.name)")
    Console.result(
      "cells: \(result.cells.done) done, \(result.cells.empty) empty, \(result.cells.failed) failed")
    for note in result.notes { Console.result(note) }
    if !result.inputs.isEmpty { Console.result("in:") }
    for product in result.inputs { show(product, pixels: result.window.count) }
    Console.result("out:")
    for product in result.outputs { show(product, pixels: result.window.count) }
    Console.result(
      "time: \(rounded(result.seconds)) s (read \(rounded(result.times.read)), compute "
        + "\(rounded(result.times.compute)), compress \(rounded(result.times.compress)), write "
        + "\(rounded(result.times.write)) s of worker time)")
    for file in result.files { Console.result("\(output ?? "")/\(file)") }
  }

  private func show(_ product: ProductReport, pixels: Int) {
    for layer in product.layers {
      let statistics = layer.statistics
      let share = pixels == 0 ? 0 : Double(statistics.count) / Double(pixels)
      var line = "  \(product.variable.name) \(layer.label): \(rounded(share * 100)) % valid"
      if let mean = statistics.mean, let deviation = statistics.standardDeviation {
        line += ", \(rounded(statistics.minimum)) … \(rounded(statistics.maximum))"
        line += ", mean \(rounded(mean)) ± \(rounded(deviation))"
      }
      Console.result(line)
    }
  }

  /// Six digits, for people.
  private func rounded(_ value: Double) -> String {
    guard value.isFinite, value != 0, abs(value) < 1e12 else { return "\(value)" }
    var scale = 1.0
    while abs(value) * scale < 100_000, scale < 1e9 { scale *= 10 }
    return "\((value * scale).rounded() / scale)"
  }

  private static func index(_ text: String) -> ChunkIndex? {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let row = parts[0], let column = parts[1] else { return nil }
    return ChunkIndex(row: row, column: column)
  }
}
