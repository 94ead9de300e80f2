internal import ArgumentParser
internal import Pipeline

/// `apus modules`
struct ModulesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "modules", abstract: "List the modules, or explain one with its parameters.",
    discussion: "Example: apus modules cloud_mask")

  @Argument(help: "The module to explain.", completion: .list(ModuleCatalogue().names))
  var name: String?

  func run() throws {
    guard let name else {
      Console.document(ModuleCatalogue().table)
      return
    }
    guard let text = ModuleCatalogue().page(name) else {
      Console.message("apus: \(ModuleCatalogue().unknown(name))")
      throw ExitStatus.usage
    }
    Console.document(text)
  }
}
