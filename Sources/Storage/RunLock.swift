import Glibc
import Synchronization

/// An exclusive hold on a folder: as long as one process has it, another one is refused.
///
/// A lock of the system (flock) on the file `.lock` in the folder, which names the holder. It ends with the
/// process, however that ends, so a crash leaves nothing to clean up.
public final class RunLock: Sendable {
  public let directory: String
  /// False on file systems without locks (some network ones): then nothing keeps a second process out.
  public let isEnforced: Bool
  private let file: Mutex<OpenFile?>

  /// Takes the hold on a folder.
  ///
  /// - Parameter directory: a folder that exists.
  /// - Throws: `StorageError` with `operation == .lock` that names the process and machine that hold the folder.
  public init(_ directory: String) throws(StorageError) {
    self.directory = directory
    let path = RunLock.path(in: directory)
    while true {
      let file = try OpenFile(path, O_RDWR | O_CREAT, operation: .lock)
      let code = file.tryLock()
      switch code {
      case nil:
        // The holder before us may have removed the file between our open and our lock: then somebody else
        // can have a new file of this name.
        guard try file.isStill(path) else { continue }
        isEnforced = true
      case ENOLCK, ENOTSUP, ENOSYS:
        isEnforced = false
      case EWOULDBLOCK:
        throw RunLock.refusal(directory: directory, path: path)
      case .some(let code):
        throw StorageError(.lock, path: path, errno: code)
      }
      try file.truncate(to: 0)
      try file.write(Array("process \(getpid()) on \(RunLock.hostName)\n".utf8))
      self.file = Mutex(consume file)
      return
    }
  }

  deinit { release() }

  /// Gives the folder free; further calls do nothing.
  public func release() {
    file.withLock { file in
      guard let held = file.take() else { return }
      // Removed while it is still locked, so that nobody can have taken it in between.
      if isEnforced { unlink(RunLock.path(in: directory)) }
      _ = consume held
    }
  }

  /// Who holds a folder, "process 123 on node7"; nil when nobody does or the file system has no locks.
  public static func holder(of directory: String) -> String? {
    let path = path(in: directory)
    do throws(StorageError) {
      guard LocalFiles.exists(path) else { return nil }
      let file = try OpenFile(path, O_RDONLY, operation: .lock)
      return file.tryLock() == EWOULDBLOCK ? holderText(path) : nil
    } catch {
      return nil
    }
  }

  /// The name of the file that is locked.
  public static let name = ".lock"

  private static func path(in directory: String) -> String { directory + "/" + name }

  /// Whether the file of this name in a folder is somebody else's.
  public static func isForeign(in directory: String) -> Bool {
    guard LocalFiles.isPlainFile(path(in: directory)),
      let bytes = try? LocalFiles.readAll(path(in: directory))
    else { return true }
    return !bytes.isEmpty && !bytes.starts(with: "process ".utf8)
  }

  private static func holderText(_ path: String) -> String {
    do throws(StorageError) {
      let text = String(decoding: try LocalFiles.readAll(path), as: UTF8.self)
      return text.split(separator: "\n").first.map(String.init) ?? "another process"
    } catch {
      return "another process"
    }
  }

  private static func refusal(directory: String, path: String) -> StorageError {
    StorageError(
      .lock,
      path: directory,
      code: EWOULDBLOCK,
      reason: "\(holderText(path)) is working in this folder",
      advice: "wait until it is done, stop it, or choose another output folder"
    )
  }

  private static var hostName: String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, 255) == 0 else { return "this machine" }
    return String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}

extension OpenFile {
  /// Whether the path still leads to this file.
  fileprivate borrowing func isStill(_ path: String) throws(StorageError) -> Bool {
    let own = try status()
    var named = stat()
    return stat(path, &named) == 0 && named.st_ino == own.st_ino && named.st_dev == own.st_dev
  }
}
