internal import ArgumentParser
internal import Glibc
internal import JSON
internal import Storage
internal import Synchronization

/// Where text goes: results to standard output, everything else to standard error.
enum Console {
  static func result(_ text: String) {
    let code = write(text + "\n", to: STDOUT_FILENO)
    if code != 0 { failure.withLock { $0 = code } }
  }

  /// Whoever wrote the text, no password, signature or token of an address in it is shown.
  static func message(_ text: String) {
    guard isJSON.withLock({ $0 }) else { return raw(text + "\n") }
    let words = text.trimmingPrefix(while: \.isNewline)
    json(["event": "message", "text": .string(Secrets.hidden(in: String(words)))])
  }

  /// One line of JSON.
  static func json(_ value: JSONValue) { raw(value.text() + "\n") }

  /// Makes every message a line of JSON, so that a program can read all of standard error.
  static func writeJSON() { isJSON.withLock { $0 = true } }

  private static let isJSON = Mutex(false)

  static func raw(_ text: String) { _ = write(Secrets.hidden(in: text), to: STDERR_FILENO) }

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
  /// Runs the command that the process was started with, and ends the process with its exit status.
  public static func mainWithStatus() async {
    // Whoever reads our output may leave before a run is done: the run goes on.
    signal(SIGPIPE, SIG_IGN)
    // A file that grows beyond `ulimit -f` is an error like a full disk, not the end.
    signal(SIGXFSZ, SIG_IGN)
    await main()
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
}
