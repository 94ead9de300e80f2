internal import CFiles
internal import Glibc

extension LocalFiles {
  /// Makes a folder for many files that do not live long; one that exists already is fine.
  ///
  /// ext4 puts files near their folder. Without a journal it does not take the place of a file that was removed in the
  /// last minutes, and for each new file it looks at every such place again: where one run follows another, that was a
  /// tenth of their time. A folder made here lies somewhere else each time, where the file system knows how to, and where a first file
  /// is quickly made.
  public static func createDirectoryApart(_ path: String) throws(StorageError) {
    if isDirectory(path) { return }
    try createDirectory(parent(of: path))
    if !makeApart(path) { try createDirectory(path) }
  }

  /// - Returns: false when there is no such folder now.
  private static func makeApart(_ path: String) -> Bool {
    let folder = open(parent(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { return false }
    defer { close(folder) }
    guard apus_spreads_folders(folder) == 0, apus_spread_folders(folder, 1) == 0 else { return false }
    defer { _ = apus_spread_folders(folder, 0) }
    var best: (path: String, time: Duration)?
    for _ in 0..<mostPlaces {
      // The place follows from the name: one that was not there before.
      let temporary = temporaryPath(for: path)
      guard mkdir(temporary, 0o777) == 0 else { break }
      let taken = timeOfFile(in: temporary)
      if let best, best.time <= taken {
        rmdir(temporary)
        continue
      }
      if let best { rmdir(best.path) }
      best = (temporary, taken)
      if taken < shortTime { break }
    }
    guard let best else { return false }
    if Glibc.rename(best.path, path) == 0 { return true }
    rmdir(best.path)
    return false
  }

  /// Places that are tried: chance may lead to one where files were removed a moment ago.
  private static let mostPlaces = 6
  /// So long a new file takes at most where none were.
  private static let shortTime = Duration.microseconds(100)

  /// How long it takes to make a file in a folder; it is removed again.
  private static func timeOfFile(in folder: String) -> Duration {
    let path = folder + "/.place"
    let start = ContinuousClock.now
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    let taken = ContinuousClock.now - start
    guard file >= 0 else { return .seconds(60) }
    close(file)
    unlink(path)
    return taken
  }
}
