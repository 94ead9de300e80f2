internal import ArgumentParser

/// The manual page of the program, as roff: what the help of its commands says, in the sections that manuals have.
enum ManualPage {
  static var text: String {
    let commands = Apus.configuration.subcommands
    var lines = [
      ".TH APUS 1 \"\" \"apus \(escaped(Apus.version))\" \"User commands\"", ".nh", ".ad l", ".SH NAME",
      "apus \\- \(escaped(Apus.configuration.abstract))", ".SH SYNOPSIS", ".B apus", ".I command",
      "[arguments]", ".SH DESCRIPTION",
    ]
    // Its end is the section about the exit status.
    let discussion = Apus.configuration.discussion.split(separator: "Exit status:")
    lines += paragraphs(discussion.first.map(String.init) ?? "")
    lines.append(".SH COMMANDS")
    for command in commands {
      lines += item("apus \(name(command))", command.configuration.abstract)
    }
    lines.append(".SH OPTIONS")
    for command in commands {
      let help = HelpText(Apus.helpMessage(for: command, columns: 10_000))
      lines += [".SS \"apus \(escaped(name(command)))\"", escaped(help.usage)]
      lines += help.items.flatMap { item($0.label, $0.text) }
      lines += paragraphs(command.configuration.discussion)
    }
    lines.append(".SH \"EXIT STATUS\"")
    lines += statuses.flatMap { item($0.0, $0.1) }
    lines.append(".SH FILES")
    lines += files.flatMap { item($0.0, $0.1) }
    lines += [".SH EXAMPLES"] + paragraphs(examples)
    return lines.joined(separator: "\n")
  }

  private static let statuses = [
    ("0", "all done"), ("1", "finished with losses, or failed"),
    ("64", "the command line or the config is wrong"),
    ("75", "try again (of `work`)"),
  ]

  private static let files = [
    ("RUN/run.json", "the config as resolved, and what made each product"),
    ("RUN/scenes.json", "the scenes that were found"),
    ("RUN/ledger/", "what became of each cell, by which a run continues"), ("RUN/SEQUENCE/", "the results"),
    ("RUN/stac/", "the results as a STAC catalogue"),
    ("RUN/summary.json", "what went in, what came out, what was lost"),
    ("RUN/report.html", "the same as a page, where the config has a report"),
  ]

  private static let examples = """
      apus simulate archive --dates 12 --size 512x512
      apus init --source archive --product seasonal-ndvi a.json
      apus plan a.json --probe
      apus run a.json
    """

  private static func name(_ command: any ParsableCommand.Type) -> String {
    command.configuration.commandName ?? ""
  }

  /// A term, and what is to be said of it.
  private static func item(_ term: String, _ text: String) -> [String] {
    [".TP", ".B \(escaped(term, isArgument: true))", escaped(text)]
  }

  /// Text in paragraphs; indented lines stay lines, such as commands to be typed, unless they are wider than the page.
  private static func paragraphs(_ text: String) -> [String] {
    var lines: [String] = []
    var isTyped = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let isCommand = line.hasPrefix("  ") && line.count <= 70
      if isCommand != isTyped {
        lines.append(isCommand ? ".nf" : ".fi")
        isTyped = isCommand
      }
      if line.isEmpty {
        lines.append(".PP")
      } else if line.hasPrefix("  "), !isCommand {
        lines += [".br", escaped(line.trimming(" "))]
      } else {
        lines.append(escaped(String(line)))
      }
    }
    if isTyped { lines.append(".fi") }
    while lines.last == ".PP" { lines.removeLast() }
    return lines.isEmpty ? [] : [".PP"] + lines
  }

  /// A line that roff takes for nothing but text.
  private static func escaped(_ line: String, isArgument: Bool = false) -> String {
    var output = !isArgument && (line.hasPrefix(".") || line.hasPrefix("'")) ? "\\&" : ""
    for character in line {
      switch character {
      case "\\": output += "\\e"
      case "-": output += "\\-"
      case "\"" where isArgument: output += "\\(dq"
      default: output.append(character)
      }
    }
    return output
  }
}

/// The parts of a help message of the argument parser, whose lines are not wrapped.
struct HelpText {
  private(set) var usage = ""
  /// Arguments and options in their order.
  private(set) var items: [(label: String, text: String)] = []

  init(_ message: String) {
    var isList = false
    for line in message.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("USAGE: ") {
        usage = String(line.dropFirst(7))
      } else if !line.hasPrefix(" ") {
        // After the usage each heading, such as "OPTIONS:", begins a list.
        isList = !usage.isEmpty && line.hasSuffix(":") || isList && line.isEmpty
      } else if isList, line.hasPrefix("   "), let last = items.indices.last {
        // What follows a long label.
        let more = line.trimming(" ")
        items[last].text += items[last].text.isEmpty ? more : " " + more
      } else if isList {
        let parts = line.dropFirst(2).split(separator: "  ", maxSplits: 1)
        items.append((String(parts.first ?? ""), parts.count > 1 ? parts[1].description.trimming(" ") : ""))
      }
    }
  }
}

extension StringProtocol {
  /// The text without a character at its ends.
  fileprivate func trimming(_ character: Character) -> String {
    let start = drop { $0 == character }
    return String(start.reversed().drop { $0 == character }.reversed())
  }
}
