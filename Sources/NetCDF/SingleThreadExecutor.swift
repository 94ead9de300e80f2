import Glibc
internal import Storage

/// Runs jobs one after the other on a thread of its own, which lives as long as the process.
final class SingleThreadExecutor: SerialExecutor, @unchecked Sendable {
  // Unchecked: `jobs` is only touched between lock and unlock, `thread` is written before any job can run.
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
  private var jobs: [UnownedJob] = []
  private var thread = pthread_t()

  init() {
    mutex.initialize(to: pthread_mutex_t())
    condition.initialize(to: pthread_cond_t())
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
    // HDF5 recurses little, but a worker thread's stack is not the main thread's: take the usual 8 MiB.
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setstacksize(&attributes, 8 << 20)
    defer { pthread_attr_destroy(&attributes) }
    let code = pthread_create(
      &thread,
      &attributes,
      SingleThreadExecutor.main,
      Unmanaged.passRetained(self).toOpaque()
    )
    // As when a thread of Swift's own pool cannot be made: nothing can go on.
    precondition(code == 0, "cannot start a thread: \(String(cString: strerror(code)))")
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    pthread_mutex_lock(mutex)
    jobs.append(job)
    pthread_cond_signal(condition)
    pthread_mutex_unlock(mutex)
  }

  /// Lets `assumeIsolated` and `preconditionIsolated` know the thread.
  func checkIsolated() {
    precondition(pthread_equal(pthread_self(), thread) != 0, "not on the thread of NetCDF")
  }

  private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = {
    context in
    guard let context else { return nil }
    let executor = Unmanaged<SingleThreadExecutor>.fromOpaque(context).takeRetainedValue()
    while true {
      pthread_mutex_lock(executor.mutex)
      while executor.jobs.isEmpty { pthread_cond_wait(executor.condition, executor.mutex) }
      let ready = executor.jobs
      executor.jobs.removeAll(keepingCapacity: true)
      pthread_mutex_unlock(executor.mutex)
      for job in ready {
        // GDAL's drivers use the same libraries, on its readers' threads.
        ScientificLibraries.exclusively {
          job.runSynchronously(on: executor.asUnownedSerialExecutor())
        }
      }
    }
  }
}
