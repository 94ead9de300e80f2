internal import ArgumentParser

/// `apus manual`
struct ManualCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "manual", abstract: "Print the manual, for man.",
    discussion: "Example: apus manual > apus.1")

  func run() throws { Console.document(ManualPage.text) }
}
