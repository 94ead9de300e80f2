internal import Glibc
internal import Synchronization

/// Threads of our own for work that blocks: reading files, decoding, compressing, waiting for a turn.
///
/// Swift's cooperative pool has as many threads as cores and must never be blocked; tasks that prefer this
/// executor run here instead. Each thread has a stack large enough for C libraries.
///
/// The executor lives as long as one of its threads, one of its tasks, or whoever made it. Whoever made it closes it
/// when none of its tasks is left, so that no job comes after the last thread has gone.
final class BlockingThreads: TaskExecutor {
  private struct State {
    var jobs: [UnownedJob] = []
    var isClosed = false
  }

  private let state: Monitor<State>

  /// Starts `count` threads, or as many as the system admits; they end when the executor is closed.
  ///
  /// - Throws: `ThreadError` when there is not even one: nothing would ever run.
  init(count: Int) throws(ThreadError) {
    state = Monitor(State())
    for number in 0..<count {
      let code = start()
      guard code != 0 else { continue }
      if number == 0 { throw ThreadError(code: code) }
      return
    }
  }

  func enqueue(_ job: consuming ExecutorJob) {
    // Nobody holds this executor for the caller, which may be a thread that resumes a task and has nothing else to do
    // with it. The job does: its task holds the executor until it ends. No thread can take the job before the lock is
    // given up, so that all is done here while the executor lives.
    let job = UnownedJob(job)
    state.update { $0.jobs.append(job) }
  }

  /// Lets the threads end once no job is left.
  func close() {
    state.update { $0.isClosed = true }
  }

  private func run() {
    while let job = next() {
      job.runSynchronously(on: asUnownedTaskExecutor())
    }
  }

  private func next() -> UnownedJob? {
    state.wait { state in
      if let job = state.jobs.first {
        state.jobs.removeFirst()
        return .some(job)
      }
      return state.isClosed ? .some(nil) : nil
    }
  }

  /// - Returns: 0, or the system's error number.
  private func start() -> Int32 {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setstacksize(&attributes, 4 << 20)
    pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
    defer { pthread_attr_destroy(&attributes) }
    var thread = pthread_t()
    let box = Unmanaged.passRetained(self)
    let code = pthread_create(
      &thread, &attributes,
      { argument in
        guard let argument else { return nil }
        Unmanaged<BlockingThreads>.fromOpaque(argument).takeRetainedValue().run()
        return nil
      }, box.toOpaque())
    if code != 0 { box.release() }
    return code
  }
}

/// The system refused a thread.
public struct ThreadError: Error, CustomStringConvertible {
  let code: Int32

  public var description: String {
    "the system admits no further thread: \(String(cString: strerror(code))) (look at `ulimit -u` and `ulimit -v`)"
  }
}
