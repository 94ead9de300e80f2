import Engine
import GDAL
import JSON
import Storage

/// A run whose directory is in an object store or on a web server.
struct RemoteRun {
  /// The URL of the run directory; a query (a signature) belongs to every file's address.
  let location: String

  /// The address of a file of the run.
  func address(_ path: String) -> String {
    guard let mark = location.firstIndex(of: "?") else { return RemoteRun.join(location, path) }
    return RemoteRun.join(String(location[..<mark]), path) + location[mark...]
  }

  /// A location as messages and files may have it: without its query, which can be a signature, and without a password.
  static func shown(_ location: String) -> String {
    Secrets.removed(from: String(location.prefix { $0 != "?" }))
  }

  private static func join(_ base: String, _ path: String) -> String {
    base.hasSuffix("/") ? base + path : "\(base)/\(path)"
  }

  /// Reads a document; nil when it is not there.
  ///
  /// - Throws: `GDALError` when it is there, or may be, and cannot be read.
  func document(_ path: String) throws -> [UInt8]? {
    let address = address(path)
    VirtualFiles.forget(address)
    do {
      return try VirtualFiles.read(address)
    } catch {
      if VirtualFiles.isMissing(error) { return nil }
      throw error
    }
  }

  /// Brings the documents that tell how far the run is into a local folder.
  ///
  /// - Returns: false when there is no run.
  func fetchDocuments(into directory: RunDirectory) throws -> Bool {
    guard let run = try document("run.json") else { return false }
    try LocalFiles.createDirectory(directory.ledger)
    let node = try? JSONParser.parse(run)
    let sequences = node?["plan"]?.array?.compactMap { $0["sequence"]?.string } ?? []
    for name in sequences + ["published", "uploaded"] {
      // Names become paths here: only those that a run can have.
      guard ConfigNames.mistake(inFolderName: name) == nil else { continue }
      if let bytes = try document("ledger/\(name).jsonl") {
        try LocalFiles.writeAtomically("\(directory.ledger)/\(name).jsonl", bytes)
      }
    }
    if let scenes = try document("scenes.json") { try LocalFiles.writeAtomically(directory.scenes, scenes) }
    // Last: with it there is a run.
    try LocalFiles.writeAtomically(directory.runDocument, run)
    return true
  }

  /// Removes what an earlier run stored here, its summary first: what is left half-way is then no finished run.
  func clear() throws {
    guard let run = try document("run.json") else { return }
    let record = try document("ledger/uploaded.jsonl") ?? []
    let listed = record.split(separator: UInt8(ascii: "\n")).compactMap { line -> String? in
      let node = try? JSONParser.parse(Array(line))
      return node?["to"]?.string == location ? node?["file"]?.string : nil
    }
    let sequences = (try? JSONParser.parse(run))?["plan"]?.array?.compactMap { $0["sequence"]?.string } ?? []
    let ledger = (sequences + ["published", "uploaded"]).map { "ledger/\($0).jsonl" }
    let last = ["scenes.json"] + ledger + ["run.json"]
    let results = Set(listed).subtracting(last).filter(PortableName.isRelativePath).sorted()
    for path in ["summary.json"] + results + last {
      do {
        try VirtualFiles.remove(address(path))
      } catch {
        // Gone already, or never there; what is there and stays would be replaced or be seen as foreign.
        continue
      }
    }
  }
}
