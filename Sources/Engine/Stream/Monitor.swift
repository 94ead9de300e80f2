internal import Glibc

/// A value behind a lock, on whose changes threads can wait.
///
/// For threads that may block only (see `BlockingThreads`): tasks of Swift's own pool must not wait here.
package final class Monitor<State>: @unchecked Sendable {
  // Heap storage: a pthread mutex must not move. The lock makes every access to `state` exclusive.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var state: State

  package init(_ state: State) {
    self.state = state
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  /// Runs `body` while no other thread does; for changes that no thread waits for.
  package func withLock<Result, Failure: Error>(_ body: (inout State) throws(Failure) -> Result)
    throws(Failure)
    -> Result
  {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(&state)
  }

  /// Changes the state and lets waiting threads look at it again.
  ///
  /// They are woken before the lock is given up: once another thread can see the change, it may go on to drop the last
  /// reference to whatever owns this monitor. To give up the lock is therefore the last use of it here.
  package func update<Result, Failure: Error>(_ body: (inout State) throws(Failure) -> Result)
    throws(Failure)
    -> Result
  {
    pthread_mutex_lock(mutex)
    defer {
      pthread_cond_broadcast(condition)
      pthread_mutex_unlock(mutex)
    }
    return try body(&state)
  }

  /// The same for one waiting thread: enough where any of them can take what there is to take.
  package func updateForOne(_ body: (inout State) -> Void) {
    pthread_mutex_lock(mutex)
    body(&state)
    pthread_cond_signal(condition)
    pthread_mutex_unlock(mutex)
  }

  /// Waits until `body` gives a result; it is asked again after each `update`.
  package func wait<Result>(_ body: (inout State) -> Result?) -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while true {
      if let result = body(&state) { return result }
      pthread_cond_wait(condition, mutex)
    }
  }
}
