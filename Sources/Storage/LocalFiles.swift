import Glibc

/// Files and folders of the local (or mounted) file system.
///
/// Paths are as the system takes them, absolute or relative to the current folder. Every failure is a
/// `StorageError`; nothing fails in silence. Safe to use from any thread; calls block.
public enum LocalFiles {
  /// Makes a folder; one that exists already is fine.
  ///
  /// - Parameters:
  ///   - path: the folder.
  ///   - intermediates: whether to make missing parents too (as `mkdir -p`).
  public static func createDirectory(
    _ path: String,
    intermediates: Bool = true
  ) throws(StorageError) {
    if mkdir(path, 0o777) == 0 { return }
    let code = errno
    if code == EEXIST {
      if isDirectory(path) { return }
      throw StorageError(
        .createDirectory,
        path: path,
        code: code,
        reason: "a file has this name",
        advice: "remove the file or choose another folder"
      )
    }
    guard code == ENOENT, intermediates, parent(of: path) != path else {
      throw StorageError(.createDirectory, path: path, errno: code)
    }
    try createDirectory(parent(of: path), intermediates: true)
    try createDirectory(path, intermediates: false)
  }

  /// The whole content of a file.
  public static func readAll(_ path: String) throws(StorageError) -> [UInt8] {
    let file = try OpenFile(path, O_RDONLY, operation: .open)
    let status = try file.status()
    if status.st_mode & S_IFMT == S_IFDIR { throw StorageError(.read, path: path, errno: EISDIR) }
    // Files of /proc and growing files say 0 or too little: read on until the end.
    var bytes: [UInt8] = []
    var room = max(Int(status.st_size), 0) + 1
    while true {
      let part = try readPart(of: file, upTo: room)
      if bytes.isEmpty { bytes = part } else { bytes += part }
      if part.count < room { return bytes }
      room = max(bytes.count, 65_536)
    }
  }

  /// Reads a file into memory, as far as there is room.
  ///
  /// - Returns: how many bytes; fewer than there is room for when that was the whole file.
  public static func read(_ path: String, into buffer: UnsafeMutableRawBufferPointer) throws(StorageError)
    -> Int
  {
    try OpenFile(path, O_RDONLY, operation: .open).read(into: buffer)
  }

  private static func readPart(of file: borrowing OpenFile, upTo room: Int) throws(StorageError) -> [UInt8] {
    var failure: StorageError?
    let part = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
      do throws(StorageError) {
        count = try file.read(
          into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[..<room])
        )
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return part
  }

  /// Writes a whole file so that under its name there is at any time the old content or the new, never a part.
  ///
  /// Writes under a temporary name in the same folder and renames; on failure the temporary is removed.
  ///
  /// - Parameters:
  ///   - path: the file, in a folder that exists.
  ///   - bytes: the whole content.
  ///   - sync: whether to have the data on the disk (fsync of file and folder) before returning.
  public static func writeAtomically(
    _ path: String,
    _ bytes: UnsafeRawBufferPointer,
    sync: Bool = false
  ) throws(StorageError) {
    let temporary = temporaryPath(for: path)
    let file = try OpenFile(temporary, O_WRONLY | O_CREAT | O_EXCL, operation: .create)
    do throws(StorageError) {
      try file.write(bytes)
      if sync { try file.sync() }
      try file.close()
      try rename(temporary, to: path)
    } catch {
      unlink(temporary)
      throw error
    }
    if sync { try syncDirectory(parent(of: path)) }
  }

  /// Writes a whole file atomically, see `writeAtomically(_:_:sync:)`.
  public static func writeAtomically(_ path: String, _ bytes: [UInt8], sync: Bool = false)
    throws(StorageError)
  {
    try bytes.withUnsafeBufferPointer { (buffer) throws(StorageError) in
      try writeAtomically(path, UnsafeRawBufferPointer(buffer), sync: sync)
    }
  }

  /// Writes a text as UTF-8 atomically, see `writeAtomically(_:_:sync:)`.
  public static func writeAtomically(_ path: String, text: String, sync: Bool = false) throws(StorageError) {
    try writeAtomically(path, Array(text.utf8), sync: sync)
  }

  /// rename(2): replaces what has the new name, at once; both must be on one file system.
  public static func rename(_ path: String, to newPath: String) throws(StorageError) {
    try SystemCall.check(.rename, path) { Glibc.rename(path, newPath) }
  }

  /// Removes a file or an empty folder.
  ///
  /// - Returns: false when nothing was there.
  @discardableResult
  public static func remove(_ path: String) throws(StorageError) -> Bool {
    if Glibc.remove(path) == 0 { return true }
    let code = errno
    if code == ENOENT { return false }
    throw StorageError(.remove, path: path, errno: code)
  }

  /// Removes a file, or a folder with everything in it; symbolic links are removed, not followed.
  ///
  /// - Returns: false when nothing was there.
  @discardableResult
  public static func removeTree(_ path: String) throws(StorageError) -> Bool {
    var status = stat()
    if lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
      for name in try list(path) { try removeTree(path + "/" + name) }
    }
    return try remove(path)
  }

  /// Whether anything has this name; a dangling symbolic link does not count.
  public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Whether there is certainly nothing of this name; false where that cannot be seen.
  public static func isAbsent(_ path: String) -> Bool { access(path, F_OK) != 0 && errno == ENOENT }

  /// Whether this is a folder, or a symbolic link to one.
  public static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Whether something exists there that is neither a file nor a folder: a pipe, a socket, a device.
  public static func isSpecial(_ path: String) -> Bool {
    var status = stat()
    guard stat(path, &status) == 0 else { return false }
    return status.st_mode & S_IFMT != S_IFREG && status.st_mode & S_IFMT != S_IFDIR
  }

  /// Whether this is a folder in which files may be made.
  public static func isWritableDirectory(_ path: String) -> Bool {
    isDirectory(path) && access(path, W_OK | X_OK) == 0
  }

  /// The names in a folder, sorted by their bytes, without "." and "..".
  public static func list(_ path: String) throws(StorageError) -> [String] {
    guard let folder = opendir(path) else { throw StorageError(.list, path: path, errno: errno) }
    defer { closedir(folder) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(folder) else {
        if errno != 0 { throw StorageError(.list, path: path, errno: errno) }
        break
      }
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// The size of a file in bytes.
  public static func size(_ path: String) throws(StorageError) -> Int {
    var status = stat()
    try SystemCall.check(.inspect, path) { stat(path, &status) }
    return Int(status.st_size)
  }

  /// What tells the content of a file from what it had before: its size and the time of its last change; nil where it
  /// is not there.
  public static func identity(_ path: String) -> String? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return "\(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
  }

  /// Bytes that you (not root) may still write on the file system of this path.
  public static func freeSpace(_ path: String) throws(StorageError) -> Int {
    var status = statvfs()
    try SystemCall.check(.inspect, path) { statvfs(path, &status) }
    return Int(status.f_bavail) * Int(status.f_frsize)
  }

  static func freeSpaceOrNil(_ path: String) -> Int? {
    do throws(StorageError) { return try freeSpace(path) } catch { return nil }
  }

  /// Cuts a file to a size, or fills it up with zeros to that size (truncate).
  public static func truncate(_ path: String, to size: Int = 0) throws(StorageError) {
    try SystemCall.check(.truncate, path) { Glibc.truncate(path, off_t(size)) }
  }

  /// Has a file's data on the disk (fsync).
  public static func sync(_ path: String) throws(StorageError) {
    let file = try OpenFile(path, O_RDONLY, operation: .sync)
    try file.sync()
    try file.close()
  }

  /// Has the disk begin to write what it does not have of a file yet, so that there is less to wait for in the end.
  ///
  /// A hint: where it cannot be followed, nothing happens.
  public static func beginSync(_ path: String) {
    guard let file = try? OpenFile(path, O_RDONLY, operation: .sync) else { return }
    file.beginSync()
  }

  /// Has a folder's names on the disk, so that a rename survives a loss of power.
  public static func syncDirectory(_ path: String) throws(StorageError) {
    let folder = try OpenFile(path, O_RDONLY | O_DIRECTORY, operation: .sync)
    do throws(StorageError) {
      try folder.sync()
    } catch  where error.code == EINVAL || error.code == ENOTSUP {
      // Some network file systems cannot sync a folder: their renames go to the server at once.
    }
  }
}
