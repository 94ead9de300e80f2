internal import ArgumentParser
internal import Glibc
internal import JSON
internal import Pipeline
internal import Storage
internal import Synchronization

/// Where text goes: results to standard output, everything else to standard error.
///
/// Whoever wrote a text, nothing in it steers the terminal, and on standard error no password, signature or token of an
/// address in it is shown.
enum Console {
  /// Writes a line of results.
  static func result(_ line: String) { put(wrapped(TerminalText.escaped(line), for: STDOUT_FILENO)) }

  /// Writes results whose lines are of our making: JSON, tables, pages of documentation.
  static func document(_ text: String) { put(TerminalText.escaped(text, keepsLines: true)) }

  private static func put(_ text: String) {
    takeAwayLine()
    let code = write(text + "\n", to: STDOUT_FILENO)
    if code != 0 { failure.withLock { $0 = code } }
  }

  /// Writes a line that is no result.
  static func message(_ text: String) {
    guard messagesAreJSON.withLock({ $0 }) else {
      takeAwayLine()
      _ = write(wrapped(shown(text), for: STDERR_FILENO) + "\n", to: STDERR_FILENO)
      return
    }
    // Readers of JSON get nothing else; the name of the program begins lines for people.
    event([
      "event": "message", "text": .string(text.hasPrefix("apus: ") ? String(text.dropFirst(6)) : text),
    ])
  }

  /// Writes an event as a line of JSON.
  static func event(_ event: JSONValue) { _ = write(shown(event.text()) + "\n", to: STDERR_FILENO) }

  /// Whether messages are events in JSON as well, a line each.
  static let messagesAreJSON = Mutex(false)

  /// Characters of the line that `renew` wrote last.
  private static let renewed = Mutex(0)

  /// Writes over the terminal's current line.
  static func renew(_ line: String) {
    let text = shown(line)
    let before = renewed.withLock { renewed in
      defer { renewed = text.count }
      return renewed
    }
    _ = write(ProgressLine.erasure(of: before, columns: columns) + text, to: STDERR_FILENO)
  }

  /// Takes the line away that `renew` wrote, where it still stands: nothing else is written behind it.
  private static func takeAwayLine() { if renewed.withLock({ $0 > 0 }) { renew("") } }

  /// Writes a question without an end of line, for an answer beside it.
  static func prompt(_ text: String) { _ = write(shown(text), to: STDERR_FILENO) }

  private static func shown(_ text: String) -> String { TerminalText.escaped(Secrets.hidden(in: text)) }

  /// Why results could not be written: the last error number, or 0.
  static let failure = Mutex<Int32>(0)

  /// Writes bytes to standard output.
  ///
  /// - Throws: when they cannot be written, also when the reader went away: half an archive is none.
  static func bytes(_ bytes: UnsafeRawBufferPointer) throws {
    var rest = bytes
    while !rest.isEmpty {
      let count = Glibc.write(STDOUT_FILENO, rest.baseAddress, rest.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw OutputError(code: errno) }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }

  /// Standard output takes nothing.
  struct OutputError: Error, CustomStringConvertible {
    let code: Int32
    var description: String { "cannot write to standard output: \(String(cString: strerror(code)))" }
  }

  static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// Whether standard error is a terminal on which a line can be renewed.
  static var isLive: Bool {
    isTerminal && getenv("TERM").map { String(cString: $0) != "dumb" } ?? false
  }

  /// How many columns the terminal of standard error has now; 80 where it does not say.
  static var columns: Int { columns(of: STDERR_FILENO) ?? 80 }

  private static func columns(of descriptor: Int32) -> Int? {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }

  /// A line broken at blanks where a terminal would break words; as it is for files and pipes.
  private static func wrapped(_ line: String, for descriptor: Int32) -> String {
    guard isatty(descriptor) == 1, let columns = columns(of: descriptor) else { return line }
    return TerminalText.wrapped(line, columns: columns)
  }

  /// Writes all of a text; a reader that went away (`| head`) is no error.
  /// - Returns: 0, or the system's error number.
  private static func write(_ text: String, to descriptor: Int32) -> Int32 {
    var text = text
    return text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { return errno == EPIPE ? 0 : errno }
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      }
      return 0
    }
  }
}

/// "1 cell", "2 cells".
func counted(_ count: Int, _ noun: String) -> String { count == 1 ? "1 \(noun)" : "\(count) \(noun)s" }

extension Apus {
  /// What to say of a first word that is no command; nil when it is one, or an option.
  static func unknownCommand(_ word: String) -> String? {
    let names = configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
    guard !word.hasPrefix("-"), !names.contains(word) else { return nil }
    if word.hasSuffix(".json") {
      return "\"\(word)\" is no command; did you mean \"apus run \(word)\"?"
    }
    let nearest = NearestName.best(for: word, among: names).map { "did you mean \"\($0)\"?" }
    return "there is no command \"\(word)\"; " + (nearest ?? "apus --help lists them")
  }

  /// Runs the command that the process was started with, and ends the process with its exit status.
  public static func mainWithStatus() async {
    // Whoever reads our output may leave before a run is done: the run goes on.
    signal(SIGPIPE, SIG_IGN)
    // A file that grows beyond `ulimit -f` is an error like a full disk, not the end.
    signal(SIGXFSZ, SIG_IGN)
    let words = Array(Swift.CommandLine.arguments.dropFirst())
    if let mistake = words.first.flatMap(unknownCommand) {
      Console.message("apus: \(mistake)")
      exit(withError: ExitStatus.usage)
    }
    if words == ["--version"] {
      // The libraries are asked on a thread of their own, for which the parser's own text cannot wait.
      Console.document("apus \(version) (\(await LibraryVersions.text()))")
    } else {
      await main()
    }
    let code = Console.failure.withLock { $0 }
    guard code != 0 else { return }
    Console.message("apus: cannot write to standard output: \(String(cString: strerror(code)))")
    exit(withError: ExitStatus.failure)
  }
}

/// The exit statuses of the design.
enum ExitStatus {
  static let failure = ExitCode(1)
  static let usage = ExitCode(64)
  /// Something is missing that may be there later (EX_TEMPFAIL).
  static let temporary = ExitCode(75)
}
