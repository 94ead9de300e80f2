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

  /// Where files stand in an archive.
  public enum Layout: String, CaseIterable, Sendable {
    /// By date, with the summary (`ArchiveNames`).
    case run
    /// pyveg's: `JSON/results_summary.json` and `RGB/DATE_LONGITUDE_LATITUDE_RGB.png`, nothing else.
    case pyveg
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
  private let layout: Layout
  private let run: RemoteRun

  public init(_ location: String, include parts: Set<Part>, layout: Layout = .run) {
    self.location = location
    self.parts = parts
    self.layout = layout
    run = RemoteRun(location: location)
  }

  /// Writes the archive to a file, under a temporary name until it is complete.
  ///
  /// - Parameters:
  ///   - path: of the zip file; one that exists is replaced.
  ///   - progress: called with each file's name before it is written.
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
      start.starts(with: [0x50, 0x4B, 3, 4])
      && ["summary.json", PyvegNames.summary].contains { start.dropFirst(30).starts(with: $0.utf8) }
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
    guard layout == .run else { return try pyvegArchive(listing, progress, sink) }
    let chosen = listing.files.filter(isWanted)
    let names = try ArchiveNames(listing, chosen: chosen)
    var zip = ZipWriter(time: listing.time, to: sink)
    try zip.addDeflated("summary.json", text(names.renamed(listing.summary)))
    for file in chosen {
      try Task.checkCancellation()
      let name = names.name(of: file.path)
      progress(name)
      if file.kind == "stac" {
        try adding {
          try zip.addDeflated(name, text(names.renamed(stac: document(file), at: file.path, run)))
        }
      } else if file.kind == "vrt" {
        try adding {
          let raster = String(decoding: try bytes(file), as: UTF8.self)
          try zip.addDeflated(name, Array(names.renamed(raster: raster, at: file.path).utf8))
        }
      } else {
        try add(file, as: name, to: &zip)
      }
    }
    let left = Set(listing.files.filter { !isWanted($0) }.map(RunDownload.part)).sorted()
    return Result(files: chosen.count + 1, bytes: try zip.finish(), left: left)
  }

  /// Puts a file in as it is, checked.
  private func add(_ file: RunReport.ResultFile, as name: String, to zip: inout ZipWriter) throws {
    try adding {
      if file.kind == "document", file.bytes <= 32 << 20 { return try zip.addDeflated(name, bytes(file)) }
      try zip.addStored(name, size: file.bytes, checksum: file.checksum) { sink in
        let address = run.address(file.path)
        VirtualFiles.forget(address)
        try VirtualFiles.forEachPart(address) { part in
          try Task.checkCancellation()
          try sink(part)
        }
      }
    }
  }

  private func adding(_ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as ZipError {
      throw DownloadError(
        "\(error) (\(RemoteRun.shown(location))): run the pipeline again, or wait until it is done")
    }
  }

  /// The archive that pyveg's own command gives: the combined results and the pictures of whole regions.
  private func pyvegArchive(
    _ listing: RunListing, _ progress: (String) -> Void, _ sink: @escaping ZipWriter.Sink
  ) throws -> Result {
    let chosen = try PyvegNames.files(of: listing, location: RemoteRun.shown(location))
    var zip = ZipWriter(time: listing.time, to: sink)
    for (file, name) in chosen {
      try Task.checkCancellation()
      progress(name)
      try add(file, as: name, to: &zip)
    }
    return Result(files: chosen.count, bytes: try zip.finish(), left: [])
  }

  private func isWanted(_ file: RunReport.ResultFile) -> Bool {
    guard let part = Part(rawValue: RunDownload.part(of: file)) else { return true }
    return parts.contains(part) || parts.contains(.all)
  }

  /// The kind of a file; that of what a virtual raster refers to.
  private static func part(of file: RunReport.ResultFile) -> String {
    file.kind == "vrt" ? "netcdf" : file.kind
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
