import JSON
import Storage

/// What each copy of an input file was made of: `ledger/SEQUENCE.copies.jsonl`.
///
/// Files of one name in several folders may take turns at the place of a copy when a config reads other bands.
struct CopiedFiles {
  private static let key = "copies of input files"

  private let directory: RunDirectory
  private let name: String

  init(_ directory: RunDirectory, sequence: String, written: WrittenFiles) throws {
    self.directory = directory
    name = "ledger/\(sequence).copies.jsonl"
    try written.add([name])
  }

  /// Enters what copies are going to be made of; one of another file is removed.
  ///
  /// - Parameter sources: what tells files apart, by the paths of their copies.
  func claim(_ sources: [String: String]) throws(StorageError) {
    let path = "\(directory.path)/\(name)"
    var known: [String: String] = [:]
    for line in try RecordFile.read(path, key: CopiedFiles.key).lines {
      guard let node = try? JSONParser.parse(Array(line)), let copy = node["copy"]?.string else { continue }
      known[copy] = node["of"]?.string
    }
    let file = try RecordFile(path, key: CopiedFiles.key)
    let new = sources.filter { known[$0.key] != $0.value }.sorted { $0.key < $1.key }
    for (copy, _) in new where known[copy] != nil { try LocalFiles.remove("\(directory.path)/\(copy)") }
    // Only then: a process that is killed in between leaves a copy that is removed again.
    try file.append(
      new.map { JSONValue.object(["copy": .string($0.key), "of": .string($0.value)]).text() })
    try file.sync()
  }
}
