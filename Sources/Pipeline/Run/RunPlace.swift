import Engine
import GDAL
import Glibc
import Storage

/// Where a run works, and where its results go from there.
struct RunPlace {
  let directory: RunDirectory
  /// The folder or URL that results are uploaded to, without a slash at its end; nil for none.
  let destination: String?
  /// Whether results leave the run directory once they are uploaded.
  let deletesLocal: Bool
  /// Whether the results belong in an object store: the run directory is only where the run works, and goes with its
  /// end.
  let isStaging: Bool

  /// - Parameters:
  ///   - config: with the command line's overrides.
  ///   - mirror: of the run, where it is in an object store and several processes work on it; nil elsewhere.
  /// - Throws: `PlanError` for a place to which nothing can be written.
  init(_ config: PipelineConfig, mirror: RunMirror? = nil) throws {
    let output = config.output
    // --output is not part of the config, where this is checked with the rest.
    guard !Secrets.areIn(output.location) else {
      throw PlanError(
        "\(output.location): the address holds a password, signature or token, which would be kept with the results: "
          + "give it in the environment (AWS_…, AZURE_STORAGE_…)", isConfigMistake: true)
    }
    if VirtualPath.isObjectStore(output.location) {
      guard output.upload == nil else {
        throw PlanError(
          "the results belong in \(output.location) already: leave \"upload\" out, or let \"location\" be a folder",
          isConfigMistake: true)
      }
      let destination = RunPlace.trimmed(output.location)
      directory = try mirror?.directory ?? RunDirectory(RunPlace.work(output, destination))
      self.destination = destination
      (deletesLocal, isStaging) = (true, true)
      return
    }
    try RunPlace.check(output.location)
    directory = RunDirectory(output.location)
    destination = try output.upload.map { upload in
      try RunPlace.check(upload)
      let isPlain = !VirtualPath.isRemote(upload) && !upload.hasPrefix("/") && !upload.contains("://")
      return RunPlace.trimmed(isPlain ? "\(config.folder)/\(upload)" : upload)
    }
    (deletesLocal, isStaging) = (output.deleteLocal && destination != nil, false)
  }

  /// Where results are to be found in the end.
  var results: String { isStaging ? destination ?? directory.path : directory.path }

  /// Web servers take no files, and other schemes are not known.
  private static func check(_ location: String) throws {
    guard location.contains("://"), !VirtualPath.isObjectStore(location), !location.hasPrefix("file://")
    else {
      return
    }
    throw PlanError(
      "\(location): results can be written to a folder, s3://, az:// or gs://", isConfigMistake: true)
  }

  static func trimmed(_ location: String) -> String {
    var location = location
    while location.count > 1, location.hasSuffix("/") { location.removeLast() }
    return location
  }

  /// `output.work`, or a folder of the user's cache that bears the name of the location.
  private static func work(_ output: PipelineConfig.Output, _ destination: String) throws -> String {
    if let work = output.work { return work }
    func variable(_ name: String) -> String? {
      getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
    let cache = variable("XDG_CACHE_HOME") ?? variable("HOME").map { $0 + "/.cache" }
    guard let cache else {
      throw PlanError(
        "there is no HOME to work in for \(destination): say where with output.work", isConfigMistake: true)
    }
    // Two places of one name must not share a folder.
    let name = ConfigNames.folderName(from: String(destination.suffix(60)))
    return "\(cache)/apus/runs/\(name)-\(KeyHash.key(destination))"
  }
}
