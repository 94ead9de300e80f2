internal import CFiles
internal import Glibc

extension LocalFiles {
  /// Makes a folder for many files that do not live long; one that exists already is fine.
  ///
  /// ext4 puts files near their folder. Without a journal it does not take the place of a file that was removed in the
  /// last minutes, and for each new file it looks at every such place again: where one run follows another, that was a
  /// tenth of their time. A folder made here lies somewhere else each time, where the file system knows how to.
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
    // The place follows from the name: one that was not there before.
    let temporary = temporaryPath(for: path)
    guard mkdir(temporary, 0o777) == 0 else { return false }
    if Glibc.rename(temporary, path) == 0 { return true }
    rmdir(temporary)
    return false
  }
}
