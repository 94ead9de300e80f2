import ArgumentParser
import TestSupport
import Testing

@testable import CommandLine

@Suite struct HelpTests {
  /// The example in the help of every command is one that the command takes.
  @Test(arguments: Apus.configuration.subcommands.map { $0.configuration.commandName ?? "" } + [""])
  func `every command has an example that parses`(name: String) throws {
    let command: any ParsableCommand.Type =
      Apus.configuration.subcommands.first { $0.configuration.commandName == name } ?? Apus.self
    let lines = Apus.helpMessage(for: command, columns: 200).split(separator: "\n").map { line in
      line.drop { $0 == " " }
    }
    let examples = lines.compactMap { line -> Substring? in
      if line.hasPrefix("Example: apus ") { return line.dropFirst("Example: apus ".count) }
      return line.hasPrefix("apus \(name) ") ? line.dropFirst("apus ".count) : nil
    }
    #expect(!examples.isEmpty)
    for example in examples {
      // What a shell takes away, and explanations in a second column.
      let end = [" >", "  "].compactMap { example.firstRange(of: $0)?.lowerBound }.min() ?? example.endIndex
      let words = example[..<end].split(separator: " ").map(String.init)
      #expect(name.isEmpty || words.first == name)
      #expect(throws: Never.self) { try Apus.parseAsRoot(words) }
    }
  }

  @Test func `the version names the libraries`() async throws {
    let result = try await Program([Project.apus, "--version"]).run()
    let output = result.output
    #expect(result.status == 0 && result.errors.isEmpty)
    #expect(output.hasPrefix("apus " + Apus.version + " (GDAL ") && output.hasSuffix(")\n"))
    #expect(output.contains(/GDAL \d+\.\d+\.\d+.*, netCDF \d+\.\d+.*, HDF5 \d+\.\d+\.\d+\)/), "\(output)")
  }

  @Test(arguments: [
    ("rnu", "did you mean \"run\"?"), ("simulte", "did you mean \"simulate\"?"),
    ("config.json", "apus run config.json"),
    ("qqqqqq", "apus --help"),
  ])
  func `a word that is no command is answered with the nearest`(word: String, advice: String) {
    #expect(Apus.unknownCommand(word)?.contains(advice) == true)
  }

  @Test func `commands and options are none`() {
    for word in Apus.configuration.subcommands.compactMap({ $0.configuration.commandName }) + [
      "help", "--version",
    ] {
      #expect(Apus.unknownCommand(word) == nil)
    }
  }
}
