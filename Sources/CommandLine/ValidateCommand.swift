internal import ArgumentParser
internal import Pipeline

/// `apus validate`
struct ValidateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "validate", abstract: "Check a config and show every mistake at once.",
    discussion: "Example: apus validate configs/planetary-computer-landsat.json")

  @Argument(help: "The config file.", completion: .file(extensions: ["json"]))
  var config: String

  func run() throws {
    let reading = ConfigReader.read(path: config)
    for line in reading.messages { Console.result(line) }
    guard reading.config != nil else {
      Console.message("apus: \(counted(reading.messages.count, "mistake")) in \(config)")
      throw ExitStatus.usage
    }
    Console.result("\(config): no mistakes")
  }
}
