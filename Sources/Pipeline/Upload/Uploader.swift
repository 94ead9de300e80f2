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
    /// The places of the jobs that are being done.
    var busy: Set<Int> = []
    var isClosed = false
    /// Whether jobs were given up.
    var isStopped = false
    var failures: [Failure] = []
    /// Who waits for the end of how many of the first jobs.
    var waiting: [(jobs: Int, continuation: CheckedContinuation<Void, Never>)] = []
    /// Of this process.
    var sent = (files: 0, bytes: 0)

    /// Whether so many of the first jobs have ended.
    func hasEnded(_ jobs: Int) -> Bool { next >= jobs && !busy.contains { $0 < jobs } }
  }

  let record: UploadRecord
  private let directory: RunDirectory
  private let deletesLocal: Bool
  /// Whether an earlier process was uploading, and may have been killed at it.
  private let isContinued: Bool
  private let state = Monitor(State())
  /// Files in flight.
  private let workers: Int
  /// Enough to hide what a request waits, few enough for the memory their parts take.
  private static let workers = 2
  /// What they hold on to: parts on their way out, and parts that are read back.
  static let bytes = workers * (24 << 20)

  /// - Parameters:
  ///   - directory: of the run.
  ///   - run: what tells the run from all others.
  ///   - destination: the folder or URL that files go to, without a slash at its end.
  ///   - deletesLocal: whether results are removed here once their copies were verified.
  ///   - path: the file of the record of what is stored; the run's own when nil.
  ///   - workers: files in flight.
  init(
    _ directory: RunDirectory, run: String, destination: String, deletesLocal: Bool,
    record path: String? = nil, workers: Int = Uploader.workers
  ) throws(StorageError) {
    self.workers = workers
    self.directory = directory
    self.deletesLocal = deletesLocal
    isContinued = LocalFiles.exists(path ?? directory.uploaded)
    record = try UploadRecord(directory, run: run, destination: destination, path: path)
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

  /// Returns when all that was added so far is uploaded, or has failed.
  ///
  /// - Throws: `Stopped` when some of it was given up: nothing that was to be uploaded may then be taken to have been.
  func drain() async throws(Stopped) {
    await withCheckedContinuation { continuation in
      let isIdle = state.withLock { state in
        if state.hasEnded(state.jobs.count) { return true }
        state.waiting.append((state.jobs.count, continuation))
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
      do {
        try ObjectUpload.storeCopy(of: "\(directory.path)/\(path)", to: "\(destination)/\(path)")
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
        try await BlockingWork.run(workers: workers) { [self] in try sendAll() }
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
    while let (place, job) = take() {
      do {
        try send(job)
        end(place, nil)
      } catch let error as UploadError {
        end(place, Failure(file: job.path, reason: error.description))
      } catch {
        stop(ending: place)
        throw error
      }
    }
  }

  private func take() -> (place: Int, job: Job)? {
    state.wait { state -> (place: Int, job: Job)?? in
      if state.next < state.jobs.count {
        state.next += 1
        state.busy.insert(state.next - 1)
        return .some((state.next - 1, state.jobs[state.next - 1]))
      }
      return state.isClosed ? .some(nil) : nil
    }
  }

  private func end(_ place: Int, _ failure: Failure?) {
    resume { state in
      state.busy.remove(place)
      if let failure { state.failures.append(failure) }
    }
  }

  /// Lets the workers end when all is done.
  private func close() { resume { $0.isClosed = true } }

  /// Lets the workers end after what they are at; gives up the rest.
  ///
  /// - Parameter place: of the caller's job, which ends with this, not done; nil where there is none.
  private func stop(ending place: Int? = nil) {
    resume { state in
      if let place { state.busy.remove(place) }
      state.isClosed = true
      state.isStopped = true
      state.next = state.jobs.count
    }
  }

  /// Changes the state, and wakes those for whom it matters.
  private func resume(_ change: (inout State) -> Void) {
    let waiting = state.update { state in
      change(&state)
      let all = state.waiting
      state.waiting = all.filter { !state.hasEnded($0.jobs) }
      return all.filter { state.hasEnded($0.jobs) }
    }
    for entry in waiting { entry.continuation.resume() }
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
