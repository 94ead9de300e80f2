import JSON
import Storage
import Synchronization

/// Which products stand complete under their final names: `ledger/published.jsonl`.
final class PublishedFiles: Sendable {
  private let directory: RunDirectory
  private let file: AppendFile
  private let sizes: Mutex<[String: Int]>

  init(_ directory: RunDirectory) throws(StorageError) {
    self.directory = directory
    try LocalFiles.createDirectory(directory.ledger)
    file = try AppendFile(directory.published)
    var sizes: [String: Int] = [:]
    for line in try LocalFiles.readAll(directory.published).split(separator: UInt8(ascii: "\n")) {
      guard let node = try? JSONParser.parse(Array(line)), let path = node["file"]?.string else { continue }
      // A file with losses is made again when its missing cells may have come.
      sizes[path] = node["failed_cells"]?.integer == 0 ? node["bytes"]?.integer : nil
    }
    self.sizes = Mutex(sizes)
  }

  /// Whether a file, named below the run directory, is published whole and still there.
  func contains(_ path: String) -> Bool {
    guard let size = sizes.withLock({ $0[path] }) else { return false }
    return (try? LocalFiles.size("\(directory.path)/\(path)")) == size
  }

  func add(_ path: String, failedCells: Int) throws(StorageError) {
    let size = try LocalFiles.size("\(directory.path)/\(path)")
    let line: JSONValue = [
      "file": .string(path), "bytes": .integer(size), "failed_cells": .integer(failedCells),
    ]
    try file.append(line: line.text())
    sizes.withLock { $0[path] = failedCells == 0 ? size : nil }
  }

  /// The files that a run's list names, whole or with losses; reads only.
  static func listed(in directory: RunDirectory) throws(StorageError) -> Set<String> {
    guard LocalFiles.exists(directory.published) else { return [] }
    var paths: Set<String> = []
    for line in try LocalFiles.readAll(directory.published).split(separator: UInt8(ascii: "\n")) {
      if let path = (try? JSONParser.parse(Array(line)))?["file"]?.string { paths.insert(path) }
    }
    return paths.filter { LocalFiles.exists("\(directory.path)/\($0)") }
  }
}
