import Foundation

/// A child process whose standard input is a pipe that this process holds.
///
/// Foundation's `Process` is not used: it takes a program for running as long as any descendant of it runs.
struct ServerProcess {
  private let id: pid_t
  private var lifeline: Int32
  private var status: Int32?

  init(_ words: [String], environment: [String: String], log: String) throws {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw ServerFailure("no pipe: \(String(cString: strerror(errno)))") }
    // No other program that a test starts meanwhile may hold the server's lifeline.
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    defer { close(ends[0]) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
    posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    // What other threads have open at this moment stays theirs: Foundation's `Process` learns that a program has
    // ended from a socket being closed, and waits for ever while a server holds that socket too.
    guard let closeFrom = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np") else {
      throw ServerFailure("the C library has no posix_spawn_file_actions_addclosefrom_np")
    }
    typealias CloseFrom = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32
    _ = unsafeBitCast(closeFrom, to: CloseFrom.self)(&actions, 3)
    let arguments = words.map { strdup($0) } + [nil]
    let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in arguments + variables { free(text) } }
    var child: pid_t = 0
    let code = posix_spawn(&child, words[0], &actions, nil, arguments, variables)
    guard code == 0 else {
      close(ends[1])
      throw ServerFailure("\(words[0]): \(String(cString: strerror(code)))")
    }
    id = child
    lifeline = ends[1]
  }

  /// The exit status, or minus the signal, of a process that has ended; nil while it runs.
  mutating func exitStatus(waiting: Bool = false) -> Int32? {
    guard status == nil else { return status }
    var word: Int32 = 0
    guard waitpid(id, &word, waiting ? 0 : WNOHANG) == id else { return nil }
    status = word & 0x7f == 0 ? (word >> 8) & 0xff : -(word & 0x7f)
    return status
  }

  /// Lets go of the pipe, which ends the process, and waits for that.
  mutating func stop() {
    if lifeline >= 0 { close(lifeline) }
    lifeline = -1
    _ = exitStatus(waiting: true)
  }
}
