internal import Glibc

extension LocalFiles {
  /// Whether anything has this name, also a symbolic link that leads nowhere.
  public static func isTaken(_ path: String) -> Bool { kind(path) != nil }

  /// Whether this is a file itself, not a symbolic link to one.
  public static func isPlainFile(_ path: String) -> Bool { kind(path) == S_IFREG }

  /// Whether this is a symbolic link, wherever it leads.
  public static func isSymbolicLink(_ path: String) -> Bool { kind(path) == S_IFLNK }

  private static func kind(_ path: String) -> mode_t? {
    var status = stat()
    return lstat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
  }

  /// Removes a folder when nothing is in it.
  public static func removeIfEmpty(_ path: String) { _ = rmdir(path) }

  /// Removes the files below a folder whose names are among those wanted, and the folders that are empty then;
  /// symbolic links and everything else stay.
  public static func removeTree(_ path: String, of isWanted: (String) -> Bool) throws(StorageError) {
    guard kind(path) == S_IFDIR else { return }
    for name in try list(path) {
      let entry = path + "/" + name
      switch kind(entry) {
      case S_IFDIR: try removeTree(entry, of: isWanted)
      case S_IFREG: if isWanted(name) { try remove(entry) }
      default: break
      }
    }
    removeIfEmpty(path)
  }
}
