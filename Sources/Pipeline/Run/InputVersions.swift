import Engine
import GDAL
import JSON
import Network
import Storage
import Synchronization

/// Which content of each remote file a run has read: `RUN/ledger/inputs/*.jsonl`.
///
/// Keys of products are made before anything is read, when nobody knows the ETags of files on servers. So each file's
/// version is recorded when its first bytes come, before any result of them is, and a process refuses to read another
/// one. A call that continues the run asks the servers: what depends on a file that was replaced is computed again.
///
/// Each process that works on a run has a file of its own, as with the ledger.
final class InputVersions: FileVersionRecord {
  private struct State {
    /// By location: the version that may be read.
    var admitted: [String: FileVersion]
    /// Files whose version is recorded.
    var noted: Set<String> = []
    /// What servers said.
    var present: [String: FileVersion] = [:]
    var file: RecordFile?
  }

  static let folder = "ledger/inputs"
  /// The file of the process that has the run for itself, below the run directory.
  static let own = folder + "/run.jsonl"
  /// Servers that are asked at once.
  private static let connections = 16
  private let path: String
  private let run: String
  /// What has been read so far, by location: several versions where a file was replaced.
  let recorded: [String: [FileVersion]]
  private let state: Mutex<State>

  /// Reads what is recorded of a run.
  ///
  /// - Parameters:
  ///   - directory: of the run.
  ///   - run: what tells the run from all others.
  ///   - worker: what tells a process from all others that work on the run at the same time; nil for the one that has
  ///     the run for itself.
  /// - Throws: `StorageError` when a record cannot be read.
  init(_ directory: RunDirectory, run: String, worker: String? = nil) throws(StorageError) {
    let folder = "\(directory.path)/\(InputVersions.folder)"
    var recorded: [String: [FileVersion]] = [:]
    let names = LocalFiles.isDirectory(folder) ? try LocalFiles.list(folder).sorted() : []
    for name in names where name.hasSuffix(".jsonl") {
      for line in try RecordFile.read("\(folder)/\(name)", key: run).lines {
        guard let entry = try? JSONParser.parse(Array(line)), let file = entry["file"]?.string,
          let version = entry["version"]?.string.flatMap(FileVersion.init(text:))
        else { continue }
        if !recorded[file, default: []].contains(version) { recorded[file, default: []].append(version) }
      }
    }
    path = worker.map { "\(folder)/\($0).jsonl" } ?? "\(directory.path)/\(InputVersions.own)"
    (self.run, self.recorded) = (run, recorded)
    state = Mutex(State(admitted: recorded.compactMapValues(\.last)))
  }

  /// By location, without what is secret of it: the versions that servers have now, as far as they were asked.
  var present: [String: FileVersion] { state.withLock { $0.present } }

  /// Lets only these versions of files be read, whatever was read before.
  func admit(_ versions: [String: FileVersion]) {
    state.withLock { $0.admitted.merge(versions) { $1 } }
  }

  /// Asks the servers which content the files of some sequences have now that the run has read before, and lets that be
  /// read; and which content the files have that virtual rasters name: GDAL reads them by itself, and nothing is recorded
  /// then.
  ///
  /// - Returns: why servers could not say it, by file.
  func ask(_ sequences: [PlannedSequence]) async throws -> [(file: String, reason: String)] {
    var waiting: [(name: String, file: RemoteFile)] = []
    var names: Set<String> = []
    for sequence in sequences {
      guard let plan = sequence.plan else { continue }
      let archive = RemoteArchive(sequence.access)
      let sources = plan.timeSteps.flatMap { $0.scenes.flatMap(\.bands) } + plan.layerFiles.values
      for path in Set(sources.compactMap { $0.file?.path }).sorted() {
        for (source, location) in VirtualRaster.remoteSources(of: path) where names.insert(source).inserted {
          if let file = archive.file(location) { waiting.append((source, file)) }
        }
        guard VirtualPath.isRemote(path) else { continue }
        let name = Secrets.removed(from: path)
        guard recorded[name] != nil, names.insert(name).inserted, let file = archive.file(path) else {
          continue
        }
        waiting.append((name, file))
      }
    }
    guard !waiting.isEmpty else { return [] }
    let faults = Mutex<[(file: String, reason: String)]>([])
    let connections = min(InputVersions.connections, waiting.count)
    try await BlockingWork.forEach(waiting, workers: connections) { name, file in
      do throws(NetworkError) {
        let version = try file.fetchVersion()
        self.state.withLock { ($0.present[name], $0.admitted[name]) = (version, version) }
      } catch {
        faults.withLock { $0.append((name, "\(error)")) }
      }
    }
    return faults.withLock { $0.sorted { $0.file < $1.file } }
  }

  /// Notes the version of a file that is read for the first time; refuses any other from then on.
  func fault(reading version: FileVersion, of location: String) -> NetworkFault? {
    let name = Secrets.removed(from: location)
    return state.withLock { state in
      if let admitted = state.admitted[name], !admitted.isSame(as: version) {
        return NetworkFault(
          .answer, .final, message: "the file on the server is not the one that this run has read before",
          advice: "run the command again: what depends on the file is then computed anew")
      }
      guard state.noted.insert(name).inserted, recorded[name]?.contains(where: version.isSame) != true else {
        return nil
      }
      do throws(StorageError) {
        try note(version, of: name, &state)
        return nil
      } catch {
        state.noted.remove(name)
        return NetworkFault(
          .answer, .final, message: "which version of the file was read cannot be recorded: \(error)")
      }
    }
  }

  private func note(_ version: FileVersion, of name: String, _ state: inout State) throws(StorageError) {
    let file: RecordFile
    if let open = state.file {
      file = open
    } else {
      try LocalFiles.createDirectory(LocalFiles.parent(of: path))
      file = try RecordFile(path, key: run)
      state.file = file
    }
    let entry: JSONValue = ["file": .string(name), "version": .string(version.text)]
    try file.append(entry.text())
    state.admitted[name] = version
  }
}

extension FileVersion {
  /// The version as records hold it: "ETAG|TIME|SIZE".
  var text: String { "\(tag ?? "")|\(modified ?? "")|\(size.map(String.init) ?? "")" }

  init?(text: String) {
    // An ETag may hold anything.
    let parts = text.split(separator: "|", omittingEmptySubsequences: false)
    guard parts.count >= 3 else { return nil }
    let tag = parts.dropLast(2).joined(separator: "|")
    let modified = String(parts[parts.count - 2])
    self.init(
      tag: tag.isEmpty ? nil : tag, modified: modified.isEmpty ? nil : modified,
      size: Int(parts[parts.count - 1]))
  }
}
