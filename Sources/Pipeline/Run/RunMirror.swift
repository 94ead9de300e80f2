internal import Engine
internal import GDAL
internal import Storage
internal import Synchronization

/// A run whose directory is in an object store, as one process works on it: a folder of the process's own with the run's
/// documents and ledgers, and with chunks as they are needed.
///
/// Nothing in the store is locked. Objects come under their names whole, every process has ledgers of its own there, a
/// chunk is the same whoever computes it, and it is stored before the line of a ledger that names it: so processes may
/// work twice, late, or beside themselves.
public final class RunMirror: Sendable {
  /// The URL of the run directory, without a slash at its end.
  public let location: String
  /// The folder of this process; it is gone when the mirror is.
  let directory: RunDirectory
  private let remote: RemoteRun
  private let folder: String
  /// What the store has of the files here, as far as it is known.
  private let known = Mutex<[String: UploadRecord.Copy]>([:])

  private init(_ location: String, _ folder: String) {
    (self.location, self.folder) = (location, folder)
    remote = RemoteRun(location: location)
    directory = RunDirectory(folder + "/run")
  }

  deinit { _ = try? LocalFiles.removeTree(folder) }

  /// Brings what the store has of a run; there need not be one.
  ///
  /// - Parameters:
  ///   - location: the URL of the run directory.
  ///   - work: the folder in which the process makes its own; that of temporary files when nil.
  ///   - isFresh: whether to remove the run there instead.
  /// - Throws: `GDALError`, `PlanError`, `StorageError`.
  static func open(_ location: String, work: String? = nil, isFresh: Bool = false) async throws -> RunMirror {
    if let work { try LocalFiles.createDirectory(work) }
    let mirror = RunMirror(
      RunPlace.trimmed(location), try LocalFiles.makeTemporaryDirectory(in: work))
    let directory = mirror.directory
    try LocalFiles.createDirectory(directory.path)
    let written = try WrittenFiles(directory, isFolderMade: true)
    try written.add(["run.json", "scenes.json", RunDirectory.storeName + "/"])
    try written.add(WrittenFiles.ofWorkers.keys.sorted())
    if isFresh {
      try await mirror.remote.clear()
    } else if try await mirror.remote.fetchDocuments(
      into: directory, written: written, others: [RunDirectory.configName, ClusterRecord.name])
    {
      for path in mirror.files() {
        mirror.note(path, try LocalFiles.fingerprint("\(directory.path)/\(path)"))
      }
    }
    return mirror
  }

  // MARK: Documents

  /// Stores what is here and not there, or another there by now: `run.json` last, for with it there is a run.
  func push() async throws {
    let last = "run.json"
    let paths = files().filter { $0 != last }
    try await BlockingWork.forEach(paths, workers: 4) { [self] path in try store(path) }
    try await BlockingWork.run(workers: 1) { [self] in try store(last) }
  }

  /// Stores one document.
  ///
  /// - Parameter path: below the run directory.
  /// - Throws: with the store's words where it cannot be stored.
  public func push(_ path: String) async throws {
    try await BlockingWork.run(workers: 1) { [self] in try store(path) }
  }

  /// Removes one document from the store, as far as it is there.
  ///
  /// - Parameter path: below the run directory.
  public func remove(_ path: String) async throws {
    try await BlockingWork.run(workers: 1) { [self] in
      _ = try? VirtualFiles.remove(remote.address(path))
      known.withLock { $0[path] = nil }
    }
  }

  /// The files here that belong to the run, but for what is about this folder alone.
  private func files() -> [String] {
    let own = [directory.written, chunkRecord]
    let documents = ["scenes.json", RunDirectory.configName, ClusterRecord.name, "run.json"]
    return
      (documents + RunFiles.below("ledger", in: directory)
      + RunFiles.below(RunDirectory.storeName, in: directory)).filter { path in
        let full = "\(directory.path)/\(path)"
        return LocalFiles.exists(full) && !own.contains(full)
      }
  }

  private func store(_ path: String) throws {
    let full = "\(directory.path)/\(path)"
    let found = try LocalFiles.fingerprint(full)
    // Empty ones say nothing.
    guard found.bytes > 0, !isKnown(path, found) else { return }
    try ObjectUpload(path: full, target: remote.address(path))
      .run(expecting: UploadRecord.Copy(bytes: found.bytes, checksum: found.checksum))
    note(path, found)
  }

  /// Whether this process may write to the store: stores something, and removes it again.
  ///
  /// - Returns: when the store says that it was written, in seconds since 1970; nil where it does not say.
  /// - Throws: `GDALError` with the store's words.
  func probe() throws -> Int? {
    let name = LocalFiles.name(of: LocalFiles.temporaryPath(for: "probe"))
    let address = remote.address("ledger/\(Ledger.workFolder)/\(name)")
    try VirtualFiles.write(Array(name.utf8), to: address)
    defer { _ = try? VirtualFiles.remove(address) }
    VirtualFiles.forget(address)
    return VirtualFiles.status(address)?.modified
  }

  private func isKnown(_ path: String, _ found: FileFingerprint) -> Bool {
    known.withLock { $0[path] } == UploadRecord.Copy(bytes: found.bytes, checksum: found.checksum)
  }

  private func note(_ path: String, _ found: FileFingerprint) {
    known.withLock { $0[path] = UploadRecord.Copy(bytes: found.bytes, checksum: found.checksum) }
  }

  /// Runs `body` where no other process publishes the run.
  ///
  /// - Throws: `StorageError` where another does, `GDALError`, what `body` throws.
  func publishing(_ body: @escaping @Sendable () async throws -> Void) async throws {
    try await PublishMark(remote).publishing(body)
  }

  // MARK: Chunks

  /// Brings every chunk of the store, for whoever publishes.
  ///
  /// - Throws: `GDALError` where one is there and cannot be had.
  func fetchChunks() async throws {
    let names = try await BlockingWork.value { [remote] in try remote.chunks() }
    try await BlockingWork.forEach(names, workers: RemoteRun.connections) { [self] in try fetchChunk($0) }
  }

  fileprivate func fetchChunk(_ name: String) throws {
    let path = "\(RunDirectory.storeName)/\(name)"
    try LocalFiles.createDirectory(LocalFiles.parent(of: "\(directory.path)/\(path)"))
    try remote.fetch(path, into: directory)
  }

  /// Chunks on their way at once: they are small, and wait for the store most of the time.
  private static let uploads = 4
  /// What is stored of this process's chunks.
  private var chunkRecord: String { directory.ledger + "/chunks.jsonl" }

  /// Runs `body`, which computes chunks into a store that keeps them here and there, and ledgers; these are stored every
  /// few seconds and in the end, each time after the chunks that they name.
  ///
  /// - Parameters:
  ///   - run: what tells the run from all others.
  ///   - body: is cancelled when something cannot be stored.
  /// - Throws: `UploadError`, what `body` throws: what was finished before is stored, as far as that is possible.
  func storing<Result: Sendable>(
    run: String, _ body: @escaping @Sendable (any RemoteChunks) async throws -> Result
  ) async throws -> Result {
    let uploader = try Uploader(
      directory, run: run, destination: location, deletesLocal: true, record: chunkRecord,
      workers: RunMirror.uploads)
    return try await Uploader.during(uploader) {
      do {
        let result = try await withThrowingTaskGroup(of: Result?.self) { group in
          group.addTask { try await self.storeLedgersNowAndThen(uploader) }
          group.addTask { try await body(MirroredChunks(mirror: self, uploader: uploader)) }
          defer { group.cancelAll() }
          // The first ends by a fault only.
          return try await group.next() ?? nil
        }
        try await self.storeLedgers(uploader)
        guard let result else { throw CancellationError() }
        return result
      } catch {
        // The fault matters more than one that follows from it.
        _ = try? await self.storeLedgers(uploader)
        throw error
      }
    }
  }

  private func storeLedgersNowAndThen<Result>(_ uploader: Uploader) async throws -> Result? {
    var pause = Duration.milliseconds(200)
    while true {
      try await Task.sleep(for: pause)
      let start = ContinuousClock.now
      // Not cancelled half-way: a ledger that was stored before would be gone.
      let isStored = try await Task { try await storeLedgers(uploader) }.value
      // The work is not held up by it, nor the store by small writes.
      if isStored { pause = max(.seconds(2), start.duration(to: .now) * 20) }
    }
  }

  /// Stores those ledgers of this process that have grown.
  ///
  /// - Returns: whether there were any.
  @discardableResult
  private func storeLedgers(_ uploader: Uploader) async throws -> Bool {
    // What workers leave is in folders below.
    let paths = try RunFiles.below("ledger", in: directory).filter { path in
      guard path.split(separator: "/").count == 3 else { return false }
      let found = try LocalFiles.fingerprint("\(directory.path)/\(path)")
      return found.bytes > 0 && !isKnown(path, found)
    }
    // What is in them now. The lines of chunks are copied before what else is said of these, and stored after it.
    let folder = "ledger/\(Ledger.workFolder)/"
    let sorted = paths.filter { $0.hasPrefix(folder) } + paths.filter { !$0.hasPrefix(folder) }
    let copies = try sorted.map { path in
      let copy = LocalFiles.temporaryPath(for: "\(directory.path)/\(path)")
      try LocalFiles.copyAtomically("\(directory.path)/\(path)", to: copy)
      return (path: path, copy: copy)
    }
    defer { for entry in copies { _ = try? LocalFiles.remove(entry.copy) } }
    try await uploader.drain()
    if let failure = uploader.failures.first { throw UploadError(target: failure.file, failure.reason) }
    try await BlockingWork.run(workers: 1) { [self] in
      for (path, copy) in copies.reversed() {
        let found = try LocalFiles.fingerprint(copy)
        try ObjectUpload(path: copy, target: remote.address(path))
          .run(expecting: UploadRecord.Copy(bytes: found.bytes, checksum: found.checksum))
        note(path, found)
      }
    }
    return !copies.isEmpty
  }
}

/// The chunks of a run in an object store, for the store of one process.
private struct MirroredChunks: RemoteChunks {
  let mirror: RunMirror
  let uploader: Uploader

  // What cannot be had is missing, to whoever asks for it.
  func fetch(_ name: String) { _ = try? mirror.fetchChunk(name) }

  func stored(_ name: String) { uploader.add("\(RunDirectory.storeName)/\(name)", isResult: true) }
}
