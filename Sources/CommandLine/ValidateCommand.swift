internal import ArgumentParser
internal import JSON
internal import Pipeline

/// `apus validate`
struct ValidateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate", abstract: "Check a config and show every mistake at once.",
    discussion: "Example: apus validate configs/planetary-computer-landsat.json")

  @Argument(help: "The config file.", completion: .file(extensions: ["json"]))
  var config: String

  @Flag(help: "Print the config with every default filled in: itself a config, of the same meaning.")
  var resolved = false

  func run() throws {
    let reading = ConfigReader.read(path: config)
    for line in reading.messages { Console.result(line) }
    guard let found = reading.config else {
      Console.message("apus: \(counted(reading.messages.count, "mistake")) in \(config)")
      throw ExitStatus.usage
    }
    for warning in found.warnings {
      resolved ? Console.message("warning: \(warning)") : Console.result("warning: \(warning)")
    }
    if resolved {
      Console.document(found.resolved.text(pretty: true))
    } else {
      Console.result("\(config): no mistakes")
    }
  }
}
