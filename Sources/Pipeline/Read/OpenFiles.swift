internal import Glibc
internal import Storage
internal import Synchronization

/// A file that several workers read at once.
final class OpenFile: Sendable {
  let bytes: FileBytes

  init(_ path: String) throws(StorageError) {
    bytes = try FileBytes(path)
  }
}

/// The local files that a cube's workers hold open together: opening costs more than reading a block.
///
/// A series of dates visits all of its files for every chunk, so that few descriptors would mean opening each again
/// and again. Who has been given a file keeps it open as long as it needs it.
final class OpenFiles: Sendable {
  private struct State {
    var files: [String: (file: OpenFile, lastUse: Int)] = [:]
    var uses = 0
  }

  private let state = Mutex(State())
  private let most: Int

  /// - Parameter most: files held open; nil for half of what the system allows this process.
  init(most: Int? = nil) {
    self.most = max(1, most ?? min(OpenFiles.allowed / 2, 4096))
  }

  private static var allowed: Int {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 256 }
    return Int(clamping: limit.rlim_cur)
  }

  /// An open file; nil when it cannot be opened.
  func file(_ path: String) -> OpenFile? {
    let present = state.withLock { state -> OpenFile? in
      state.uses += 1
      state.files[path]?.lastUse = state.uses
      return state.files[path]?.file
    }
    if let present { return present }
    guard let opened = try? OpenFile(path) else { return nil }
    return state.withLock { state in
      // Another worker may have been faster.
      if let present = state.files[path] { return present.file }
      if state.files.count >= most { forgetOldest(of: &state) }
      state.files[path] = (opened, state.uses)
      return opened
    }
  }

  /// Forgets an eighth of the files at once, so that a series longer than there is room for is not searched each time.
  private func forgetOldest(of state: inout State) {
    let oldest = state.files.sorted { $0.value.lastUse < $1.value.lastUse }.prefix(max(1, most / 8))
    for (path, _) in oldest { state.files[path] = nil }
  }
}
