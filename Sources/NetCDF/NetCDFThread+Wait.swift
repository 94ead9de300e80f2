import Glibc

extension NetCDFThread {
  /// Runs a piece of work on the thread and waits for it, for code that is not asynchronous: reading a config.
  ///
  /// - Precondition: not called on the thread itself, which would wait for itself.
  public static nonisolated func wait<Result: Sendable>(
    _ body: @escaping @NetCDFThread @Sendable () -> Result
  ) -> Result {
    let box = WaitingBox<Result>()
    // Goes to the thread directly: none of Swift's own threads need be free.
    Task { @NetCDFThread in box.put(body()) }
    return box.take()
  }

  /// The same for work that may fail.
  public static nonisolated func wait<Value: Sendable>(
    throwing body: @escaping @NetCDFThread @Sendable () throws(NetCDFError) -> Value
  ) throws(NetCDFError) -> Value {
    try wait { () -> Result<Value, NetCDFError> in
      do throws(NetCDFError) { return .success(try body()) } catch { return .failure(error) }
    }.get()
  }
}

/// Where one thread leaves a value that another waits for.
private final class WaitingBox<Value: Sendable>: @unchecked Sendable {
  // Unchecked: `value` is only touched between lock and unlock.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var value: Value?

  init() {
    mutex.initialize(to: pthread_mutex_t())
    condition.initialize(to: pthread_cond_t())
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
    condition.deallocate()
  }

  func put(_ value: Value) {
    pthread_mutex_lock(mutex)
    self.value = value
    pthread_cond_signal(condition)
    pthread_mutex_unlock(mutex)
  }

  func take() -> Value {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while true {
      if let value { return value }
      pthread_cond_wait(condition, mutex)
    }
  }
}
