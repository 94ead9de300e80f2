internal import Engine
internal import GDAL
internal import Storage
internal import Synchronization

/// Uploads the files of a run while the run goes on, a few at a time, on threads of its own.
///
/// A file leaves the run directory only after its copy was verified, and only where that is wanted. What an earlier
/// run uploaded and verified is not sent again. A file that cannot be uploaded stays, and is named.
final class Uploader: Sendable {
  /// A file that did not arrive.
  struct Failure: Hashable {
    /// Below the run directory.
    let file: String
    let reason: String
  }

  private struct Job {
    let path: String
    let isRemovedAfter: Bool
  }

  /// Some files were never sent: the uploader was stopped by a fault, which `during` throws.
  struct Stopped: Error {}

  private struct State {
    var jobs: [Job] = []
    var next = 0
    var busy = 0
    var isClosed = false
    /// Whether jobs were given up.
    var isStopped = false
    var failures: [Failure] = []
    var waiting: [CheckedContinuation<Void, Never>] = []
    /// Of this process.
    var sent = (files: 0, bytes: 0)
  }

  let record: UploadRecord
  private let directory: RunDirectory
  private let deletesLocal: Bool
  /// Whether an earlier process was uploading, and may have been killed at it.
  private let isContinued: Bool
  private let state = Monitor(State())
  /// Files in flight: enough to hide what a request waits, few enough for the memory their parts take.
  private static let workers = 2
  /// What they hold on to: parts on their way out, and parts that are read back.
  static let bytes = workers * (24 << 20)

  init(
    _ directory: RunDirectory, run: String, destination: String, deletesLocal: Bool
  ) throws(StorageError) {
    self.directory = directory
    self.deletesLocal = deletesLocal
    isContinued = LocalFiles.exists(directory.uploaded)
    record = try UploadRecord(directory, run: run, destination: destination)
  }

  var destination: String { record.destination }
  var failures: [Failure] { state.withLock { $0.failures } }
  var sent: (files: Int, bytes: Int) { state.withLock { $0.sent } }

  /// Runs `body` with an uploader at work; waits for its end. When the body fails, what has not begun is left.
  ///
  /// Not inlined: the optimiser of Swift 6.3 crashes on the coroutine that this makes of its callers.
  @inline(never)
  static func during<Result>(_ uploader: Uploader?, _ body: () async throws -> Result) async throws -> Result
  {
    guard let uploader else { return try await body() }
    async let work: Void = uploader.work()
    do {
      let result = try await body()
      uploader.close()
      try await work
      return result
    } catch {
      uploader.stop()
      // The fault that led here matters more, unless it is the uploader's own.
      do {
        try await work
      } catch let cause where error is Stopped {
        throw cause
      } catch {}
      throw error
    }
  }

  /// Has a file uploaded.
  ///
  /// - Parameters:
  ///   - path: below the run directory; the file is complete and does not change any more.
  ///   - isResult: whether it is one of those that `delete_local` is about.
  func add(_ path: String, isResult: Bool) {
    state.update { state in
      // Closed by a fault that the run is about to hear of.
      guard !state.isClosed else { return }
      state.jobs.append(Job(path: path, isRemovedAfter: isResult && deletesLocal))
    }
  }

  /// Returns when all that was added is uploaded, or has failed.
  ///
  /// - Throws: `Stopped` when some of it was given up: nothing that was to be uploaded may then be taken to have been.
  func drain() async throws(Stopped) {
    await withCheckedContinuation { continuation in
      let isIdle = state.withLock { state in
        if state.next == state.jobs.count, state.busy == 0 { return true }
        state.waiting.append(continuation)
        return false
      }
      if isIdle { continuation.resume() }
    }
    if state.withLock({ $0.isStopped }) { throw Stopped() }
  }

  /// Uploads files at once, before anything else.
  ///
  /// - Throws: when one cannot be uploaded.
  func sendFirst(_ paths: [String]) async throws {
    try await BlockingWork.run(workers: 1) { [self] in
      for path in paths { try send(Job(path: path, isRemovedAfter: false)) }
    }
  }

  /// Uploads what a file holds at this moment, under its name, without an entry in the record.
  func sendCopy(of path: String) async throws {
    try await BlockingWork.run(workers: 1) { [self] in
      let copy = LocalFiles.temporaryPath(for: "\(directory.path)/\(path)")
      try LocalFiles.copyAtomically("\(directory.path)/\(path)", to: copy)
      defer { _ = try? LocalFiles.remove(copy) }
      let found = try LocalFiles.fingerprint(copy)
      do {
        try ObjectUpload(path: copy, target: "\(destination)/\(path)")
          .run(expecting: UploadRecord.Copy(bytes: found.bytes, checksum: found.checksum))
      } catch let error as UploadError {
        state.withLock { $0.failures.append(Failure(file: path, reason: error.description)) }
      }
    }
  }

  /// Removes files from where results are uploaded to, as far as they are there.
  func remove(_ paths: [String]) async throws {
    let stored = paths.filter { record.copy(of: $0) != nil }
    guard !stored.isEmpty else { return }
    try await BlockingWork.run(workers: 1) { [self] in
      for path in stored {
        try Task.checkCancellation()
        // Gone already, or never there. What cannot be removed is replaced later, or stays and is not listed.
        _ = try? VirtualFiles.remove("\(destination)/\(path)")
        try record.remove(path)
      }
      try record.sync()
    }
  }

  // MARK: The workers

  private func work() async throws {
    do {
      try await withTaskCancellationHandler {
        try await BlockingWork.run(workers: Self.workers) { [self] in try sendAll() }
      } onCancel: {
        stop()
      }
    } catch {
      // Also where there is no thread for it: nobody shall wait for what is not going to be uploaded.
      stop()
      throw error
    }
  }

  private func sendAll() throws {
    while let job = take() {
      do {
        try send(job)
        end(nil)
      } catch let error as UploadError {
        end(Failure(file: job.path, reason: error.description))
      } catch {
        stop(ending: 1)
        throw error
      }
    }
  }

  private func take() -> Job? {
    state.wait { state -> Job?? in
      if state.next < state.jobs.count {
        state.next += 1
        state.busy += 1
        return .some(state.jobs[state.next - 1])
      }
      return state.isClosed ? .some(nil) : nil
    }
  }

  private func end(_ failure: Failure?) {
    resume { state in
      state.busy -= 1
      if let failure { state.failures.append(failure) }
    }
  }

  /// Lets the workers end when all is done.
  private func close() { resume { $0.isClosed = true } }

  /// Lets the workers end after what they are at; gives up the rest.
  ///
  /// - Parameter jobs: how many of the caller's jobs end with this, not done.
  private func stop(ending jobs: Int = 0) {
    resume { state in
      state.busy -= jobs
      state.isClosed = true
      state.isStopped = true
      state.next = state.jobs.count
    }
  }

  /// Changes the state, and wakes those for whom it matters.
  private func resume(_ change: (inout State) -> Void) {
    let waiting = state.update { state in
      change(&state)
      guard state.next == state.jobs.count, state.busy == 0 else {
        return [CheckedContinuation<Void, Never>]()
      }
      defer { state.waiting = [] }
      return state.waiting
    }
    for continuation in waiting { continuation.resume() }
  }

  /// Uploads one file, unless its very copy is there already.
  private func send(_ job: Job) throws {
    try Task.checkCancellation()
    let path = "\(directory.path)/\(job.path)"
    let found = try LocalFiles.fingerprint(path)
    let copy = UploadRecord.Copy(bytes: found.bytes, checksum: found.checksum)
    if record.copy(of: job.path) != copy {
      var upload = ObjectUpload(path: path, target: "\(destination)/\(job.path)")
      if isContinued { VirtualFiles.abortPendingUploads(upload.target) }
      // Where nothing arrives, every file's repeated tries would take for ever.
      if state.withLock({ $0.failures.count >= 4 }) { upload.attempts = 1 }
      try upload.run(expecting: copy)
      try record.add(job.path, copy)
      state.withLock { state in
        state.sent.files += 1
        state.sent.bytes += copy.bytes
      }
    }
    guard job.isRemovedAfter else { return }
    try record.sync()
    try LocalFiles.remove(path)
  }
}
