internal import ArgumentParser
internal import Glibc

/// Where text goes: results to standard output, everything else to standard error.
enum Console {
  static func result(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

  static func message(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

  static func raw(_ text: String) { write(text, to: STDERR_FILENO) }

  static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// Writes all of a text; a reader that went away (`| head`) is no error.
  private static func write(_ text: String, to descriptor: Int32) {
    var text = text
    text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { return }
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      }
    }
  }
}

/// The exit statuses of the design.
enum ExitStatus {
  static let failure = ExitCode(1)
  static let usage = ExitCode(64)
}
