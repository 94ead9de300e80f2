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
  let remote: RemoteRun
  let folder: String
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

  func isKnown(_ path: String, _ found: FileFingerprint) -> Bool {
    known.withLock { $0[path] } == UploadRecord.Copy(bytes: found.bytes, checksum: found.checksum)
  }

  func note(_ path: String, _ found: FileFingerprint) {
    known.withLock { $0[path] = UploadRecord.Copy(bytes: found.bytes, checksum: found.checksum) }
  }

  /// Runs `body` where no other process publishes the run.
  ///
  /// - Throws: `StorageError` where another does, `GDALError`, what `body` throws.
  func publishing(_ body: @escaping @Sendable () async throws -> Void) async throws {
    try await StoreMark(.publishing, remote).during(body)
  }
}
