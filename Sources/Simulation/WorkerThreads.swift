internal import Glibc
internal import Synchronization

/// Runs independent jobs on threads of its own.
enum WorkerThreads {
  /// Runs jobs 0..<`jobs`, each once, on up to `threads` threads; returns when all have ended.
  ///
  /// - Throws: the first failure; jobs not yet begun are then left out.
  static func run(
    jobs: Int,
    threads: Int,
    _ job: @escaping @Sendable (Int) throws(SimulationError) -> Void
  ) throws(SimulationError) {
    let work = Work(jobs: jobs, job: job)
    let wanted = max(1, min(threads, jobs))
    var started: [pthread_t] = []
    // This thread works too; fewer threads than wanted only make it slower.
    for _ in 1..<max(1, wanted) {
      var thread = pthread_t()
      let retained = Unmanaged.passRetained(work)
      let status = pthread_create(
        &thread,
        nil,
        { argument in
          guard let argument else { return nil }
          Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().drain()
          return nil
        },
        retained.toOpaque()
      )
      guard status == 0 else {
        retained.release()
        break
      }
      started.append(thread)
    }
    work.drain()
    for thread in started { pthread_join(thread, nil) }
    if let failure = work.failure.withLock({ $0 }) { throw failure }
  }

  /// One thread for each processor this process may use.
  static var processors: Int { max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))) }

  private final class Work: Sendable {
    let failure = Mutex<SimulationError?>(nil)
    private let next = Atomic<Int>(0)
    private let jobs: Int
    private let job: @Sendable (Int) throws(SimulationError) -> Void

    init(jobs: Int, job: @escaping @Sendable (Int) throws(SimulationError) -> Void) {
      self.jobs = jobs
      self.job = job
    }

    func drain() {
      while true {
        let number = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard number < jobs, failure.withLock({ $0 }) == nil else { return }
        do {
          try job(number)
        } catch {
          failure.withLock { $0 = $0 ?? error }
        }
      }
    }
  }
}
