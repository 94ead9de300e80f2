internal import Engine
internal import Glibc
internal import Storage

extension ShardWorker {
  /// Looks whether this machine can work on the run: it sees the directory, has the run's version, can write there, and
  /// its clock agrees with the file system's.
  ///
  /// - Parameter now: this machine's time in seconds since 1970, instead of its clock's.
  /// - Throws: `PlanError` with what to do, `StorageError`, `GDALError`.
  public func probe(now: Int? = nil) throws {
    _ = try config()
    let written = try mirror.map { try $0.probe() } ?? probeFolder()
    let skew = (now ?? time(nil)) - (written ?? time(nil))
    guard abs(skew) <= 60 else {
      throw PlanError(
        "the clock of \(ShardWorker.host) differs from that of the \(mirror == nil ? "shared folder" : "object store") by "
          + "\(skew) s: files would seem newer or older than they are; set the clocks (NTP), then run again",
        isConfigMistake: true)
    }
  }

  /// Writes to the shared folder, and removes it again.
  ///
  /// - Returns: when that was, by the folder's clock.
  private func probeFolder() throws -> Int? {
    let folder = "\(directory.ledger)/\(Ledger.workFolder)"
    try LocalFiles.createDirectory(folder)
    let path = LocalFiles.temporaryPath(for: "\(folder)/probe")
    try LocalFiles.writeAtomically(path, text: ShardWorker.host, sync: true)
    defer { _ = try? LocalFiles.remove(path) }
    var status = stat()
    guard stat(path, &status) == 0 else { throw StorageError(.read, path: path, errno: errno) }
    return status.st_mtim.tv_sec
  }
}
