import Catalog
import Geo
import JSON
import Storage

/// Writes `run.json` and `scenes.json`, so that a run that is killed in between is still one that can be continued.
struct RunDocuments {
  let directory: RunDirectory
  /// The version that runs.
  let version: String

  /// Writes what is not there yet, or is another by now.
  ///
  /// - Parameter recorded: what an earlier call decided; nil for a new run.
  func write(_ keys: RunKeys, run: String, started: Instant, _ recorded: RecordedPlan?) throws {
    func document(_ scenes: [UInt32]) -> JSONValue {
      var document = RunDocument.make(
        keys, version: version, run: run, started: recorded?.started ?? started.description, scenes: scenes)
      // The same file may be named otherwise by now: jobs name it by its whole path.
      if let recorded, recorded.document["config_path"] == document["config_path"] {
        document["config_file"] = recorded.document["config_file"]
      }
      return document
    }
    let isSearched = keys.plan.sequences.contains {
      $0.plan != nil && recorded?.scenes[$0.config.name] == nil
    }
    guard let recorded, !isSearched else {
      let scenes = keys.plan.manifest.encoded()
      let checksum = Checksum.crc32(scenes)
      if let recorded {
        // Whichever of the two a killed process leaves belongs to the document.
        try write(document([recorded.scenesChecksum, checksum]))
      }
      try LocalFiles.writeAtomically(directory.scenes, scenes)
      try write(document([checksum]))
      return
    }
    let now = document([recorded.scenesChecksum])
    // As text: numbers are written in one way only.
    if now.text() != recorded.document.text() { try write(now) }
  }

  private func write(_ document: JSONValue) throws {
    try LocalFiles.writeAtomically(directory.runDocument, text: RunDocument.text(document))
  }
}
