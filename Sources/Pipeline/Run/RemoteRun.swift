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
    // Elsewhere a question mark is part of a name.
    guard RemoteRun.isOnWeb(location), let mark = location.firstIndex(of: "?") else {
      return RemoteRun.join(location, path)
    }
    return RemoteRun.join(String(location[..<mark]), path) + location[mark...]
  }

  /// A location as messages and files may have it: without its query, which can be a signature, and without a password.
  static func shown(_ location: String) -> String {
    isOnWeb(location) ? Secrets.removed(from: String(location.prefix { $0 != "?" })) : location
  }

  private static func isOnWeb(_ location: String) -> Bool {
    VirtualPath.isRemote(location) && !VirtualPath.isObjectStore(location)
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
      guard let status = error.httpStatus, [401, 403].contains(status) else { throw error }
      throw PlanError("\(error): the store refuses the credentials of your environment for this place")
    }
  }

  /// The run's `run.json` as it is, and read; nil when there is none.
  ///
  /// - Throws: `PlanError` when it is somebody else's: nothing here may be replaced or removed then.
  func runDocument() throws -> (bytes: [UInt8], node: JSONNode)? {
    guard let bytes = try document("run.json") else { return nil }
    guard let node = try? JSONParser.parse(bytes), RunDocument.isOfApus(node) else {
      throw PlanError(
        "\(RemoteRun.shown(location)) holds a run.json that is not of Apus: give another place for the results",
        isConfigMistake: true)
    }
    return (bytes, node)
  }

  /// Brings the documents that tell how far the run is into a local folder.
  ///
  /// - Returns: false when there is no run.
  func fetchDocuments(into directory: RunDirectory, written: WrittenFiles? = nil) throws -> Bool {
    guard let (run, node) = try runDocument() else { return false }
    try LocalFiles.createDirectory(directory.ledger)
    let sequences = node["plan"]?.array?.compactMap { $0["sequence"]?.string } ?? []
    for name in sequences + ["published", "uploaded"] {
      // Names become paths here: only those that a run can have.
      guard ConfigNames.mistake(inFolderName: name) == nil else { continue }
      if let bytes = try document("ledger/\(name).jsonl") {
        try written?.add(["ledger/\(name).jsonl"])
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
    guard let (_, run) = try runDocument() else { return }
    let record = UploadRecord.entries(
      of: try document("ledger/uploaded.jsonl") ?? [], run: run["run"]?.string ?? "")
    let listed = record.filter { $0.destination == location }.map(\.path)
    let sequences = run["plan"]?.array?.compactMap { $0["sequence"]?.string } ?? []
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
