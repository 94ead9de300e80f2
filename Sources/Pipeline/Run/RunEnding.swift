import Engine
import Geo
import JSON
import Modules
import Storage

/// What a run does once its products are published: lists its files, describes them as STAC, uploads its documents.
struct RunEnding {
  let place: RunPlace
  let published: PublishedFiles
  let written: WrittenFiles
  /// Nil where nothing is uploaded.
  let uploader: Uploader?
  /// The sequences that were run.
  var parts: [StacDocuments.Part] = []
  /// Files of modules that run last, below the run directory.
  var documents: [String] = []

  private var files: RunFiles { RunFiles(directory: place.directory, uploads: uploader?.record) }

  /// Writes the STAC documents, and enters files and uploads in the report. Everything added to the uploader so far
  /// has arrived, or failed.
  func finish(_ report: inout RunReport, formats: [OutputFormat]) async throws {
    if formats.contains(.zarr), let uploader {
      // Where cells failed, the chunks stay here: another run may complete them.
      let lossy = Set(report.sequences.filter { $0.losses.contains { $0.cells > 0 } }.map(\.name))
      for part in parts where !lossy.contains(part.plan.name) {
        try ZarrUpload(plan: part.plan, directory: place.directory, uploader: uploader)
          .finish(deletesLocal: place.deletesLocal)
      }
    }
    try describe(&report, formats)
    guard let uploader else { return }
    // What was described in another way by an earlier call, or is not there any more.
    let described = Set(report.files.map(\.path))
    try await uploader.remove(
      uploader.record.copies(below: RunDirectory.stacName).keys.filter { !described.contains($0) }.sorted())
    for file in report.files where ["quicklook", "stac", "vrt"].contains(file.kind) {
      add(file.path, uploader)
    }
    if formats.contains(.zarr) {
      for name in [".zgroup", ".zmetadata"] { add("\(RunDirectory.storeName)/\(name)", uploader) }
    }
    try await uploader.drain()
    report.run["upload"] = upload(report)
  }

  /// Enters documents that were written since in the report.
  func add(_ documents: [String], to report: inout RunReport) throws {
    report.files.removeAll { documents.contains($0.path) }
    report.files += try files.describe(documents, kind: "document")
  }

  /// Uploads what tells how far the run is; the summary last: where it stands, the run is finished.
  func sendDocuments(_ report: RunReport) async throws {
    guard let uploader else { return }
    add("run.json", uploader)
    add("scenes.json", uploader)
    let ledgers =
      parts.map { "ledger/\($0.plan.name).jsonl" } + [InputVersions.own, "ledger/published.jsonl"]
    for path in documentPaths + ledgers {
      add(path, uploader)
    }
    try await uploader.drain()
    // It grows by an entry about itself while it is sent: what is sent is a copy.
    try await uploader.sendCopy(of: "ledger/uploaded.jsonl")
    add("summary.json", uploader)
    try await uploader.drain()
  }

  /// What modules that run last wrote; the summary is no part of itself.
  private var documentPaths: [String] {
    documents.filter { $0 != Summary.path && LocalFiles.exists("\(place.directory.path)/\($0)") }
  }

  private func add(_ path: String, _ uploader: Uploader) {
    guard LocalFiles.exists("\(place.directory.path)/\(path)") else { return }
    uploader.add(path, isResult: false)
  }

  private func describe(_ report: inout RunReport, _ formats: [OutputFormat]) throws {
    var results: [RunReport.ResultFile] = []
    for part in parts {
      let names = ProductFiles(plan: part.plan, formats: formats)
      for file in names.units().flatMap(\.files) {
        guard let copy = published.copy(of: file.path, keys: file.keys), isThere(file.path) else { continue }
        results.append(
          RunReport.ResultFile(
            path: file.path, kind: file.format.rawValue, bytes: copy.bytes, checksum: copy.checksum))
      }
      if formats.contains(.zarr) {
        let stored = files.all(below: "\(RunDirectory.storeName)/\(part.plan.name)")
        results += try files.describe(RunFiles.results(stored, of: part.plan), kind: "zarr")
      }
      for table in part.report.tables {
        let keys = [part.plan.tableKeys[table.name] ?? ""]
        for path in table.files {
          guard let copy = published.copy(of: path, keys: keys), isThere(path) else { continue }
          results.append(
            RunReport.ResultFile(path: path, kind: "table", bytes: copy.bytes, checksum: copy.checksum))
        }
      }
      let beside = part.report.tables.flatMap(\.pictures)
      results += try files.describe(beside.filter { $0.hasSuffix(".png") }, kind: "quicklook")
      results += try files.describe(beside.filter { !$0.hasSuffix(".png") }, kind: "table")
      let quicklooks = Quicklooks(plan: part.plan, directory: place.directory)
      let pictures = part.report.products.flatMap(\.layers).compactMap(\.quicklook)
      let overviews = part.plan.products.filter(\.isPublished).flatMap(quicklooks.overviews)
      let composites = part.report.pictures.flatMap {
        $0.layers.map(\.path) + [$0.overview] + [$0.animation].compactMap(\.self)
          + $0.geoTIFFs.values.sorted()
      }
      results += try files.describe(pictures + overviews + composites, kind: "quicklook")
    }
    let listed = Dictionary(results.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
    let stac = StacDocuments(
      pipeline: report.pipeline, version: report.software["version"]?.string ?? "", parts: parts,
      files: listed
    ).documents()
    try written.removeOthers(below: RunDirectory.stacName, keeping: Set(stac.map(\.path)))
    try written.add(stac.map(\.path))
    for entry in stac {
      let path = "\(place.directory.path)/\(entry.path)"
      try LocalFiles.createDirectory(LocalFiles.parent(of: path))
      try LocalFiles.writeAtomically(path, text: entry.text)
    }
    for kind in ["stac", "vrt"] {
      let paths = stac.map(\.path).filter { $0.hasSuffix(".vrt") == (kind == "vrt") }
      results += try files.describe(paths, kind: kind)
    }
    results += try files.describe(["run.json", "scenes.json"] + documentPaths, kind: "document")
    report.files = results
  }

  /// Whether a published file is here, or where it was uploaded to.
  private func isThere(_ path: String) -> Bool {
    LocalFiles.exists("\(place.directory.path)/\(path)") || uploader?.record.copy(of: path) != nil
  }

  private func upload(_ report: RunReport) -> JSONValue? {
    guard let uploader else { return nil }
    let (files, bytes) = uploader.sent
    return [
      "to": .string(uploader.destination), "delete_local": .bool(place.deletesLocal),
      "files_sent": .integer(files), "bytes_sent": .integer(bytes),
      "failed": .array(
        uploader.failures.map { ["file": .string($0.file), "reason": .string($0.reason)] }),
    ]
  }
}
