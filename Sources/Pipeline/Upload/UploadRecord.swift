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
  private let file: RecordFile
  private let copies: Mutex<[String: Copy]>

  /// - Parameters:
  ///   - directory: of the run.
  ///   - run: what tells the run from all others: entries of another do not count.
  ///   - destination: the folder or URL that results go to, without a slash at its end.
  ///   - path: the record's file; the run's own when nil.
  init(
    _ directory: RunDirectory, run: String, destination: String, path: String? = nil
  ) throws(StorageError) {
    self.destination = destination
    try LocalFiles.createDirectory(directory.ledger)
    let path = path ?? directory.uploaded
    file = try RecordFile(path, key: UploadRecord.key(run))
    copies = Mutex(
      UploadRecord.latest(
        try UploadRecord.read(path, run: run).filter { $0.destination == destination }
      ).reduce(into: [:]) { $0[$1.path] = $1.copy })
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
    try file.append(line.text())
    copies.withLock { $0[path] = copy }
  }

  /// Says that a file is no longer stored.
  func remove(_ path: String) throws(StorageError) {
    let line: JSONValue = ["file": .string(path), "removed": true, "to": .string(destination)]
    try file.append(line.text())
    copies.withLock { $0[path] = nil }
  }

  /// Has the record on the disk: before what it vouches for is removed.
  func sync() throws(StorageError) { try file.sync() }

  private static func key(_ run: String) -> String { run + "/uploaded files" }

  /// One file as the record has it.
  typealias Entry = (path: String, destination: String, copy: Copy?)

  /// The last entry of each file that is still stored.
  static func latest(_ entries: [Entry]) -> [Entry] {
    var latest: [String: Entry] = [:]
    for entry in entries { latest[entry.destination + "\n" + entry.path] = entry.copy == nil ? nil : entry }
    return Array(latest.values)
  }

  /// The entries of a record, in order; a line that is not as it was written is none.
  static func read(_ path: String, run: String) throws(StorageError) -> [Entry] {
    entries(try RecordFile.read(path, key: key(run)))
  }

  /// The same of a record's bytes.
  static func entries(of bytes: [UInt8], run: String) -> [Entry] {
    entries(RecordFile.contents(of: bytes, key: key(run)))
  }

  private static func entries(_ contents: RecordFile.Contents) -> [Entry] {
    contents.lines.compactMap { line in
      guard let node = try? JSONParser.parse(Array(line)), let path = node["file"]?.string,
        let destination = node["to"]?.string
      else { return nil }
      if node["removed"]?.bool == true { return (path, destination, nil) }
      guard let bytes = node["bytes"]?.integer,
        let checksum = node["crc32"]?.integer.flatMap({ UInt32(exactly: $0) })
      else { return nil }
      return (path, destination, Copy(bytes: bytes, checksum: checksum))
    }
  }
}
