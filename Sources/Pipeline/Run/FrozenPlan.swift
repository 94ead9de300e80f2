internal import Catalog
internal import Geo
internal import JSON
internal import Storage

/// What an earlier run in the same directory decided: its scenes, its chunks, and what its numbers depend on.
struct FrozenPlan {
  let scenes: [String: [Scene]]
  /// Sequences whose files do not lie where the catalogue says.
  let disagreeing: Set<String>
  /// Why items of the search cannot be used, by sequence.
  let lost: [String: [String]]
  /// By sequence: stored chunks are of use only in the shape they were stored in.
  let chunks: [String: ChunkSize]
  let fingerprint: String
  /// The version of Apus that began the run.
  let version: String
  /// What tells the run from all others.
  let run: String
  /// The CRC-32 of `scenes.json`.
  let scenesChecksum: UInt32
  /// The config's part that decides about numbers, as it was.
  let config: JSONValue
  /// The revision of every module that the run uses, by the module's name.
  let revisions: [String: Int]
  /// Where results went and in which form, which may change.
  let output: JSONValue?
  /// When the run was begun.
  let started: String?
  /// Size and time of change of every local input, as they were.
  let inputs: [String: String]

  /// Reads `run.json` and `scenes.json`; nil when the directory holds no run.
  init?(_ directory: RunDirectory) throws {
    guard LocalFiles.exists(directory.runDocument) else {
      guard directory.holdsRun else { return nil }
      throw PlanError("\(directory.path) holds parts of a run without its run.json: start over with --fresh")
    }
    let document = try RunDocument.read(
      LocalFiles.readAll(directory.runDocument), path: directory.runDocument)
    let damage = PlanError(
      "\(directory.runDocument) is no plan that Apus can continue: start over with --fresh")
    guard let fingerprint = document["fingerprint"]?.string, let config = document["config"]?.plain,
      let run = document["run"]?.string, let version = document["apus"]?.string,
      let checksum = document["scenes"]?.integer,
      let scenesChecksum = UInt32(exactly: checksum)
    else { throw damage }
    (self.fingerprint, self.run, self.scenesChecksum) = (fingerprint, run, scenesChecksum)
    self.version = version
    self.config = Fingerprint.config(config)
    revisions = (document["revisions"]?.members ?? []).reduce(into: [:]) { $0[$1.key] = $1.node.integer }
    output = config["output"]
    started = document["started"]?.string
    var inputs: [String: String] = [:]
    for member in document["inputs"]?.members ?? [] { inputs[member.key] = member.node.string }
    self.inputs = inputs
    var chunks: [String: ChunkSize] = [:]
    for sequence in document["plan"]?.array ?? [] {
      guard let name = sequence["sequence"]?.string, let size = sequence["chunk_size"]?.array,
        size.count == 2,
        let height = size[0].integer, let width = size[1].integer,
        (1...Int(Int32.max)).contains(height), (1...Int(Int32.max)).contains(width)
      else { throw damage }
      chunks[name] = .size(width: width, height: height)
    }
    self.chunks = chunks
    guard LocalFiles.exists(directory.scenes) else {
      throw PlanError("\(directory.scenes) is missing: the run cannot be resumed; start over with --fresh")
    }
    let bytes = try LocalFiles.readAll(directory.scenes)
    guard Checksum.crc32(bytes) == scenesChecksum else {
      throw PlanError(
        "\(directory.scenes) is not what the run was planned with: it was changed or damaged; start over with --fresh"
      )
    }
    let manifest = try SceneManifest(decoding: bytes, location: directory.scenes)
    var scenes: [String: [Scene]] = [:]
    var lost: [String: [String]] = [:]
    var disagreeing: Set<String> = []
    for (name, entry) in manifest.parameters["sequences"]?.object ?? [:] {
      scenes[name] = entry["features"]?.array?.compactMap { place in
        place.integer.flatMap { manifest.scenes.indices.contains($0) ? manifest.scenes[$0] : nil }
      }
      if entry["files_disagree"]?.bool == true { disagreeing.insert(name) }
      lost[name] = entry["lost"]?.array?.compactMap(\.string)
    }
    self.scenes = scenes
    self.lost = lost
    self.disagreeing = disagreeing
  }

  /// Why this run cannot be continued with a config, by a version of Apus; nil when it can.
  func conflict(with config: PipelineConfig, version: String, directory: RunDirectory) -> PlanError? {
    let advice = "start over with --fresh, or write to another directory with --output"
    // Versions may compute the same cell differently.
    guard version == self.version else {
      return PlanError(
        "\(directory.path) holds a run of Apus \(self.version), and this is \(version): results of versions are never "
          + "mixed; \(advice), or finish it with \(self.version)", isConfigMistake: true)
    }
    let now = Fingerprint.config(config.understood)
    if Fingerprint.of(now.text(sortedKeys: true)) != fingerprint {
      let changes = Self.differences(self.config, now, at: "$")
      return PlanError(
        "\(directory.path) holds a run of another config (changed: \(changes.prefix(5).joined(separator: ", "))): "
          + advice, isConfigMistake: true)
    }
    let changed = Fingerprint.revisions(config).filter { revisions[$0.key] != $0.value }.keys.sorted()
    if let module = changed.first {
      return PlanError(
        "\(directory.path) holds a run in which \(module) computed other numbers (another revision of the module): "
          + "results of revisions are never mixed; \(advice)", isConfigMistake: true)
    }
    if case .size(let width, let height) = config.resources.chunk,
      let other = chunks.first(where: { $0.value != .size(width: width, height: height) })
    {
      return PlanError(
        "\(directory.path) holds a run with other chunks in sequence \"\(other.key)\": leave \"chunk\" as it was, or "
          + advice, isConfigMistake: true)
    }
    return nil
  }

  /// Why changed inputs keep this run from being continued; nil when they are as they were.
  func conflict(withInputs now: [String: String], directory: RunDirectory) -> PlanError? {
    let changed = inputs.filter { now[$0.key] != $0.value }.keys.sorted()
    guard let first = changed.first else { return nil }
    return PlanError(
      "\(changed.count == 1 ? "an input file" : "\(changed.count) input files") changed since \(directory.path) was begun "
        + "(first: \(first)): results of old and new files are never mixed; start over with --fresh")
  }

  /// The paths at which two configs differ.
  static func differences(_ old: JSONValue, _ new: JSONValue, at path: String) -> [String] {
    if old == new { return [] }
    if let left = old.object, let right = new.object {
      let keys = left.keys + right.keys.filter { left[$0] == nil }
      return keys.flatMap { differences(left[$0] ?? .null, right[$0] ?? .null, at: "\(path).\($0)") }
    }
    if let left = old.array, let right = new.array, left.count == right.count {
      return zip(left, right).enumerated().flatMap { differences($1.0, $1.1, at: "\(path)[\($0)]") }
    }
    return [path]
  }
}
