internal import Glibc

/// Counts the signals that arrived; posting it is one of the few things a handler may do.
private nonisolated(unsafe) let arrivals: UnsafeMutablePointer<sem_t> = {
  let arrivals = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
  sem_init(arrivals, 0, 0)
  return arrivals
}()

private func signalArrived(_ signal: Int32) {
  sem_post(arrivals)
}

/// Turns Ctrl-C and termination into the cancellation of a task.
enum Interruption {
  /// Runs `body` in a task that SIGINT or SIGTERM cancels; a second signal ends the process at once.
  static func cancelling<Success: Sendable>(
    _ body: @escaping @Sendable () async throws -> Success
  ) async throws -> Success {
    let task = Task { try await body() }
    // Made before a handler could need it.
    _ = arrivals
    watch { task.cancel() }
    return try await task.value
  }

  /// Waits for signals on a thread of its own: handlers proper may do almost nothing.
  private static func watch(_ action: @escaping @Sendable () -> Void) {
    // Without the thread signals keep their own meaning: the process ends, and the run can be continued.
    if start(Unmanaged.passRetained(Action(action)).toOpaque()) { install() }
  }

  private static func start(_ action: UnsafeMutableRawPointer) -> Bool {
    var thread = pthread_t()
    guard pthread_create(&thread, nil, watcher, action) == 0 else { return false }
    pthread_detach(thread)
    return true
  }

  private static let watcher: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
    argument in
    guard let argument else { return nil }
    let action = Unmanaged<Action>.fromOpaque(argument).takeRetainedValue()
    waitForSignal()
    if Console.isTerminal { Console.message("") }
    Console.message("apus: stopping…")
    action.run()
    waitForSignal()
    _exit(1)
  }

  /// Has both signals counted by `arrivals`.
  ///
  /// Handlers, not a blocked signal that is waited for: threads that are there already would let it end the process.
  private static func install() {
    var handling = sigaction()
    handling.__sigaction_handler.sa_handler = { _ in sem_post(arrivals) }
    handling.sa_flags = SA_RESTART
    sigaction(SIGINT, &handling, nil)
    sigaction(SIGTERM, &handling, nil)
  }

  private static func waitForSignal() {
    while sem_wait(arrivals) != 0 {}
  }

  private final class Action: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) {
      self.run = run
    }
  }
}
