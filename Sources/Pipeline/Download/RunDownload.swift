internal import Engine
internal import GDAL
internal import Geo
internal import JSON
internal import Storage

/// Puts the results of a run into one ZIP archive, wherever the run is: a folder, a web server, an object store.
///
/// Files go by `summary.json`, so that nothing needs to be listed; each is checked against the size and checksum the
/// run recorded while it goes through, and an archive with a file that is not the recorded one is never completed.
public struct RunDownload: Sendable {
  /// What an archive can hold besides the summary, the run's documents, its STAC items and its pictures.
  public enum Part: String, CaseIterable, Sendable {
    case netcdf, cog, zarr, all
  }

  /// What was written.
  public struct Result: Sendable {
    public let files: Int
    /// Of the archive.
    public let bytes: Int
    /// Kinds of results that the run has and the archive has not.
    public let left: [String]
  }

  /// Where the run is.
  public let location: String
  private let parts: Set<Part>
  private let run: RemoteRun

  public init(_ location: String, include parts: Set<Part>) {
    self.location = location
    self.parts = parts
    run = RemoteRun(location: location)
  }

  /// Writes the archive to a file, under a temporary name until it is complete.
  ///
  /// - Parameter progress: called with each file's name before it is written.
  /// - Throws: `PlanError` when there is no finished run, `DownloadError`, `GDALError`, `StorageError`,
  ///   `CancellationError`; there is no archive then, or the one of before.
  public func write(to path: String, progress: @escaping @Sendable (String) -> Void) async throws -> Result {
    try await onOwnThread {
      let listing = try listing()
      if LocalFiles.isDirectory(path) {
        throw PlanError("\(path) is a folder: give the archive's file name with --zip", isConfigMistake: true)
      }
      try RunDownload.check(path)
      try LocalFiles.createDirectory(LocalFiles.parent(of: path))
      var result: Result?
      try LocalFiles.writeAtomically(path) { write in
        try withoutActuallyEscaping(write) { result = try archive(listing, progress, $0) }
      }
      return result
    }
  }

  /// Makes sure that nothing but an archive of a run is replaced, which begins with its summary.
  private static func check(_ path: String) throws {
    guard LocalFiles.exists(path) else { return }
    let start = [UInt8](unsafeUninitializedCapacity: 64) { buffer, count in
      count = (try? LocalFiles.read(path, into: UnsafeMutableRawBufferPointer(buffer))) ?? 0
    }
    let isArchive =
      start.starts(with: [0x50, 0x4B, 3, 4]) && start.dropFirst(30).starts(with: "summary.json".utf8)
    guard isArchive || start.isEmpty else {
      throw PlanError(
        "\(path) is there already and is no archive of a run: give another name with --zip",
        isConfigMistake: true)
    }
  }

  /// Writes the archive into an open file, such as standard output. When this fails, what was written is no archive.
  public func write(
    into sink: @escaping @Sendable (UnsafeRawBufferPointer) throws -> Void,
    progress: @escaping @Sendable (String) -> Void
  ) async throws -> Result {
    try await onOwnThread { try archive(try listing(), progress, sink) }
  }

  private func onOwnThread(_ body: @escaping @Sendable () throws -> Result?) async throws -> Result {
    let box = Monitor<Result?>(nil)
    try await BlockingWork.run(workers: 1) {
      let result = try body()
      box.withLock { $0 = result }
    }
    return box.withLock { $0 } ?? Result(files: 0, bytes: 0, left: [])
  }

  /// What the run's summary lists.
  private func listing() throws -> RunListing {
    guard let bytes = try run.document("summary.json") else {
      let begun = try run.document("run.json") != nil
      throw PlanError(
        begun
          ? "\(RemoteRun.shown(location)): the run is not finished (no summary.json): run the same command again"
          : "\(RemoteRun.shown(location)) holds no run of Apus (neither summary.json nor run.json)",
        isConfigMistake: !begun)
    }
    return try RunListing(bytes, location: RemoteRun.shown(location))
  }

  private func archive(
    _ listing: RunListing, _ progress: (String) -> Void, _ sink: @escaping ZipWriter.Sink
  ) throws -> Result {
    let chosen = listing.files.filter(isWanted)
    let names = try ArchiveNames(listing, chosen: chosen)
    var zip = ZipWriter(time: listing.time, to: sink)
    try zip.addDeflated("summary.json", text(names.renamed(listing.summary)))
    for file in chosen {
      try Task.checkCancellation()
      let name = names.name(of: file.path)
      progress(name)
      do {
        switch file.kind {
        case "stac": try zip.addDeflated(name, text(names.renamed(stac: document(file), at: file.path, run)))
        case "document" where file.bytes <= 32 << 20: try zip.addDeflated(name, bytes(file))
        default:
          try zip.addStored(name, size: file.bytes, checksum: file.checksum) { sink in
            let address = run.address(file.path)
            VirtualFiles.forget(address)
            try VirtualFiles.forEachPart(address) { part in
              try Task.checkCancellation()
              try sink(part)
            }
          }
        }
      } catch let error as ZipError {
        throw DownloadError(
          "\(error) (\(RemoteRun.shown(location))): run the pipeline again, or wait until it is done")
      }
    }
    let left = Set(listing.files.filter { !isWanted($0) }.map(\.kind)).sorted()
    return Result(files: chosen.count + 1, bytes: try zip.finish(), left: left)
  }

  private func isWanted(_ file: RunReport.ResultFile) -> Bool {
    guard let part = Part(rawValue: file.kind) else { return true }
    return parts.contains(part) || parts.contains(.all)
  }

  private func text(_ value: JSONValue) -> [UInt8] { Array((value.text(pretty: true) + "\n").utf8) }

  /// A small file's bytes, checked.
  private func bytes(_ file: RunReport.ResultFile) throws -> [UInt8] {
    let address = run.address(file.path)
    VirtualFiles.forget(address)
    let bytes = try VirtualFiles.read(address)
    guard bytes.count == file.bytes else {
      throw ZipError.wrongSize(name: file.path, expected: file.bytes, found: bytes.count)
    }
    guard Checksum.crc32(bytes) == file.checksum else { throw ZipError.wrongChecksum(name: file.path) }
    return bytes
  }

  private func document(_ file: RunReport.ResultFile) throws -> JSONValue {
    try JSONParser.parse(bytes(file)).plain
  }
}

/// Why an archive could not be made.
public struct DownloadError: Error, CustomStringConvertible {
  public let description: String

  init(_ description: String) {
    self.description = Secrets.hidden(in: description)
  }
}
