internal import Glibc

/// Turns Ctrl-C and termination into the cancellation of a task.
enum Interruption {
  /// Runs `body` in a task that SIGINT or SIGTERM cancels; a second signal ends the process at once.
  static func cancelling<Success: Sendable>(
    _ body: @escaping @Sendable () async throws -> Success
  ) async throws -> Success {
    let task = Task { try await body() }
    watch { task.cancel() }
    return try await task.value
  }

  /// Waits for signals on a thread of its own: handlers proper may do almost nothing.
  private static func watch(_ action: @escaping @Sendable () -> Void) {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGTERM)
    // Blocked here, and so in every thread started later: only the watcher receives them.
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    let box = Unmanaged.passRetained(Action(action))
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        let action = Unmanaged<Action>.fromOpaque(argument).takeRetainedValue()
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        var signal: Int32 = 0
        sigwait(&signals, &signal)
        Console.message("\napus: stopping…")
        action.run()
        sigwait(&signals, &signal)
        _exit(1)
      }, box.toOpaque())
    pthread_detach(thread)
  }

  private final class Action: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) {
      self.run = run
    }
  }
}
