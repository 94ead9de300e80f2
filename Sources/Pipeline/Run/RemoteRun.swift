import Engine
import GDAL
import Glibc
import JSON
import Network
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
      guard error.kind == .refused else { throw error }
      var refusal = error
      refusal.advice = "the store refuses the credentials of your environment for this place"
      throw refusal
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
  /// - Parameters:
  ///   - directory: the folder.
  ///   - written: where they are entered beforehand; nil for nowhere.
  ///   - others: further documents, where the run has them.
  /// - Returns: false when there is no run.
  func fetchDocuments(
    into directory: RunDirectory, written: WrittenFiles? = nil, others: [String] = []
  ) async throws -> Bool {
    guard let run = try await BlockingWork.value({ try runDocument()?.bytes }) else { return false }
    try LocalFiles.createDirectory(directory.ledger)
    let listed = try await BlockingWork.value { try listedLedgers() }
    let documents = Set(try others + ledgers(RunDocument.sequences(of: run)) + listed)
    let paths = ["scenes.json"] + documents.sorted()
    // Folders of workers' ledgers are entered as such.
    try written?.add(documents.filter { $0.split(separator: "/").count < 3 })
    for folder in Set(paths.map(LocalFiles.parent)) {
      try LocalFiles.createDirectory("\(directory.path)/\(folder)")
    }
    try await BlockingWork.forEach(paths, workers: RemoteRun.connections) { path in
      try fetch(path, into: directory)
    }
    // Last: with it there is a run.
    try LocalFiles.writeAtomically(directory.runDocument, run)
    return true
  }

  /// Requests at once: each waits much longer than it takes.
  static let connections = 16

  /// Brings a file of the run into a local folder that has the folder it belongs in; nothing where there is none.
  func fetch(_ path: String, into directory: RunDirectory) throws {
    guard let bytes = try document(path) else { return }
    try LocalFiles.writeAtomically("\(directory.path)/\(path)", bytes)
  }

  /// The run's own ledgers. Names become paths: only those that a run can have.
  private func ledgers(_ sequences: [String]) -> [String] {
    (sequences + ["published", "uploaded"]).filter { ConfigNames.mistake(inFolderName: $0) == nil }
      .map { "ledger/\($0).jsonl" }
  }

  /// What is in the folder of ledgers and in its own folders, where workers leave theirs; nothing on web servers, which
  /// list nothing.
  ///
  /// - Throws: `GDALError` where the store does not list what is there.
  private func listedLedgers() throws -> [String] {
    guard VirtualPath.isObjectStore(location) else { return [] }
    try checkListing()
    return try VirtualFiles.listAll(address("ledger")).filter { path in
      let parts = path.split(separator: "/", omittingEmptySubsequences: false)
      return parts.count < 3 && path.hasSuffix(".jsonl")
        && !parts.contains { $0.isEmpty || $0.hasPrefix(".") }
    }.map { "ledger/\($0)" }
  }

  /// Makes sure that the store lists the run, of which it has `run.json` at least: a list that did not come says that
  /// nothing is there. A store that stumbles is asked again.
  private func checkListing() throws {
    for pause in [1, 3, nil] as [UInt32?] {
      VirtualFiles.forget(location)
      if VirtualFiles.list(location)?.contains("run.json") == true { return }
      try Task.checkCancellation()
      if let pause { sleep(pause) }
    }
    throw GDALError(
      .read, file: location, message: "it cannot be listed",
      advice:
        "the store does not answer, or does not let the credentials of your environment list what is there "
        + "(s3:ListBucket, or the like)")
  }

  /// The chunks in the run's store, by their names there.
  func chunks() throws -> [String] {
    try stored().filter { name in
      let parts = name.split(separator: "/", omittingEmptySubsequences: false)
      return parts.count == 5 && parts.suffix(3).allSatisfy { Int($0).map { $0 >= 0 } ?? false }
        && !parts.contains { $0.isEmpty || $0.hasPrefix(".") }
    }
  }

  /// What is in the run's store, but for what by its name is not Apus's.
  private func stored() throws -> [String] {
    try VirtualFiles.listAll(address(RunDirectory.storeName)).filter {
      ChunkStore.isOwn(LocalFiles.name(of: $0))
    }
  }

  /// Removes what workers left in the run's store, once it is no result: all that was not uploaded as one.
  ///
  /// - Parameter record: of what was uploaded.
  func removeStored(except record: UploadRecord) async throws {
    let names = try await BlockingWork.value { try stored() }.map { "\(RunDirectory.storeName)/\($0)" }
    await remove(names.filter { record.copy(of: $0) == nil })
  }

  /// Removes what is in the run's store of one sequence.
  ///
  /// - Throws: `GDALError` where the store does not list it.
  func removeStored(of sequence: String) async throws {
    let names = try await BlockingWork.value { try stored() }.filter { $0.hasPrefix(sequence + "/") }
    await remove(names.map { "\(RunDirectory.storeName)/\($0)" })
  }

  /// Removes files of the run, as far as they are there and it is allowed: what stays is replaced later, or seen as
  /// foreign.
  private func remove(_ paths: [String]) async {
    try? await BlockingWork.forEach(paths, workers: RemoteRun.connections) { path in
      _ = try? VirtualFiles.remove(address(path))
    }
  }

  /// Removes what an earlier run stored here, its summary first: what is left half-way is then no finished run.
  func clear() async throws {
    let (removed, last) = try await BlockingWork.value { try whatIsStored() }
    await remove(["summary.json"])
    await remove(removed)
    for path in last { await remove([path]) }
  }

  /// What a run has here: results and chunks, and what says so, with `run.json` at the end.
  private func whatIsStored() throws -> (results: [String], documents: [String]) {
    guard let (_, run) = try runDocument() else { return ([], []) }
    let record = UploadRecord.entries(
      of: try document("ledger/uploaded.jsonl") ?? [], run: run["run"]?.string ?? "")
    let listed = record.filter { $0.destination == location }.map(\.path)
    let isStore = VirtualPath.isObjectStore(location)
    let ledger = try Set(ledgers(RunDocument.sequences(of: run)) + listedLedgers()).sorted()
    let chunks = isStore ? try stored().map { "\(RunDirectory.storeName)/\($0)" } : []
    let last =
      ["scenes.json", RunDirectory.configName, ClusterRecord.name].filter { isStore || $0 == "scenes.json" }
      + ledger + ["run.json"]
    let results = Set(listed).subtracting(last).filter(PortableName.isRelativePath).sorted()
    return (results + chunks, last)
  }
}
