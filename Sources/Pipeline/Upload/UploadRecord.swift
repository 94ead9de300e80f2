import Engine
import JSON
import Storage
import Synchronization

/// Which files stand verified where results are uploaded to: `ledger/uploaded.jsonl`, append-only.
///
/// A line is written when the stored copy was read back and is the local file, bit by bit as far as size and CRC-32
/// tell; only then a local file may go.
final class UploadRecord: Sendable {
  /// What was stored.
  struct Copy: Hashable {
    let bytes: Int
    let checksum: UInt32
  }

  /// The folder or URL that results go to, without a slash at its end.
  let destination: String
  private let file: AppendFile
  private let copies: Mutex<[String: Copy]>

  init(_ directory: RunDirectory, destination: String) throws(StorageError) {
    self.destination = destination
    try LocalFiles.createDirectory(directory.ledger)
    file = try AppendFile(directory.uploaded)
    copies = Mutex(
      try UploadRecord.read(directory.uploaded).filter { $0.destination == destination }
        .reduce(into: [:]) { $0[$1.path] = $1.copy })
  }

  /// What is known to be stored of a file, named below the run directory.
  func copy(of path: String) -> Copy? { copies.withLock { $0[path] } }

  /// All that is known to be stored below a folder of the run.
  func copies(below folder: String) -> [String: Copy] {
    copies.withLock { $0.filter { $0.key.hasPrefix(folder + "/") } }
  }

  func add(_ path: String, _ copy: Copy) throws(StorageError) {
    let line: JSONValue = [
      "file": .string(path), "bytes": .integer(copy.bytes), "crc32": .integer(Int(copy.checksum)),
      "to": .string(destination),
    ]
    try file.append(line: line.text())
    copies.withLock { $0[path] = copy }
  }

  /// Has the record on the disk: before what it vouches for is removed.
  func sync() throws(StorageError) { try file.sync() }

  /// The entries of a record, in order; a line cut by a crash is none.
  static func read(_ path: String) throws(StorageError) -> [(path: String, destination: String, copy: Copy)] {
    guard LocalFiles.exists(path) else { return [] }
    return try LocalFiles.readAll(path).split(separator: UInt8(ascii: "\n")).compactMap { line in
      guard let node = try? JSONParser.parse(Array(line)), let path = node["file"]?.string,
        let destination = node["to"]?.string, let bytes = node["bytes"]?.integer,
        let checksum = node["crc32"]?.integer.flatMap({ UInt32(exactly: $0) })
      else { return nil }
      return (path, destination, Copy(bytes: bytes, checksum: checksum))
    }
  }
}
