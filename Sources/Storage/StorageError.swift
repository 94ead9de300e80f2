import Glibc

/// A file operation that failed: what was tried, on which path, the system's reason and what to do about it.
public struct StorageError: Error, Hashable, Sendable {
  /// What was being done.
  public enum Operation: String, Hashable, Sendable {
    case open, create, read, write, sync, close, rename, remove, list, inspect, lock
    case createDirectory = "create the folder"
    case truncate = "shorten"
  }

  public let operation: Operation
  public let path: String
  /// The system's error number (`errno`); 0 when the fault is in the content, not in a system call.
  public let code: Int32
  /// The reason in words, without path.
  public let reason: String
  /// What to do about it; empty when there is nothing to advise.
  public let advice: String

  public init(_ operation: Operation, path: String, code: Int32 = 0, reason: String, advice: String = "") {
    self.operation = operation
    self.path = path
    self.code = code
    self.reason = reason
    self.advice = advice
  }

  /// Whether nothing exists under the path.
  public var isNotFound: Bool { code == ENOENT }

  /// Whether there is no room for more data: the disk is full, or a quota or file size limit is reached.
  public var isOutOfSpace: Bool { code == ENOSPC || code == EDQUOT || code == EFBIG }

  /// Makes the error of a system call that has just failed with this `errno`.
  public init(_ operation: Operation, path: String, errno code: Int32) {
    self.init(
      operation,
      path: path,
      code: code,
      reason: SystemCall.text(of: code),
      advice: StorageError.advice(for: code, operation: operation, path: path)
    )
  }

  private static func advice(for code: Int32, operation: Operation, path: String) -> String {
    switch code {
    case ENOSPC:
      let folder = LocalFiles.parent(of: path)
      let free = LocalFiles.freeSpaceOrNil(folder).map { "\(ByteCount.text($0)) free in \(folder)" }
      return (free.map { $0 + "; " } ?? "") + "make room there or choose another folder"
    case EDQUOT: return "your quota is used up; make room or choose another folder"
    case EFBIG: return "the file would be larger than the file system or `ulimit -f` allows"
    case EACCES, EPERM:
      return operation == .read || operation == .open || operation == .list
        ? "you may not read it; check its permissions"
        : "you may not write there; check the folder's permissions or choose another folder"
    case EROFS: return "the file system is mounted read-only; choose another folder"
    case ENOENT where operation != .remove:
      return "check the spelling; the folder may have been moved or removed"
    case ENOTDIR: return "a part of the path is a file where a folder is needed"
    case EISDIR: return "it is a folder where a file is needed"
    case EEXIST: return "something else has this name already"
    case ENAMETOOLONG: return "the path or a name in it is too long"
    case EMFILE, ENFILE: return "too many files are open; raise `ulimit -n` or use fewer threads"
    case EXDEV: return "both names must be on the same file system"
    case ESTALE: return "the network file system lost the file; try again"
    case EIO: return "the disk or network file system reports a fault; check it before trying again"
    default: return ""
    }
  }
}

extension StorageError: CustomStringConvertible {
  /// `cannot write "out/a.nc": No space left on device (12 MiB free in out; make room there …)`.
  public var description: String {
    "cannot \(operation.rawValue) \"\(path)\": \(reason)" + (advice.isEmpty ? "" : " (\(advice))")
  }
}

/// Numbers of bytes for people.
enum ByteCount {
  /// "512 B", "1.5 MiB".
  static func text(_ bytes: Int) -> String {
    var value = Double(bytes)
    var unit = 0
    let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
    while value >= 1024, unit < units.count - 1 {
      value /= 1024
      unit += 1
    }
    let tenths = Int((value * 10).rounded())
    return unit == 0 || tenths >= 100 || tenths % 10 == 0
      ? "\((tenths + 5) / 10) \(units[unit])" : "\(tenths / 10).\(tenths % 10) \(units[unit])"
  }
}
