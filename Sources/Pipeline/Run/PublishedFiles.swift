import Engine
import JSON
import Storage
import Synchronization

/// Which products stand complete under their final names: `ledger/published.jsonl`.
///
/// A product may have left the run directory: then its verified copy stands where results are uploaded to.
final class PublishedFiles: Sendable {
  private struct Entry {
    let copy: UploadRecord.Copy
    /// A file with losses is made again when its missing cells may have come.
    let isWhole: Bool
    /// Of the products in it.
    let keys: [String]
    /// Whether there is no such file, since nothing would be in it.
    var isLeftOut = false
    /// Whether it was found not to be as it was published, and was not made again yet.
    var isDamaged = false
  }

  private let directory: RunDirectory
  private let file: RecordFile
  private let uploads: UploadRecord?
  private let entries: Mutex<[String: Entry]>

  /// - Parameter run: what tells the run from all others: entries of another do not count.
  init(_ directory: RunDirectory, run: String, uploads: UploadRecord? = nil) throws(StorageError) {
    self.directory = directory
    self.uploads = uploads
    try LocalFiles.createDirectory(directory.ledger)
    file = try RecordFile(directory.published, key: PublishedFiles.key(run))
    var entries: [String: Entry] = [:]
    for line in try RecordFile.read(directory.published, key: PublishedFiles.key(run)).lines {
      guard let node = try? JSONParser.parse(Array(line)), let path = node["file"]?.string else { continue }
      guard !Self.isDamaged(node) else {
        entries[path]?.isDamaged = true
        continue
      }
      guard let bytes = node["bytes"]?.integer,
        let checksum = node["crc32"]?.integer.flatMap({ UInt32(exactly: $0) })
      else { continue }
      entries[path] = Entry(
        copy: UploadRecord.Copy(bytes: bytes, checksum: checksum),
        isWhole: node["failed_cells"]?.integer == 0, keys: Self.keys(node),
        isLeftOut: node["left_out"]?.bool ?? false)
    }
    self.entries = Mutex(entries)
  }

  private static func key(_ run: String) -> String { run + "/published files" }

  /// How many lines were found not to be as they were written: their files are made again.
  var refusedLines: Int { file.refused }

  private static func keys(_ node: JSONNode) -> [String] { node["keys"]?.array?.compactMap(\.string) ?? [] }

  private static func isDamaged(_ node: JSONNode) -> Bool { node["damaged"]?.bool ?? false }

  /// Whether a file is published whole, of the products as they are now, and still there, or where it was uploaded to.
  func contains(_ file: ProductFile) -> Bool { contains(file.path, keys: file.keys) }

  /// The same of a file with the keys of what is in it.
  func contains(_ path: String, keys: [String]) -> Bool {
    guard let entry = entries.withLock({ $0[path] }), entry.isWhole, !entry.isDamaged, entry.keys == keys
    else { return false }
    if entry.isLeftOut { return true }
    let local = "\(directory.path)/\(path)"
    // Asked once: the file may go at any moment, its copy being verified.
    if let size = try? LocalFiles.size(local) { return size == entry.copy.bytes }
    return uploads?.copy(of: path) == entry.copy
  }

  /// Whether a file lies in the run directory that was published with a product as it is, whole or with losses.
  func isHere(_ path: String, with key: String) -> Bool {
    guard let entry = entries.withLock({ $0[path] }), !entry.isLeftOut, !entry.isDamaged,
      entry.keys.contains(key)
    else { return false }
    return (try? LocalFiles.size("\(directory.path)/\(path)")) == entry.copy.bytes
  }

  /// Has a file made again that was found not to be as it was published: by this process or, should it end before, by
  /// the next.
  func addDamage(to path: String) throws(StorageError) {
    let line: JSONValue = ["file": .string(path), "damaged": true]
    try file.append(line.text())
    entries.withLock { $0[path]?.isDamaged = true }
  }

  /// Whether damage was found in a file of the products as they are, here or by an earlier process, and it was not made
  /// again yet.
  func isDamaged(_ file: ProductFile) -> Bool {
    entries.withLock { $0[file.path].map { $0.isDamaged && $0.keys == file.keys } ?? false }
  }

  /// Size and checksum of a file as it was published, whole or with losses; nil for one of products as they were.
  func copy(of path: String, keys: [String]) -> UploadRecord.Copy? {
    entries.withLock {
      $0[path].flatMap { $0.keys == keys && !$0.isLeftOut && !$0.isDamaged ? $0.copy : nil }
    }
  }

  /// Whether what was published last under a file's name holds other products, or products as they were.
  func isOutdated(_ path: String, keys: [String]) -> Bool {
    entries.withLock { $0[path].map { $0.keys != keys } ?? false }
  }

  /// The files that were published in a folder, as far as they were not left out.
  func files(in folder: String) -> [String] {
    entries.withLock { entries in
      entries.filter { !$0.value.isLeftOut && LocalFiles.parent(of: $0.key) == folder }.map(\.key).sorted()
    }
  }

  /// The keys of the products in a file as it was published.
  func keys(of path: String) -> [String] { entries.withLock { $0[path]?.keys ?? [] } }

  func add(
    _ path: String, _ found: FileFingerprint, failedCells: Int, keys: [String]
  ) throws(StorageError) {
    let line: JSONValue = [
      "file": .string(path), "bytes": .integer(found.bytes), "crc32": .integer(Int(found.checksum)),
      "failed_cells": .integer(failedCells), "keys": .array(keys.map { .string($0) }),
    ]
    try file.append(line.text())
    let copy = UploadRecord.Copy(bytes: found.bytes, checksum: found.checksum)
    entries.withLock { $0[path] = Entry(copy: copy, isWhole: failedCells == 0, keys: keys) }
  }

  /// Says that there is no file of this name, since nothing would be in it.
  func addLeftOut(_ file: ProductFile) throws(StorageError) {
    let line: JSONValue = [
      "file": .string(file.path), "bytes": 0, "crc32": 0, "failed_cells": 0,
      "keys": .array(file.keys.map { .string($0) }), "left_out": true,
    ]
    try self.file.append(line.text())
    entries.withLock {
      $0[file.path] = Entry(
        copy: UploadRecord.Copy(bytes: 0, checksum: 0), isWhole: true, keys: file.keys, isLeftOut: true)
    }
  }

  /// The files that a run's list names, whole or with losses, with the keys of their products, and those that are
  /// left out since nothing would be in them; reads only.
  static func listed(in directory: RunDirectory, run: String) throws(StorageError) -> [String: [String]] {
    let uploaded = Set(
      UploadRecord.latest(try UploadRecord.read(directory.uploaded, run: run)).map(\.path))
    var files: [String: [String]] = [:]
    var leftOut: Set<String> = []
    for line in try RecordFile.read(directory.published, key: key(run)).lines {
      guard let node = try? JSONParser.parse(Array(line)), let path = node["file"]?.string else { continue }
      files[path] = isDamaged(node) ? nil : keys(node)
      if node["left_out"]?.bool ?? false { leftOut.insert(path) } else { leftOut.remove(path) }
    }
    return files.filter {
      leftOut.contains($0.key) || uploaded.contains($0.key)
        || LocalFiles.exists("\(directory.path)/\($0.key)")
    }
  }
}
