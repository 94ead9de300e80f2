import Engine
import JSON
import Storage
import Synchronization

/// What a run wrote, or is about to: `ledger/written.jsonl`, the first file of a run directory and the last to go.
///
/// A file is entered before it is written, and only when nothing of its name is there. So what the record names is the
/// run's own, and nothing else is ever removed or written over. The store is entered as a whole, with a slash at its
/// end: in it the names themselves tell what is Apus's (see `ChunkStore.isOwn`).
final class WrittenFiles: Sendable {
  private static let key = "files of a run of apus"

  private let directory: RunDirectory
  private let file: RecordFile
  /// Whether every entry that was ever made is there.
  private let isWhole: Bool
  private let paths: Mutex<Set<String>>

  /// Opens the record of a directory that is known to be a run's own, or begins one.
  ///
  /// - Parameter isFolderMade: whether the folder itself was made for the run.
  init(_ directory: RunDirectory, isFolderMade: Bool = false) throws(StorageError) {
    self.directory = directory
    let entries = try WrittenFiles.read(directory)
    try LocalFiles.createDirectory(directory.ledger)
    file = try RecordFile(directory.written, key: WrittenFiles.key)
    paths = Mutex(Set(entries.map(\.path)))
    isWhole = file.refused == 0 && !(entries.isEmpty && WrittenFiles.hasDocument(directory))
    if entries.isEmpty {
      let entry: JSONValue = [
        "file": .string(WrittenFiles.own), "makes_folder": .bool(isFolderMade),
      ]
      try file.append(entry.text())
      paths.withLock { _ = $0.insert(WrittenFiles.own) }
    }
  }

  private static let own = "ledger/written.jsonl"
  /// Folders of files whose names nobody knows beforehand, and how these end: the ledgers of workers on other machines,
  /// and what a cluster's tasks say.
  static let ofWorkers = [
    "ledger/\(Ledger.workFolder)/": ".jsonl", "\(InputVersions.folder)/": ".jsonl", "ledger/logs/": ".log",
  ]

  /// Enters files that are going to be written, named below the run directory.
  ///
  /// - Throws: `PlanError` when one is there that the run did not write; none is entered then.
  func add(_ files: [String]) throws {
    try paths.withLock { paths in
      let new = files.filter { !paths.contains($0) }
      guard !new.isEmpty else { return }
      // Where entries were lost, what is there may well be the run's.
      for path in new where isWhole && LocalFiles.isTaken("\(directory.path)/\(path)") {
        throw PlanError(
          "\(directory.path)/\(path) was not written by this run and would be replaced: move it away, or give another "
            + "output directory")
      }
      try file.append(new.map { JSONValue.object(["file": .string($0)]).text() })
      // Before the files: one that is there without its entry would be taken for somebody else's.
      try file.sync()
      paths.formUnion(new)
    }
  }

  /// Whether a file is entered.
  func contains(_ path: String) -> Bool { paths.withLock { $0.contains(path) } }

  /// Removes what the run wrote below a folder in earlier calls, but for some files.
  func removeOthers(below folder: String, keeping kept: Set<String>) throws(StorageError) {
    let others = paths.withLock { $0.filter { $0.hasPrefix(folder + "/") && !kept.contains($0) } }
    try WrittenFiles.removeFiles(Array(others), in: directory)
  }

  /// Removes copies of input files that have changed since, or are going to be read in another way.
  func removeOutdatedCopies(of plan: SequencePlan, _ inputs: InputIdentities) throws(StorageError) {
    let scenes = Set((inputs.changes[plan.name] ?? []).map(\.scene))
    guard !scenes.isEmpty else { return }
    for scene in scenes {
      try removeOthers(
        below: SceneCopier.folder(ofScene: scene, sequence: plan.name), keeping: [])
    }
  }

  // MARK: What a directory is

  private static func read(_ directory: RunDirectory) throws(StorageError) -> [(
    path: String, makesFolder: Bool
  )] {
    try RecordFile.read(directory.written, key: key).lines.compactMap { line in
      guard let node = try? JSONParser.parse(Array(line)), let path = node["file"]?.string else { return nil }
      return (path, node["makes_folder"]?.bool ?? false)
    }
  }

  /// Whether a run was begun in a directory.
  static func holdsRun(_ directory: RunDirectory) throws(StorageError) -> Bool {
    try !read(directory).isEmpty || hasDocument(directory)
  }

  /// Whether there is a `run.json` just as Apus wrote it, which also tells that a run was begun.
  private static func hasDocument(_ directory: RunDirectory) -> Bool {
    guard let bytes = try? LocalFiles.readAll(directory.runDocument) else { return false }
    return (try? RunDocument.read(bytes, path: directory.runDocument)) != nil
  }

  /// Makes sure that a run may work in a directory: there is a run, or nothing.
  ///
  /// Hidden files and what file systems put into their roots are no reason against it; they stay.
  /// - Throws: `PlanError` that names what is there, `StorageError`.
  static func check(_ directory: RunDirectory) throws {
    guard LocalFiles.isTaken(directory.path) else { return }
    guard LocalFiles.isDirectory(directory.path) else {
      throw PlanError(
        "\(directory.path) is not a folder: give a new or empty folder for the results", isConfigMistake: true
      )
    }
    if try holdsRun(directory) { return }
    let others = try LocalFiles.list(directory.path).filter { name in
      name == RunLock.name
        ? RunLock.isForeign(in: directory.path) : !name.hasPrefix(".") && name != "lost+found"
    }
    guard !others.isEmpty, try others != ["ledger"] || !isBarelyBegun(directory) else { return }
    let shown = others.prefix(3).map { "\(directory.path)/\($0)" }.joined(separator: ", ")
    throw PlanError(
      "\(directory.path) holds files that no run of Apus wrote (\(shown)\(others.count > 3 ? ", …" : "")): give a new "
        + "or empty folder for the results, or the folder of a run", isConfigMistake: true)
  }

  /// Whether a run was killed before its first entry was written: there is its folder of records, without any.
  private static func isBarelyBegun(_ directory: RunDirectory) throws -> Bool {
    guard LocalFiles.isDirectory(directory.ledger), !LocalFiles.isSymbolicLink(directory.ledger) else {
      return false
    }
    let names = try LocalFiles.list(directory.ledger)
    guard names.allSatisfy({ $0 == LocalFiles.name(of: own) }) else { return false }
    return try names.isEmpty || LocalFiles.size(directory.written) == 0
  }

  // MARK: Removing

  /// Removes everything a run wrote, so that another can begin; the record itself stays, with nothing but itself in it.
  static func clear(_ directory: RunDirectory) throws(StorageError) {
    let entries = try read(directory)
    try removeFiles(entries.map(\.path), in: directory)
    try LocalFiles.remove(directory.written)
    _ = try WrittenFiles(directory, isFolderMade: entries.contains { $0.makesFolder })
  }

  /// Removes everything a run wrote, and the folder when it was made for the run and nothing else is in it.
  static func removeRun(_ directory: RunDirectory) throws(StorageError) {
    let entries = try read(directory)
    try removeFiles(entries.map(\.path), in: directory)
    try LocalFiles.remove(directory.written)
    LocalFiles.removeIfEmpty(directory.ledger)
    if entries.contains(where: { $0.makesFolder }) { LocalFiles.removeIfEmpty(directory.path) }
  }

  /// `run.json` goes last: what is left half-way is still known for a run.
  private static func removeFiles(_ paths: [String], in directory: RunDirectory) throws(StorageError) {
    let last = ["run.json"].filter(paths.contains)
    for path in paths.filter({ $0 != own && !last.contains($0) }).sorted() + last {
      try remove(path, in: directory)
    }
    // Inner folders first.
    for folder in Set(paths.flatMap(folders)).sorted().reversed() where isOwn(folder, in: directory) {
      try removeLeftovers(in: "\(directory.path)/\(folder)")
      LocalFiles.removeIfEmpty("\(directory.path)/\(folder)")
    }
    try removeLeftovers(in: directory.path)
  }

  private static func remove(_ path: String, in directory: RunDirectory) throws(StorageError) {
    guard folders(path).allSatisfy({ isOwn($0, in: directory) }) else { return }
    let full = "\(directory.path)/\(path)"
    if let ending = ofWorkers[path] {
      try removeWorkersFiles(full, ending)
    } else if path.hasSuffix("/") {
      try ChunkStore.removeOwn(String(full.dropLast()))
    } else if LocalFiles.isPlainFile(full) {
      try LocalFiles.remove(full)
    }
    // What a copy under way is kept in: see `PartialFile`.
    for kept in PartialFile.names(of: full) where LocalFiles.isPlainFile(kept) { try LocalFiles.remove(kept) }
  }

  /// Removes the files of workers in a folder of them, and the folder when nothing else is in it.
  private static func removeWorkersFiles(_ folder: String, _ ending: String) throws(StorageError) {
    guard LocalFiles.isDirectory(folder) else { return }
    for name in try LocalFiles.list(folder)
    where name.hasSuffix(ending) && LocalFiles.isPlainFile(folder + name) {
      try LocalFiles.remove(folder + name)
    }
    LocalFiles.removeIfEmpty(String(folder.dropLast()))
  }

  /// The folders above a path: "a", "a/b" of "a/b/c".
  private static func folders(_ path: String) -> [String] {
    let parts = path.split(separator: "/").dropLast()
    return parts.indices.map { parts[...$0].joined(separator: "/") }
  }

  /// Whether a folder is one of the run's, and no link to another place that somebody has put there.
  private static func isOwn(_ folder: String, in directory: RunDirectory) -> Bool {
    LocalFiles.isDirectory("\(directory.path)/\(folder)")
      && !LocalFiles.isSymbolicLink("\(directory.path)/\(folder)")
  }

  /// Removes what a killed process left of files it was writing.
  static func removeLeftovers(in folder: String) throws(StorageError) {
    guard LocalFiles.isDirectory(folder) else { return }
    for name in try LocalFiles.list(folder) where LocalFiles.isTemporary(name: name) {
      try LocalFiles.removeTree("\(folder)/\(name)")
    }
  }
}
