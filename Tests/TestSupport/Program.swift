internal import Glibc
internal import Subprocess
internal import SystemPackage

/// A program that a test runs, without standard input unless it is given one.
///
/// Foundation's `Process` is not used: on Linux it learns that a program has ended from a socket being closed, and
/// waits for ever while any other program holds that socket too; and its waiting takes one of Swift's few threads from
/// all other tests. Here nothing that this process has open gets to the program, and waiting takes no thread.
public struct Program: Sendable {
  /// The program, found on PATH when it has no slash, and its arguments.
  public var words: [String]
  /// The working directory; nil for this process's own.
  public var folder: String?
  /// All variables of its environment; nil for those of this process.
  public var environment: [String: String]?

  public init(_ words: [String], in folder: String? = nil, environment: [String: String]? = nil) {
    self.words = words
    self.folder = folder
    self.environment = environment
  }

  /// A script of the shell, which has the arguments as `$0`, `$1` and so on.
  public static func shell(_ script: String, _ arguments: String..., in folder: String? = nil) -> Program {
    Program(["sh", "-c", script] + arguments, in: folder)
  }

  /// Runs the program to its end.
  ///
  /// - Parameters:
  ///   - input: a descriptor that becomes its standard input, and is closed here once it runs; nil for none.
  ///   - body: is called while the program runs, or has just ended; the program is killed when it throws, or when
  ///     the test is cancelled.
  /// - Throws: what `body` throws, and why the program could not be started; no status is an error.
  @discardableResult
  public func run(
    input: CInt? = nil, while body: (RunningProgram) async throws -> Void = { _ in }
  ) async throws -> ProgramResult {
    let program = words.first ?? ""
    let (output, errors) = (try Recording(), try Recording())
    let input = try input.map { FileDescriptor(rawValue: $0) } ?? FileDescriptor.open("/dev/null", .readOnly)
    let variables = environment.map { environment in
      Environment.custom(
        Dictionary(
          uniqueKeysWithValues: environment.compactMap { name, value in
            Environment.Key(rawValue: name).map { ($0, value) }
          }))
    }
    let outcome = try await Subprocess.run(
      program.contains("/") ? .path(FilePath(program)) : .name(program),
      arguments: Arguments(Array(words.dropFirst())), environment: variables ?? .inherit,
      workingDirectory: folder.map { FilePath($0) },
      input: .fileDescriptor(input, closeAfterSpawningProcess: true),
      output: .fileDescriptor(output.file, closeAfterSpawningProcess: false),
      error: .fileDescriptor(errors.file, closeAfterSpawningProcess: false)
    ) { execution in
      try await body(
        RunningProgram(id: execution.processIdentifier.value, recordedOutput: output, recordedErrors: errors))
    }
    let status =
      switch outcome.terminationStatus {
      case .exited(let code): code
      case .signaled(let signal): -signal
      }
    return ProgramResult(status: status, output: output.text, errors: errors.text)
  }

  /// Runs the program and returns what it wrote to its standard output.
  ///
  /// - Throws: `ProgramFailure` too when it does not end with 0.
  @discardableResult
  public func output() async throws -> String {
    let result = try await run()
    guard result.status == 0 else {
      throw ProgramFailure("\(words.joined(separator: " ")) ended with \(result.status): \(result.errors)")
    }
    return result.output
  }
}

/// What a program did: its exit status, or minus the signal that ended it, and what it wrote.
public struct ProgramResult: Sendable {
  public let status: Int32
  public let output: String
  public let errors: String
}

/// A program that has been started, for as long as `Program.run` waits for it.
public struct RunningProgram: Sendable {
  public let id: Int32
  fileprivate let recordedOutput: Recording
  fileprivate let recordedErrors: Recording

  /// What it has written so far.
  public var output: String { recordedOutput.text }
  public var errors: String { recordedErrors.text }

  /// Whether it has not ended yet.
  public var isRunning: Bool {
    var information = siginfo_t()
    // The program stays there to be asked about until `Program.run` returns.
    return waitid(P_PID, id_t(id), &information, WEXITED | WNOHANG | WNOWAIT) == 0
      && information.si_signo == 0
  }

  public func send(_ signal: Int32) { kill(id, signal) }

  /// Sends a signal after a time, unless the program ends before: punctually, however busy Swift's threads are.
  public func send(_ signal: Int32, after time: Duration) async throws {
    let moment = ContinuousClock.now + time
    try await onOwnThread {
      while isRunning, ContinuousClock.now < moment { usleep(500) }
      send(signal)
    }
  }
}

/// Why a program was of no use.
public struct ProgramFailure: Error, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}

/// A file without a name that a program writes to: nobody has to read along, as with a pipe.
private final class Recording: Sendable {
  let file: FileDescriptor

  init() throws {
    let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var name = Array("\(base)/apus-output-XXXXXX".utf8CString)
    file = FileDescriptor(rawValue: mkstemp(&name))
    guard file.rawValue >= 0 else { throw Errno(rawValue: errno) }
    _ = fcntl(file.rawValue, F_SETFD, FD_CLOEXEC)
    unlink(name)
  }

  deinit { try? file.close() }

  var text: String {
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 65_536)
    while let count = try? block.withUnsafeMutableBytes({ buffer in
      try file.read(fromAbsoluteOffset: Int64(bytes.count), into: buffer)
    }), count > 0 {
      bytes += block[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
