public import Catalog
public import Engine
internal import GDAL
public import JSON
internal import Modules
internal import Network
internal import Storage

/// Everything a run will do: one plan for each sequence that streams data.
public struct PipelinePlan: Sendable {
  public let config: PipelineConfig
  /// In the order in which they run.
  public internal(set) var sequences: [PlannedSequence]
  /// What is worth knowing before the run: scenes outside the area, duplicates.
  public let notes: [String]
  /// What the config asks for and this version does not do: to be said whatever else is kept quiet.
  public let warnings: [String]

  /// The scenes of all sequences and the searches that found them, as `scenes.json` freezes them.
  public var manifest: SceneManifest {
    var scenes: [Scene] = []
    var places: [String: [JSONValue]] = [:]
    var searches = JSONObject()
    for sequence in sequences where sequence.plan != nil {
      places[sequence.config.name] = sequence.scenes.map { scene in
        let place = scenes.firstIndex(of: scene) ?? scenes.endIndex
        if place == scenes.endIndex { scenes.append(scene) }
        return .integer(place)
      }
      searches[sequence.config.name] = [
        "search": sequence.search, "features": .array(places[sequence.config.name] ?? []),
      ]
      if sequence.disagrees { searches[sequence.config.name]?["files_disagree"] = true }
      if !sequence.lost.isEmpty {
        searches[sequence.config.name]?["lost"] = .array(sequence.lost.map { .string($0) })
      }
      if !sequence.notes.isEmpty {
        searches[sequence.config.name]?["notes"] = .array(sequence.notes.map { .string($0) })
      }
    }
    return SceneManifest(scenes: scenes, parameters: ["sequences": .object(searches)])
  }

  /// Whether a report of the run is written.
  var hasReport: Bool {
    sequences.flatMap(\.config.modules).contains { module in
      (module.module as? any WholeRunModule).map { type(of: $0).tellsOfTheRun } ?? false
    }
  }

  public init(config: PipelineConfig, sequences: [PlannedSequence], notes: [String], warnings: [String] = [])
  {
    self.config = config
    self.sequences = sequences
    self.notes = notes
    self.warnings = warnings
  }
}

/// A sequence with its scenes found and its grid chosen.
public struct PlannedSequence: Sendable {
  public let config: SequenceConfig
  /// Nil for sequences of whole-run modules.
  public internal(set) var plan: SequencePlan?
  /// The scenes the search found, in order of time.
  public let scenes: [Scene]
  /// Why items that the search may have wanted cannot be used: losses without a date.
  public let lost: [String]
  /// What the search said of what it found: duplicates that were dropped, versions that were replaced.
  var notes: [String] = []
  /// Dates of the search that are not computed, because too little of them is usable.
  var rejectedDates: [UsableShares.Rejection] = []
  /// What would be computed, where every date is rejected and there is no plan.
  var rejectedPlan: SequencePlan?
  /// What modules lack of dates: losses.
  var gaps: [PixelPlaces.Gap] = []
  /// Whether files lie elsewhere than the catalogue says: a run that is continued asks them again.
  public let disagrees: Bool
  /// The search, as STAC's body.
  public let search: JSONValue

  /// How the scenes' files are got at.
  var access: RemoteAccess { download?.access ?? RemoteAccess() }

  /// Where the scenes' items are, by id, as far as they link to themselves on a server.
  var origins: [String: String] {
    scenes.reduce(into: [:]) { origins, scene in
      let links = scene.document["links"]?.array ?? []
      let own = links.first { $0["rel"]?.string == "self" }?["href"]?.string
      if let own, own.hasPrefix("http://") || own.hasPrefix("https://") {
        origins[scene.id] = Secrets.removed(from: own)
      }
    }
  }

  /// Whether the scenes' files are brought into the run before they are read.
  var isCopied: Bool { download?.mode == .copy && !scenes.contains(where: \.isSwath) }

  /// What is brought into the run, if anything is.
  var copying: Download.Copying { download?.copying ?? .assets }

  private var download: Download? { config.modules.lazy.compactMap { $0.module as? Download }.first }

  /// The effort of compression.
  var deflateLevel = 1
  /// How its chunks are dealt to shards; nil where there is no plan.
  var shardCut: ShardCut?

  /// Requests to servers that may be on their way at once.
  var connections: Int {
    let asked = config.modules.first?.resources.connections ?? 0
    return asked > 0 ? asked : Resources.usualConnections
  }

  public init(
    config: SequenceConfig, plan: SequencePlan?, scenes: [Scene], lost: [String] = [],
    disagrees: Bool = false, search: JSONValue
  ) {
    self.disagrees = disagrees
    self.lost = lost
    self.config = config
    self.plan = plan
    self.scenes = scenes
    self.search = search
  }
}

extension Download {
  /// What the config says about getting at files, for the reader.
  var access: RemoteAccess {
    let method: RemoteAccess.Method =
      switch signing.method {
      case .none: .none
      case .planetaryComputer: .planetaryComputer
      case .unsigned: .unsigned
      case .s3: .s3
      case .earthdata: .earthdata
      }
    var access = RemoteAccess(method)
    access.isRequesterPaying = signing.isRequesterPaying
    access.profile = signing.profile
    access.endpoint = signing.endpoint
    access.region = signing.region
    return access
  }
}
