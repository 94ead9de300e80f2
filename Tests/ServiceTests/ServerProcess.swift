import Glibc
import Synchronization
import TestSupport

/// A program whose standard input is a pipe that this process holds, and that ends when the pipe does.
final class ServerProcess: Sendable {
  private let lifeline: Mutex<Int32>
  private let running: RunningProgram
  private let ending: Task<ProgramResult, any Error>

  init(_ words: [String], environment: [String: String]) async throws {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw ServerFailure("no pipe: \(String(cString: strerror(errno)))") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    lifeline = Mutex(ends[1])
    let (starts, start) = AsyncStream<RunningProgram>.makeStream()
    let ending = Task { [input = ends[0]] in
      defer { start.finish() }
      return try await Program(words, environment: environment).run(input: input) { start.yield($0) }
    }
    self.ending = ending
    guard let running = await starts.first(where: { _ in true }) else {
      close(ends[1])
      throw ServerFailure("\(words[0]): \(await ending.result)")
    }
    self.running = running
  }

  deinit { cut() }

  /// Whether it has not ended by itself.
  var isRunning: Bool { running.isRunning }

  /// Waits for its end, and tells its status.
  func status() async throws -> Int32 { try await ending.value.status }

  /// What it has written so far.
  var log: String { running.output + running.errors }

  /// Closes the pipe, which ends the process, and waits for that; kills what does not end.
  func stop() async {
    cut()
    let impatience = Task { [running] in
      try await Task.sleep(for: .seconds(20))
      running.send(SIGKILL)
    }
    _ = await ending.result
    impatience.cancel()
  }

  private func cut() {
    lifeline.withLock { descriptor in
      if descriptor >= 0 { close(descriptor) }
      descriptor = -1
    }
  }
}
