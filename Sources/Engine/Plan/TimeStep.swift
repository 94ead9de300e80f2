public import Geo

/// One date of a cube: the scenes that are fused into it, in order of time.
public struct TimeStep: Sendable {
  public let date: CalendarDate
  /// The time of the first scene.
  public let time: Instant
  /// A name no other time step of the cube has: the date, or the moment where several time steps share a day.
  public let label: String
  public let scenes: [TimeStepScene]
  /// How high the sun stood over the scenes, in degrees: their mean; nil where not all of them say.
  public let sunElevation: Double?

  public init(
    date: CalendarDate, time: Instant, label: String, scenes: [TimeStepScene], sunElevation: Double? = nil
  ) {
    self.sunElevation = sunElevation
    self.date = date
    self.time = time
    self.label = label
    self.scenes = scenes
  }

  /// The same date with its scenes read otherwise.
  public func replacing(scenes: [TimeStepScene]) -> TimeStep {
    TimeStep(date: date, time: time, label: label, scenes: scenes, sunElevation: sunElevation)
  }
}

/// One scene as a cube sees it: where it lies on the grid and where its bands are.
public struct TimeStepScene: Sendable {
  public let id: String
  /// The pixels of the grid its raster covers (it may reach beyond); nil when that is not known, because its
  /// geometry could not be read: then it may lie anywhere.
  public let placement: PixelWindow?
  /// Counted like the program's bands.
  public let bands: [BandSource]

  public init(id: String, placement: PixelWindow?, bands: [BandSource]) {
    self.id = id
    self.placement = placement
    self.bands = bands
  }
}

/// Where the samples of one band of one scene are.
public enum BandSource: Sendable {
  case file(BandFile)
  /// The band cannot be read, and why: every cell it touches fails.
  case unavailable(reason: String)

  /// The file; nil when it cannot be read.
  public var file: BandFile? {
    if case .file(let file) = self { return file }
    return nil
  }
}

/// A band in a raster file.
public struct BandFile: Hashable, Sendable {
  public let scene: String
  public let band: String
  public var path: String
  /// The band's number in the file, from 1.
  public let number: Int
  /// Whether the number says which band of the file is meant, rather than that nothing else was said.
  public let isNumberStated: Bool
  /// The scene's moment, which tells the layer of a variable with several times.
  public let time: Instant?
  /// The level that is meant where a variable has several.
  public var level: Double?
  /// What the band may be called in a file of several variables (netCDF, HDF5), best first.
  public let variables: [String]
  /// What is known of the stored numbers, over what the file itself says.
  public let encoding: SampleEncoding
  /// What holds when neither `encoding` nor the file says anything.
  public let fallback: SampleEncoding
  /// Where the scene's raster was planned to lie on the grid; a file that lies elsewhere is an error. For a raster
  /// that is resampled the pixels it may reach.
  public var placement: PixelWindow
  /// How it is resampled; nil where its pixels are the grid's.
  public let warp: BandWarp?
  /// Whether pixels without a sample are marked by a nodata value, whatever the file has: where one raster of a band
  /// is resampled, its reader marks them, and all rasters of the band are read alike.
  public var marksMissing: Bool
  /// How it is regridded, where it is a granule with its own longitude and latitude for every pixel.
  public var swath: BandSwath?
  /// Whether the file is a copy of one on a server: what it holds was written by somebody else.
  public var isForeign = false

  /// Files are looked up for every chunk: what tells nearly all of them apart is enough. The times and bands of one file
  /// may be as many as its cube has.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(path)
    hasher.combine(number)
    hasher.combine(time)
    hasher.combine(band)
  }

  /// Whether another band is read from the same raster: modules may have asked for it by two of its names.
  func hasSameRaster(as other: BandFile?) -> Bool {
    guard let other, path == other.path, number == other.number, level == other.level else { return false }
    return variables == other.variables || !Set(variables).isDisjoint(with: other.variables)
  }

  public init(
    scene: String, band: String, path: String, number: Int, isNumberStated: Bool = false,
    time: Instant? = nil, level: Double? = nil, variables: [String] = [],
    encoding: SampleEncoding, fallback: SampleEncoding, placement: PixelWindow, warp: BandWarp? = nil,
    swath: BandSwath? = nil, marksMissing: Bool = false
  ) {
    self.swath = swath
    self.scene = scene
    self.band = band
    self.path = path
    self.number = number
    self.isNumberStated = isNumberStated
    self.time = time
    self.level = level
    self.variables = variables
    self.encoding = encoding
    self.fallback = fallback
    self.placement = placement
    self.warp = warp
    self.marksMissing = marksMissing || warp != nil
  }
}
