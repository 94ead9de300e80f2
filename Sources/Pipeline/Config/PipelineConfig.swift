public import Geo
public import JSON
public import Modules

/// A pipeline as its config file describes it: checked, with every default filled in.
public struct PipelineConfig: Sendable {
  /// The pipeline's name.
  public var name: String
  /// The path of the config file, as it was given.
  public var file: String
  /// The file as it was read; empty for a config that was read from no file.
  public var text: [UInt8] = []
  /// The absolute path of the config file's folder, which relative paths in the config start from.
  public var folder: String
  public var area: Area
  /// The first and the last day, both included; nil for all there is.
  public var dates: ClosedRange<CalendarDate>?
  public var output: Output
  /// What modules may use unless they say otherwise.
  public var resources: Resources
  /// Where modules run unless they say otherwise.
  public var runMode: RunMode
  /// Where the files are published, and the modules of the whole run work.
  public var publishMode = RunMode.local
  /// The engine whose jobs compute parts of the run; `local` where there are none.
  public var clusterMode = RunMode.local
  /// What the jobs of a cluster are given.
  public var cluster = ClusterSettings()
  /// What is no mistake and yet hardly meant, a line each, as mistakes have it: `a.json:12:9: $.sequences[0]…: …`.
  public var warnings: [String] = []
  /// The products that modules know: the config's own before those of Apus.
  public var sensors = SensorTable.builtIn
  /// Every sequence after those it depends on; otherwise in the order of the file.
  public var sequences: [SequenceConfig]
  /// The whole config with defaults filled in, the same for every way of writing it: sequences in the order
  /// they run, keys in a fixed order, memory in bytes, chunks as [rows, columns], paths as the file has them.
  public var resolved: JSONValue

  public init(
    name: String, file: String, folder: String, area: Area, dates: ClosedRange<CalendarDate>?, output: Output,
    resources: Resources, runMode: RunMode, sequences: [SequenceConfig], resolved: JSONValue
  ) {
    self.name = name
    self.file = file
    self.folder = folder
    self.area = area
    self.dates = dates
    self.output = output
    self.resources = resources
    self.runMode = runMode
    self.sequences = sequences
    self.resolved = resolved
  }

  /// Where results go and in which form.
  public struct Output: Hashable, Sendable {
    /// The run directory, relative to where the command runs; or a place in an object store, `s3://bucket/folder`.
    public var location: String
    public var formats: [OutputFormat]
    /// Whether a result without a single valid pixel is as good as any.
    public var allowsEmpty = false
    /// How NetCDF files divide the variables of dates.
    public var layout = FileLayout.perVariable
    /// The effort of compression, 1 (fast) ... 9 (small), of variables whose module does not say otherwise.
    public var deflateLevel: Int
    /// Where finished results are copied to; nil for nowhere.
    public var upload: String?
    /// Whether results leave the run directory once they are uploaded.
    public var deleteLocal: Bool
    /// How pictures of results look.
    public var pictures = PictureSettings()
    /// Where a run works whose location is in an object store; nil for a folder of the user's cache.
    public var work: String?

    public init(
      location: String, formats: [OutputFormat] = [.netcdf], deflateLevel: Int = 1, upload: String? = nil,
      deleteLocal: Bool = false, work: String? = nil
    ) {
      self.location = location
      self.formats = formats
      self.deflateLevel = deflateLevel
      self.upload = upload
      self.deleteLocal = deleteLocal
      self.work = work
    }
  }
}

/// How NetCDF files divide the variables of dates among them.
public enum FileLayout: String, CaseIterable, Hashable, Sendable {
  /// A file for each variable of a date.
  case perVariable = "per_variable"
  /// One file a date, with all its variables.
  case perDate = "per_date"
}

/// A file format of results.
public enum OutputFormat: String, CaseIterable, Hashable, Sendable {
  /// A CF NetCDF-4 file for each date of a variable, or for all layers of a reduction.
  case netcdf
  /// The run's own chunk store, kept.
  case zarr
  /// A cloud-optimised GeoTIFF for each date or season of a variable.
  case cog
}

/// Where modules run.
public enum RunMode: String, CaseIterable, Hashable, Sendable {
  /// In this process.
  case local
  /// As jobs of Slurm.
  case slurm
  /// As jobs of Grid Engine.
  case gridEngine = "grid_engine"
  /// As jobs of Kubernetes.
  case kubernetes
  /// As tasks of Azure Batch.
  case azureBatch = "azure_batch"
}

extension PipelineConfig {
  /// Puts the command line's settings over those of the config and of each module.
  public mutating func override(threads: Int?, memory: Int?) {
    if let threads { resources.threads = threads }
    if let memory { resources.memory = memory }
    for sequence in sequences.indices {
      for module in sequences[sequence].modules.indices {
        if let threads { sequences[sequence].modules[module].resources.threads = threads }
        if let memory { sequences[sequence].modules[module].resources.memory = memory }
      }
    }
  }
}
