import Glibc

/// The one lock of libnetcdf, libhdf5 and libhdf4, which two threads of a process must never use at once.
///
/// Whoever calls one of them, or something that does (GDAL's drivers of these formats), holds it for that call.
public enum ScientificLibraries {
  private struct Lock: @unchecked Sendable {
    // Unchecked: made once, and then used through pthread_mutex_lock and _unlock only.
    let mutex: UnsafeMutablePointer<pthread_mutex_t>

    init() {
      mutex = .allocate(capacity: 1)
      mutex.initialize(to: pthread_mutex_t())
      pthread_mutex_init(mutex, nil)
    }
  }

  private static let lock = Lock()

  /// Runs `body` while nobody else is in one of the libraries. Not to be nested.
  ///
  /// - Parameters:
  ///   - isNeeded: false to run it without the lock.
  ///   - body: what calls the library.
  public static func exclusively<Result, Failure: Error>(
    if isNeeded: Bool = true, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard isNeeded else { return try body() }
    pthread_mutex_lock(lock.mutex)
    defer { pthread_mutex_unlock(lock.mutex) }
    return try body()
  }
}
