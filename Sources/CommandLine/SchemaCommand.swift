internal import ArgumentParser
internal import JSON
internal import Pipeline

/// `apus schema`
struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema", abstract: "Print the JSON Schema of the config, for editors.",
    discussion: "Example: apus schema > apus.schema.json")

  func run() throws {
    Console.document(ConfigSchema.schema().text(pretty: true))
  }
}
