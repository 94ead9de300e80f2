public import Geo
public import JSON
public import Raster

/// What a run did, for the modules that run last and for `summary.json`.
public struct RunReport: Sendable {
  public var pipeline: String
  /// Name and versions of the software, the run's start and end, and the command's settings.
  public var software: JSONObject
  public var run: JSONObject
  public var sequences: [SequenceReport]
  /// The files of results, complete under their names.
  public var files: [ResultFile] = []
  /// The resolved config.
  public var config: JSONValue = .null
  /// How the run went over time.
  public var timeline = RunTimeline()
  /// Reads a file below the run directory; nil where it is not there.
  public var read: @Sendable (String) -> [UInt8]? = { _ in nil }
  /// Hears how many maps of all have been made, while a module that shows them writes its files.
  public var mapsEnded: @Sendable (_ ended: Int, _ maps: Int) -> Void = { _, _ in }

  /// A file below the run directory, or below where its results were uploaded to.
  public struct ResultFile: Hashable, Sendable {
    public var path: String
    /// "netcdf", "cog", "zarr", "table", "quicklook", "stac", "vrt" or "document".
    public var kind: String
    public var bytes: Int
    /// CRC-32.
    public var checksum: UInt32

    public init(path: String, kind: String, bytes: Int, checksum: UInt32) {
      self.path = path
      self.kind = kind
      self.bytes = bytes
      self.checksum = checksum
    }
  }

  public init(pipeline: String, software: JSONObject, run: JSONObject, sequences: [SequenceReport]) {
    self.pipeline = pipeline
    self.software = software
    self.run = run
    self.sequences = sequences
  }
}

/// What became of one sequence.
public struct SequenceReport: Sendable {
  public var name: String
  public var collection: String?
  /// Coordinate system, transform, size and bounds of the grid.
  public var area: JSONObject
  /// The area of one pixel, in m²; nil where the grid's coordinates are angles.
  public var pixelArea: Double?
  public var inputs: [InputReport]
  public var cells: CellCounts
  public var products: [ProductReport]
  public var tables: [TableReport] = []
  /// Pictures of three of its variables.
  public var pictures: [PictureReport] = []
  public var losses: [Loss]
  /// What the search said of what it found: duplicates that were dropped, versions that were replaced.
  public var notes: [String] = []
  /// Dates of which too little was usable.
  public var rejectedDates: [UsableShares.Rejection] = []
  /// Pixels of granules that are missing for a reason.
  public var lostPixels = LostPixels()
  /// The sequences that had to be finished before.
  public var dependsOn: [String] = []
  /// Its modules as a graph.
  public var steps: [StepReport] = []
  /// What catalogues say of its scenes, in order of time.
  public var scenes: [SceneReport] = []
  /// Where the grid's pixels lie on the earth; nil where that cannot be told.
  public var positions: PositionLattice?

  public init(
    name: String, collection: String?, area: JSONObject, inputs: [InputReport], cells: CellCounts,
    products: [ProductReport], losses: [Loss]
  ) {
    self.name = name
    self.collection = collection
    self.area = area
    self.inputs = inputs
    self.cells = cells
    self.products = products
    self.losses = losses
  }
}

/// One date of a cube and the scenes behind it.
public struct InputReport: Sendable {
  public var date: String
  public var time: Instant
  public var scenes: [String]

  public init(date: String, time: Instant, scenes: [String]) {
    self.date = date
    self.time = time
    self.scenes = scenes
  }
}

/// What a catalogue says of a scene.
public struct SceneReport: Hashable, Sendable {
  public var id: String
  /// The share of clouds in percent; nil where the catalogue does not say.
  public var cloudCover: Double?
  /// Longitude and latitude of the corners of its footprint; empty where the catalogue does not say.
  public var outline: [[Double]]

  public init(id: String, cloudCover: Double? = nil, outline: [[Double]] = []) {
    (self.id, self.cloudCover, self.outline) = (id, cloudCover, outline)
  }
}

/// How many cells ended how.
public struct CellCounts: Hashable, Sendable {
  public var done = 0
  public var empty = 0
  public var failed = 0

  public init(done: Int = 0, empty: Int = 0, failed: Int = 0) {
    self.done = done
    self.empty = empty
    self.failed = failed
  }

  public var total: Int { done + empty + failed }
}

/// The statistics of a saved variable, for each of its layers.
public struct ProductReport: Sendable {
  /// The product's place in the plan.
  public var index: Int
  public var module: String
  public var variable: Variable
  public var period: Period
  /// Pixels of a whole layer.
  public var pixels: Int
  public var layers: [Layer]

  /// One date, month, season.
  public struct Layer: Sendable {
    public var label: String
    public var statistics: SampleStatistics
    public var failedCells: Int
    /// The published file, below the run directory.
    public var file: String?
    /// The same layer in further formats.
    public var otherFiles: [String] = []
    /// A small picture of the layer, below the run directory.
    public var quicklook: String?
    /// Values that did not fit the integers they are packed to, and are missing in files; nil when not packed.
    public var outOfRange: Int?
    /// The limit that was found in the layer, of thresholds that are found; nil for none.
    public var threshold: Double?

    public init(label: String, statistics: SampleStatistics, failedCells: Int, file: String?) {
      self.label = label
      self.statistics = statistics
      self.failedCells = failedCells
      self.file = file
    }
  }

  public init(
    index: Int = 0, module: String, variable: Variable, period: Period, pixels: Int, layers: [Layer]
  ) {
    self.index = index
    self.module = module
    self.variable = variable
    self.period = period
    self.pixels = pixels
    self.layers = layers
  }
}

/// Pictures of three variables as red, green and blue.
public struct PictureReport: Sendable {
  public let name: String
  /// The variables: red, green, blue.
  public let bands: [String]
  /// Those that there are, below the run directory.
  public var layers: [(label: String, path: String)]
  /// How many layers the variables have.
  public var layerCount: Int
  /// The picture of all layers, below the run directory, whether or not it is there.
  public let overview: String
  /// By label, those that there are as GeoTIFF, below the run directory.
  public var geoTIFFs: [String: String] = [:]
  /// Nil for none.
  public var animation: String?

  public init(
    name: String, bands: [String], layers: [(label: String, path: String)], layerCount: Int, overview: String
  ) {
    (self.name, self.bands, self.layers) = (name, bands, layers)
    (self.layerCount, self.overview) = (layerCount, overview)
  }
}

/// Data that should have been there and was not.
public struct Loss: Hashable, Sendable {
  /// Nil for an item of a catalogue that does not even tell its date.
  public var date: String?
  /// What failed: scene, band, file, window, the reason, what to do.
  public var reason: String
  /// How many cells of the date it took; 0 for an item without a date.
  public var cells: Int
  /// Whether it is no item but a result in which nothing is valid.
  public var isEmptyResult = false

  public init(date: String?, reason: String, cells: Int) {
    self.date = date
    self.reason = reason
    self.cells = cells
  }
}
