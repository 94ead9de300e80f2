import ArgumentParser
import Testing

@testable import CommandLine

/// The manual page.
@Suite struct ManualPageTests {
  private static let lines = ManualPage.text.split(separator: "\n").map(String.init)

  /// The lines from a section's or a command's heading to the next.
  private static func lines(below heading: String) throws -> ArraySlice<String> {
    let start = try #require(lines.firstIndex(of: heading), "\(heading)")
    return lines[(start + 1)...].prefix { !$0.hasPrefix(".SH") && !$0.hasPrefix(".SS") }
  }

  @Test func `it has the sections of a manual, in their order`() {
    #expect(
      Self.lines.filter { $0.hasPrefix(".SH") } == [
        ".SH NAME", ".SH SYNOPSIS", ".SH DESCRIPTION", ".SH COMMANDS", ".SH OPTIONS", ".SH \"EXIT STATUS\"",
        ".SH FILES", ".SH EXAMPLES",
      ])
  }

  @Test func `every command has its arguments and options, each with its text`() throws {
    for command in Apus.configuration.subcommands {
      let name = try #require(command.configuration.commandName)
      let help = HelpText(Apus.helpMessage(for: command, columns: 10_000))
      #expect(help.usage.hasPrefix("\(name)") || help.usage.hasPrefix("apus \(name)"), "\(name)")
      #expect(help.items.contains { $0.label == "-h, --help" }, "\(name)")
      let lines = try Self.lines(below: ".SS \"apus \(name.replacing("-", with: "\\-"))\"")
      #expect(lines.filter { $0 == ".TP" }.count == help.items.count, "\(name)")
    }
    let plan = try Self.lines(below: ".SS \"apus plan\"").joined(separator: "\n")
    #expect(plan.contains(".TP\n.B <config>\nThe config file."))
    #expect(plan.contains(".TP\n.B \\-\\-json\nPrint"))
    let simulate = try Self.lines(below: ".SS \"apus simulate\"").joined(separator: "\n")
    #expect(simulate.contains(".B \\-\\-size <size>\nColumns and rows of the area, such as 2048x2048."))
  }

  @Test func `texts of a help message are taken to their terms, also below long ones`() {
    let help = HelpText(
      """
      OVERVIEW: Do it.

      OPTIONS: are no heading here

      USAGE: apus do [--a <a>] <file>

      ARGUMENTS:
        <file>                  The file. (default: a.json)

      OPTIONS:
        --a <a>                 One  thing.
        --a-very-long-name <a-very-long-name>
                                Another.
        --none

      """)
    #expect(help.usage == "apus do [--a <a>] <file>")
    #expect(
      help.items.map(\.label) == ["<file>", "--a <a>", "--a-very-long-name <a-very-long-name>", "--none"])
    #expect(help.items.map(\.text) == ["The file. (default: a.json)", "One  thing.", "Another.", ""])
  }

  @Test func `nothing in it is an order to roff but those of the page`() {
    let orders = [".TH", ".SH", ".SS", ".TP", ".PP", ".B", ".I", ".br", ".nf", ".fi", ".nh", ".ad"]
    for line in Self.lines where line.hasPrefix(".") || line.hasPrefix("'") {
      #expect(orders.contains(line.split(separator: " ").first.map(String.init) ?? ""), "\(line)")
    }
    // Lines that are not filled fit into 80 columns with the page's indents.
    var isFilled = true
    for line in Self.lines {
      if line == ".nf" || line == ".fi" { isFilled = line == ".fi" }
      #expect(isFilled || line.replacing("\\-", with: "-").count <= 71, "\(line)")
    }
  }
}

/// Lines on a narrow terminal.
@Suite struct WrappedTextTests {
  @Test func `lines are broken at blanks, and go on indented`() {
    let line =
      "done in 0.4 s; 0.34 s estimated at a tenth of the cells, peak memory 94.2 MiB of 129 MiB planned"
    #expect(
      TerminalText.wrapped(line, columns: 40)
        == "done in 0.4 s; 0.34 s estimated at a\n  tenth of the cells, peak memory 94.2\n  MiB of 129 MiB planned"
    )
    #expect(TerminalText.wrapped(line, columns: 200) == line)
    #expect(TerminalText.wrapped("  a loss of cells", columns: 10) == "  a loss\n    of\n    cells")
  }

  @Test func `a word that is longer than the terminal is wide stays whole`() {
    let path = "/a/very/long/path/to/results/ndvi.nc"
    #expect(TerminalText.wrapped("\(path) (ndvi: DJF)", columns: 20) == "\(path)\n  (ndvi: DJF)")
    #expect(TerminalText.wrapped("  \(path)", columns: 20) == "  \(path)")
    #expect(TerminalText.wrapped("a \(path)", columns: 3) == "a\n  \(path)")
    #expect(TerminalText.wrapped("a b c", columns: 1) == "a b c")
  }
}
