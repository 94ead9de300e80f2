internal import ArgumentParser

/// `apus manual`
struct ManualCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "manual", abstract: "Print the manual, for man.",
    discussion: "Example: apus manual > apus.1")

  func run() throws { Console.document(ManualPage.text) }
}

/// The manual page of the program: the help of every command, as roff.
enum ManualPage {
  static var text: String {
    let commands = Apus.configuration.subcommands
    var lines = [
      ".TH APUS 1 \"\" \"apus \(escaped(Apus.version))\" \"User commands\"", ".SH NAME",
      "apus \\- \(escaped(Apus.configuration.abstract))", ".SH SYNOPSIS", ".B apus", "command [arguments]",
      ".SH DESCRIPTION",
    ]
    lines += block(Apus.helpMessage(columns: 76))
    for command in commands {
      lines.append(".SH \"APUS \(escaped((command.configuration.commandName ?? "").uppercased()))\"")
      lines += block(Apus.helpMessage(for: command, columns: 76))
    }
    for (title, text) in ManualPage.endings {
      lines.append(".SH \"\(title)\"")
      lines += block(text)
    }
    return lines.joined(separator: "\n")
  }

  /// The sections that follow the commands.
  private static let endings = [
    (
      "EXIT STATUS",
      """
      0   all done
      1   finished with losses, or failed
      64  the command line or the config is wrong
      75  try again (of `work`)
      """
    ),
    (
      "FILES",
      """
      RUN/run.json        the config as resolved, and what made each product
      RUN/scenes.json     the scenes that were found
      RUN/ledger/         what became of each cell, by which a run continues
      RUN/SEQUENCE/       the results
      RUN/summary.json    what went in, what came out, what was lost
      RUN/report.html     the same as a page, where the config has a report
      """
    ),
    (
      "EXAMPLES",
      """
      apus simulate archive --dates 12 --size 512x512
      apus init --archive folder --source archive --product seasonal-ndvi a.json
      apus plan a.json --probe
      apus run a.json
      """
    ),
  ]

  /// Lines as they are, without filling.
  private static func block(_ text: String) -> [String] {
    [".nf"] + text.split(separator: "\n", omittingEmptySubsequences: false).map { escaped(String($0)) } + [
      ".fi"
    ]
  }

  /// A line that roff takes for nothing but text.
  private static func escaped(_ line: String) -> String {
    var output = line.hasPrefix(".") || line.hasPrefix("'") ? "\\&" : ""
    for character in line {
      switch character {
      case "\\": output += "\\e"
      case "-": output += "\\-"
      default: output.append(character)
      }
    }
    return output
  }
}
