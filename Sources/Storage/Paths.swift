import Glibc
import Synchronization

// Names of files.
extension LocalFiles {
  /// The folder that holds this path: "a/b" of "a/b/c", "." of "c", "/" of "/c".
  public static func parent(of path: String) -> String {
    var bytes = Array(path.utf8)[...]
    while bytes.count > 1, bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    bytes = bytes[..<slash]
    while bytes.count > 1, bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
    return bytes.isEmpty ? "/" : String(decoding: bytes, as: UTF8.self)
  }

  /// The last part of a path: "c" of "a/b/c".
  public static func name(of path: String) -> String {
    // By bytes: "/" with a combining mark behind it is one character, and still ends a part.
    path.utf8.split(separator: UInt8(ascii: "/")).last.map { String(decoding: $0, as: UTF8.self) } ?? path
  }

  /// A path for writing what is to be renamed to `path`: the same folder, a hidden name nobody else uses.
  ///
  /// Unique among the threads of a process and, by a random number, among the machines of a cluster.
  public static func temporaryPath(for path: String) -> String {
    let count = TemporaryNames.count.wrappingAdd(1, ordering: .relaxed).newValue
    let process = String(getpid()) + "-" + String(TemporaryNames.process, radix: 36)
    // Names may be 255 bytes long: cut a long one short, it is only there to be recognised.
    let original = String(name(of: path).unicodeScalars.prefix(48))
    let folder = parent(of: path)
    let prefix = folder == "." && !path.hasPrefix("./") ? "" : folder == "/" ? "/" : folder + "/"
    return "\(prefix).\(original).\(process)-\(count)\(TemporaryNames.suffix)"
  }

  /// Whether a file's name (without folder) is one of `temporaryPath(for:)`: left behind by a killed process.
  public static func isTemporary(name: String) -> Bool {
    name.hasPrefix(".") && name.hasSuffix(TemporaryNames.suffix)
  }
}

private enum TemporaryNames {
  static let suffix = ".apus-tmp"
  static let count = Atomic<Int>(0)
  static let process = UInt32.random(in: .min ... .max)
}
