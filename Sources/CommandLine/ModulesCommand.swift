internal import ArgumentParser
internal import Pipeline

/// `apus modules`
struct ModulesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "modules", abstract: "List the modules, or explain one with its parameters.",
    discussion: """
      With --config, prints a config in which the module's first example runs on a simulated archive; its page says how \
      to make that.

      Example: apus modules cloud_mask
      """)

  @Argument(help: "The module to explain.", completion: .list(ModuleCatalogue().names))
  var name: String?

  @Flag(help: "Print a config with the module's example instead, to run.")
  var config = false

  func run() throws {
    guard let name else {
      guard !config else {
        Console.message("apus: name the module: apus modules ndvi --config")
        throw ExitStatus.usage
      }
      Console.document(ModuleCatalogue().table)
      return
    }
    guard let text = ModuleCatalogue().page(name) else {
      Console.message("apus: \(ModuleCatalogue().unknown(name))")
      throw ExitStatus.usage
    }
    guard config else { return Console.document(text) }
    guard let example = ModuleCatalogue().config(name) else {
      Console.message("apus: \(name) has no example that runs by itself")
      throw ExitStatus.usage
    }
    Console.document(example)
  }
}
