internal import Engine
internal import GDAL
internal import Storage

/// The chunks of a run in an object store, and what processes record of those that they compute.
extension RunMirror {
  /// Removes the chunks of a sequence that are published already: see `LateChunks`.
  ///
  /// - Throws: `GDALError` where the store does not give its documents, `PlanError` where one is damaged, `StorageError`.
  func removeLateChunks(of plan: SequencePlan, _ formats: [OutputFormat]) async throws {
    let now = RunDirectory(try LocalFiles.makeTemporaryDirectory(in: folder))
    defer { _ = try? LocalFiles.removeTree(now.path) }
    try LocalFiles.createDirectory(now.ledger)
    let isLate = try await BlockingWork.value { [remote] in
      // What the store had when this process began is remembered, and another may have published since.
      VirtualFiles.forget(remote.location)
      // Without it nothing is finished: the others need not be asked for.
      try remote.fetch(LocalFiles.name(of: now.summary), into: now)
      guard LocalFiles.exists(now.summary) else { return false }
      for path in ["run.json", "ledger/published.jsonl", "ledger/uploaded.jsonl"] {
        try remote.fetch(path, into: now)
      }
      return try LateChunks(directory: now, formats: formats).arePublished(plan)
    }
    if isLate { try await remote.removeStored(of: plan.name) }
  }

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
  var chunkRecord: String { directory.ledger + "/chunks.jsonl" }

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
