internal import Catalog
internal import Engine
internal import Geo
internal import JSON
internal import Storage

/// What an earlier run in the same directory decided: its scenes, its chunks, and what its numbers depend on.
struct RecordedPlan {
  let scenes: [String: [Scene]]
  /// Sequences whose files do not lie where the catalogue says.
  let disagreeing: Set<String>
  /// Why items of the search cannot be used, by sequence.
  let lost: [String: [String]]
  /// What the search said of what it found, by sequence.
  let notes: [String: [String]]
  /// By sequence: stored chunks are of use only in the shape they were stored in.
  let chunks: [String: ChunkSize]
  /// What tells the run from all others.
  let run: String
  /// The CRC-32 of `scenes.json`.
  let scenesChecksum: UInt32
  /// The whole document, but for its checksum.
  let document: JSONValue
  /// The resolved config.
  let config: JSONValue
  /// When the run was begun.
  let started: String
  /// Identities of the input files' versions; nil in a run of an Apus version that did not record them.
  let inputs: JSONValue?
  /// By name, what the document says of each sequence.
  let sequences: [String: JSONValue]

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
    guard let config = document["config"]?.plain, let run = document["run"]?.string else { throw damage }
    let checksums = (document["scenes"]?.array ?? [document["scenes"]].compactMap { $0 }).compactMap(
      \.integer)
    (self.run, self.config) = (run, config)
    var plain = document.plain
    plain["check"] = nil
    self.document = plain
    started = plain["started"]?.string ?? ""
    // A version without keys had them by file.
    inputs =
      plain["inputs"]?.object?.members.contains { $0.value.object == nil } == true ? nil : plain["inputs"]
    sequences = (plain["plan"]?.array ?? []).reduce(into: [:]) { sequences, sequence in
      if let name = sequence["sequence"]?.string { sequences[name] = sequence }
    }
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
    scenesChecksum = Checksum.crc32(bytes)
    guard checksums.contains(Int(scenesChecksum)) else {
      throw PlanError(
        "\(directory.scenes) is not what the run was planned with: it was changed or damaged; start over with --fresh"
      )
    }
    let manifest = try SceneManifest(decoding: bytes, location: directory.scenes)
    var scenes: [String: [Scene]] = [:]
    var (lost, notes): ([String: [String]], [String: [String]]) = ([:], [:])
    var disagreeing: Set<String> = []
    for (name, entry) in manifest.parameters["sequences"]?.object ?? [:] {
      scenes[name] = entry["features"]?.array?.compactMap { place in
        place.integer.flatMap { manifest.scenes.indices.contains($0) ? manifest.scenes[$0] : nil }
      }
      if entry["files_disagree"]?.bool == true { disagreeing.insert(name) }
      lost[name] = entry["lost"]?.array?.compactMap(\.string)
      notes[name] = entry["notes"]?.array?.compactMap(\.string)
    }
    self.scenes = scenes
    (self.lost, self.notes) = (lost, notes)
    self.disagreeing = disagreeing
  }

  /// Why this run cannot be continued with a config; nil when it can.
  func conflict(with config: PipelineConfig, directory: RunDirectory) -> PlanError? {
    let advice = "start over with --fresh, or write to another directory with --output"
    let changes = SearchParameters.differences(self.config, config.resolved)
    if !changes.isEmpty {
      return PlanError(
        "\(directory.path) holds a run with other scenes (changed: \(changes.prefix(5).joined(separator: ", "))): a run "
          + "keeps the scenes that its first search found; \(advice)", isConfigMistake: true)
    }
    if case .size(let width, let height) = config.resources.chunk,
      let other = chunks.first(where: { name, size in
        // Chunks end where the grid does; where no date was left there is no grid.
        guard case .size(let recordedWidth, let recordedHeight) = size else { return false }
        let grid = sequences[name]?["grid"]
        return recordedWidth != min(width, grid?["width"]?.integer ?? recordedWidth)
          || recordedHeight != min(height, grid?["height"]?.integer ?? recordedHeight)
      })
    {
      return PlanError(
        "\(directory.path) holds a run with other chunks in sequence \"\(other.key)\": leave \"chunk\" as it was, or "
          + advice, isConfigMistake: true)
    }
    return nil
  }

  /// Why a plan cannot go on with this run's results: files are gone that its grid was made of; nil when it can.
  func conflict(with plan: PipelinePlan, gone: [String], directory: RunDirectory) -> PlanError? {
    guard let first = gone.first else { return nil }
    for sequence in plan.sequences {
      guard let now = sequence.plan, let before = sequences[now.name]?["grid"],
        before.text() != GridDescription.json(now.grid).text()
      else { continue }
      return PlanError(
        "\(gone.count == 1 ? "an input file is" : "\(gone.count) input files are") no longer there (first: \(first)), "
          + "and without \(gone.count == 1 ? "it" : "them") the grid of \"\(now.name)\" is another: bring "
          + "\(gone.count == 1 ? "it" : "them") back, or start over with --fresh")
    }
    return nil
  }
}
