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
    return lines.joined(separator: "\n")
  }

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
