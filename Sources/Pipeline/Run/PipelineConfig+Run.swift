internal import GDAL
internal import JSON
internal import Storage

extension PipelineConfig {
  /// The run directory as messages and other commands name it.
  public var runPath: String { RunPlace.trimmed(output.location) }

  /// Whether the machines that work on the run share its directory as a folder, not as a place in an object store.
  public var sharesFolder: Bool { !VirtualPath.isObjectStore(output.location) }

  /// Makes sure that there may be a run where the config has it.
  ///
  /// - Throws: `PlanError`.
  public func checkPlace() throws { _ = try RunPlace(self) }

  /// Whether the run in the config's directory was planned with what this config says, however it is written.
  ///
  /// - Throws: `PlanError` where the directory holds a damaged run, `StorageError`, `GDALError`.
  public func isThatOfRun() throws -> Bool {
    let path = RunDirectory(runPath).runDocument
    let bytes =
      if sharesFolder {
        LocalFiles.exists(path) ? try LocalFiles.readAll(path) : nil as [UInt8]?
      } else {
        try RemoteRun(location: runPath).document("run.json")
      }
    guard let bytes else { return false }
    let planned = try RunDocument.read(bytes, path: path)["config"]
    // Both as they come back from a file.
    let own = try JSONParser.parse(Array(resolved.text().utf8))
    return planned?.plain.text(sortedKeys: true) == own.plain.text(sortedKeys: true)
  }
}
