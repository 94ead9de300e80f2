internal import ArgumentParser
internal import JSON
internal import Pipeline

/// `apus sensors`
struct SensorsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sensors", abstract: "List the satellite products Apus knows, or explain one.",
    discussion: """
      A config's "sensors" adds products, or changes what is known of one. --json prints the built-in table in \
      the words of a config, to start from.

      Example: apus sensors landsat-c2-l2
      """)

  @Argument(help: "The product to explain.", completion: .list(SensorCatalogue().names))
  var name: String?

  @Option(help: "A config whose own products are shown too.")
  var config: String?

  @Flag(help: "Print the built-in table as a config has it.")
  var json = false

  func run() throws {
    let table: SensorCatalogue
    if let config {
      table = SensorCatalogue(try PipelineConfig.load(config).sensors)
    } else {
      table = SensorCatalogue()
    }
    if let name, !table.names.contains(name) {
      Console.message("apus: \(table.unknown(name))")
      throw ExitStatus.usage
    }
    if json {
      guard config == nil else {
        Console.message("apus: --json prints the built-in table; the config has its own products already")
        throw ExitStatus.usage
      }
      Console.document(SensorCatalogue.document(name).text(pretty: true) + "\n")
    } else {
      Console.document(name.flatMap(table.page) ?? table.table)
    }
  }
}
