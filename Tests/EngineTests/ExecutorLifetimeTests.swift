import Glibc
import Synchronization
import TestSupport
import Testing

@testable import Engine

/// Who keeps an executor alive while a thread that has nothing else to do with it hands it a job.
///
/// The job may be the executor's last: another thread can take it, end the task, and with it drop the last reference.
/// Tests of this kind depend on a moment that hardly ever comes; here the waking of threads is held up until it has
/// come, or cannot come.
@Suite struct ExecutorLifetimeTests {
  @Test func `an executor lives until whoever brings its last job has woken its threads`() async throws {
    for _ in 0..<10 {
      let moment = Moment()
      try await run(moment)
      #expect(moment.wakings > 0, "the waking was not seen: the test proves nothing")
      #expect(!moment.isGone, "the executor was freed while a thread was about to wake its threads")
    }
  }

  private func run(_ moment: Moment) async throws {
    try await work(on: BlockingThreads(count: 1), moment)
    while !moment.isOver { try await Task.sleep(for: .milliseconds(1)) }
  }

  /// Has a task resumed by a thread of its own, which brings the task's last job to an executor of one thread.
  private func work(on threads: BlockingThreads, _ moment: Moment) async {
    moment.executor.withLock { $0 = Moment.Reference(threads) }
    await withTaskGroup(of: Void.self) { group in
      group.addTask(executorPreference: threads) {
        await withCheckedContinuation { continuation in moment.parked.withLock { $0 = continuation } }
      }
      // The one thread comes to this when the task above waits, and is free again when that was handed back to it.
      group.addTask(executorPreference: threads) {
        ResumingThread(moment) { moment.parked.withLock { $0.take() }?.resume() }.start()
        while moment.wakings == 0 { usleep(100) }
      }
      threads.close()
    }
  }
}

/// The moment between a job's arrival and the waking of those who wait for it.
private final class Moment: Sendable {
  struct Reference: Sendable {
    weak let object: BlockingThreads?

    init(_ object: BlockingThreads) { self.object = object }
  }

  let executor = Mutex<Reference?>(nil)
  /// The task that waits to be resumed.
  let parked = Mutex<CheckedContinuation<Void, Never>?>(nil)
  private let seen = Mutex((wakings: 0, isGone: false, isOver: false))

  var wakings: Int { seen.withLock { $0.wakings } }
  var isGone: Bool { seen.withLock { $0.isGone } }
  var isOver: Bool { seen.withLock { $0.isOver } }

  /// Called in the place of a waking: waits for what must not happen.
  ///
  /// - Returns: whether the executor is gone.
  func hold() -> Bool {
    seen.withLock { $0.wakings += 1 }
    for _ in 0..<50 {
      if executor.withLock({ $0?.object == nil }) {
        seen.withLock { $0.isGone = true }
        return true
      }
      usleep(1000)
    }
    return false
  }

  func end() { seen.withLock { $0.isOver = true } }
}

/// A thread whose wakings of other threads are held up.
private final class ResumingThread: Sendable {
  let moment: Moment
  let body: @Sendable () -> Void

  init(_ moment: Moment, _ body: @escaping @Sendable () -> Void) {
    self.moment = moment
    self.body = body
  }

  func start() {
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        let resuming = Unmanaged<ResumingThread>.fromOpaque(argument).takeRetainedValue()
        pthread_setspecific(watched, Unmanaged.passUnretained(resuming.moment).toOpaque())
        resuming.body()
        pthread_setspecific(watched, nil)
        resuming.moment.end()
        return nil
      }, Unmanaged.passRetained(self).toOpaque())
    precondition(code == 0)
    pthread_detach(thread)
  }
}

/// Where a thread has the moment to watch for.
private let watched: pthread_key_t = {
  var key = pthread_key_t()
  pthread_key_create(&key, nil)
  return key
}()

private typealias Waking = @convention(c) (UnsafeMutableRawPointer?) -> CInt

/// The C library's own. By its version: without one, an old function of the same name may be meant. Swift does not see
/// `dlvsym`, so it is looked up too.
private let wakeAll: Waking = {
  typealias Lookup =
    @convention(c) (UnsafeMutableRawPointer?, UnsafePointer<CChar>, UnsafePointer<CChar>)
    -> UnsafeMutableRawPointer?
  let next = UnsafeMutableRawPointer(bitPattern: -1)
  let name = "pthread_cond_broadcast"
  let lookup = dlsym(nil, "dlvsym").map { unsafeBitCast($0, to: Lookup.self) }
  guard let address = lookup?(next, name, "GLIBC_2.3.2") ?? dlsym(next, name) else {
    preconditionFailure("no \(name)")
  }
  return unsafeBitCast(address, to: Waking.self)
}()

/// Takes the place of the C library's function in the tests' process.
@_cdecl("pthread_cond_broadcast") public func pthreadCondBroadcast(_ condition: UnsafeMutableRawPointer?)
  -> CInt
{
  if let moment = pthread_getspecific(watched),
    Unmanaged<Moment>.fromOpaque(moment).takeUnretainedValue().hold()
  {
    // The condition variable does not exist any more.
    return 0
  }
  return wakeAll(condition)
}
