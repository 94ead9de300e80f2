import Glibc
import Synchronization

/// A text file to which whole lines are added, and nothing else is done.
///
/// Each call adds its lines with one write, in the order of the calls, from any thread. One process at a time:
/// several processes should each have a file of their own.
public final class AppendFile: Sendable {
  public let path: String
  private let state: Mutex<State>

  private struct State: ~Copyable {
    var file: OpenFile?
    /// Whether a write failed and its torn rest could not be taken away again.
    var isTorn = false
  }

  /// Opens a file for adding, making it when it does not exist.
  ///
  /// When the last line has no end (a process was killed or the machine lost power while it was written), it is
  /// ended, so that the next line is not glued to it. A reader has to expect such a torn line.
  public init(_ path: String) throws(StorageError) {
    self.path = path
    let file = try OpenFile(path, O_RDWR | O_CREAT | O_APPEND, operation: .open)
    let size = try file.status().st_size
    var isTorn = false
    if size > 0 { isTorn = try file.byte(at: Int(size) - 1) != newline }
    state = Mutex(State(file: consume file, isTorn: isTorn))
  }

  /// Adds one line; its end is added here.
  ///
  /// - Throws: `StorageError`; the line is then not in the file, and the file is as it was.
  public func append(line: String) throws(StorageError) {
    try append(lines: CollectionOfOne(line))
  }

  /// Adds several lines with one write; their ends are added here.
  public func append(lines: some Sequence<String>) throws(StorageError) {
    var bytes: [UInt8] = []
    for line in lines {
      bytes += line.utf8
      bytes.append(newline)
    }
    let text = bytes
    try state.withLock { (state) throws(StorageError) in try Self.write(text, to: &state, path: path) }
  }

  /// Returns when everything added so far is on the disk (fsync).
  public func sync() throws(StorageError) {
    try state.withLock { (state) throws(StorageError) in
      guard let _: Void = try state.file?.sync() else { throw StorageError(.sync, path: path, errno: EBADF) }
    }
  }

  /// Closes the file; adding more is an error. Closing twice is harmless.
  public func close() throws(StorageError) {
    try state.withLock { (state) throws(StorageError) in
      guard let file = state.file.take() else { return }
      try file.close()
    }
  }

  private static func write(_ bytes: [UInt8], to state: inout State, path: String) throws(StorageError) {
    guard let status = try state.file?.status() else { throw StorageError(.write, path: path, errno: EBADF) }
    do throws(StorageError) {
      try state.file?.write(state.isTorn ? [newline] + bytes : bytes)
      state.isTorn = false
    } catch {
      // Half a line must not stay: the next one would be glued to it.
      do throws(StorageError) { try state.file?.truncate(to: Int(status.st_size)) } catch {
        state.isTorn = true
      }
      throw error
    }
  }
}

private let newline = UInt8(ascii: "\n")
