import Glibc

/// The one thread on which everything of netCDF-C and HDF5 happens.
///
/// Neither library may be used from two threads at once, nor together from two (netcdf-c #2496). What is marked
/// `@NetCDFThread` runs on a thread of its own, never on Swift's shared ones, so waiting for a disk there keeps
/// nobody else from working.
@globalActor
public actor NetCDFThread {
  public static let shared = NetCDFThread()

  private nonisolated let executor = SingleThreadExecutor()

  public nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  /// Runs a synchronous piece of work on the thread.
  public static func run<Result: Sendable, Failure: Error>(
    _ body: @NetCDFThread @Sendable () throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    try await runOnThread(body)
  }

  @NetCDFThread
  private static func runOnThread<Result: Sendable, Failure: Error>(
    _ body: @NetCDFThread @Sendable () throws(Failure) -> Result
  ) async throws(Failure) -> Result {
    try body()
  }

  /// Runs a piece of work on the thread, and has the present thread wait for it: for threads that do nothing but wait
  /// and compute, never for those of Swift's own pool.
  public static nonisolated func wait<Result: Sendable>(
    _ body: @escaping @NetCDFThread @Sendable () throws(NetCDFError) -> Result
  ) throws(NetCDFError) -> Result {
    let answer = ThreadAnswer<Swift.Result<Result, NetCDFError>>()
    Task.detached {
      let result = await run { () -> Swift.Result<Result, NetCDFError> in
        do throws(NetCDFError) { return .success(try body()) } catch { return .failure(error) }
      }
      answer.give(result)
    }
    return try answer.wait().get()
  }

  /// Turns file locks of HDF5 off for this process, unless `HDF5_USE_FILE_LOCKING` is set already.
  ///
  /// Locks fail on some NFS and Lustre mounts (h5py #1082), outlive the closing of a file in child processes
  /// that inherited it, and Apus needs none: files are written under names nobody else uses. netCDF-C gives no other way than the environment. Call it first in `main`: to change the
  /// environment is not safe once there are other threads.
  public static nonisolated func prepareProcess() {
    setenv("HDF5_USE_FILE_LOCKING", "FALSE", 0)
  }
}

/// A value that one thread waits for and another gives.
private final class ThreadAnswer<Value: Sendable>: @unchecked Sendable {
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
    condition.deallocate()
    mutex.deallocate()
  }

  func give(_ given: Value) {
    pthread_mutex_lock(mutex)
    value = given
    pthread_cond_signal(condition)
    pthread_mutex_unlock(mutex)
  }

  func wait() -> Value {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while true {
      if let value { return value }
      pthread_cond_wait(condition, mutex)
    }
  }
}
