public import Geo
public import Raster

/// One stage of a sequence: consumes named variables, produces named variables.
///
/// A module is an immutable value made from its parameters in the config. What it can do is said by the one
/// shape it conforms to besides: `SourceModule`, `MaskModule`, `PixelwiseModule`, `ReductionModule` or
/// `WholeRunModule`. The engine knows the shapes, not the modules.
public protocol Module: Sendable {
  /// The module's name, parameters and documentation.
  static var descriptor: ModuleDescriptor { get }

  /// Makes the module from parameters whose names and types were already checked.
  ///
  /// Everything else that is wrong (a band nobody downloads, an unknown flag) is reported to `scope`.
  /// - Returns: nil when a mistake was reported.
  static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> Self?
}

/// A module that brings variables in: the first of a sequence.
public protocol SourceModule: Module {
  /// The variables it offers to the modules that follow, one a band.
  var bands: [BandRequest] { get }

  /// How scenes of one date that overlap become one layer; `first` unless the source says otherwise.
  var fuse: FuseRule { get }

  /// The same source with further bands, which later modules asked for.
  func adding(_ bands: [BandRequest]) -> Self
}

extension SourceModule {
  public var fuse: FuseRule { .first }
}

/// A module that looks at one quality layer and rejects pixels for all modules that follow.
///
/// It may look at neighbours: the layer is read with a halo around the chunk.
public protocol MaskModule: Module {
  /// The quality band it reads.
  var band: String { get }
  /// How many pixels around a chunk it needs to see.
  var halo: Int { get }
  /// The variable that says what was rejected: 1 rejected, 0 kept.
  var output: Variable { get }

  /// Finds the rejected pixels.
  ///
  /// - Parameters:
  ///   - layer: the quality layer over the chunk and as much of the halo as the grid has.
  ///   - window: the chunk's place in `layer`.
  ///   - scratch: a plane the module may use as it likes.
  ///   - rejected: gets the window's shape; 1 where rejected, else 0.
  func reject(_ layer: SamplePlane, window: PixelWindow, scratch: SamplePlane, into rejected: SamplePlane)
}

/// A module whose result at a pixel depends on the variables at that pixel only.
public protocol PixelwiseModule: Module {
  /// The variables it reads, in the order in which `process` finds them.
  var inputs: [String] { get }
  /// Those of the inputs whose unit the result depends on: stored numbers of an unknown scale are refused. A ratio of
  /// sums, such as NDVI, has none.
  var inputsInUnits: [String] { get }
  var output: Variable { get }

  /// Computes one strip: a run of pixels small enough to stay in cache. Missing is NaN, in and out.
  func process(_ strip: Strip, into output: inout MutableSpan<Float>)
}

extension PixelwiseModule {
  public var inputsInUnits: [String] { [] }
}

/// A module that folds the dates of one variable into a few layers (seasons): `feed`, `merge`, `finish`.
public protocol ReductionModule: Module {
  var input: String { get }
  /// The results; the first is the main one, the others stand beside it in the same file.
  var outputs: [Variable] { get }
  /// CF `cell_methods` of the main result, without the dimension of time it is over.
  var cellMethod: String { get }

  /// The layers the result has for these dates, in order.
  func layers(for dates: [CalendarDate]) -> [ReductionLayer]
  /// The most bytes of state that a reducer holds for each pixel at once, for the memory budget.
  ///
  /// It may count on `settle` being called before each date is fed.
  func stateBytesPerPixel(dates: [CalendarDate]) -> Int
  /// The state of one chunk before anything was fed to it.
  func makeReducer(pixels: Int, dates: [CalendarDate]) -> any TimeReducer
}

/// One layer of a reduction's result.
public struct ReductionLayer: Hashable, Sendable {
  /// The label: "DJF", "2021-DJF".
  public let label: String
  /// The dates that may go into it, by position in the cube; the layer is missing without any.
  public let dates: [Int]

  public init(label: String, dates: [Int]) {
    self.label = label
    self.dates = dates
  }
}

/// The state of a reduction over one chunk. One thread at a time.
public protocol TimeReducer: AnyObject {
  /// Takes in one date's values, in date order; NaN is missing.
  func feed(_ values: UnsafeBufferPointer<Float>, date: Int)
  /// Takes in what another reducer of the same kind gathered from later dates.
  func merge(_ later: any TimeReducer)
  /// Learns that no values of earlier dates will come any more, by `feed` or `merge`: whatever depends on
  /// them alone can be computed, and its memory given up. Does nothing unless a reducer has a use for it.
  ///
  /// Not for a part that is to be merged into another: only who holds the first dates knows what will come.
  func settle(before date: Int)
  /// Writes one layer of one output, in the output's storage type, row-major over the chunk.
  func finish(output: Int, layer: Int, into result: UnsafeMutableRawBufferPointer)
  /// Forgets everything, to begin with another chunk of the same dates in the memory it has: memory that comes fresh
  /// from the system for every chunk takes its time.
  ///
  /// - Returns: false when there is nothing to gain: another reducer is made.
  func restart(pixels: Int) -> Bool
}

extension TimeReducer {
  public func settle(before date: Int) {}
  public func restart(pixels: Int) -> Bool { false }
}

/// A module that runs once, after everything else: summaries and reports.
public protocol WholeRunModule: Module {
  /// The files it adds to the run directory.
  func files(for report: RunReport) -> [RunFile]
}

/// A file for the run directory.
public struct RunFile: Sendable {
  /// The path below the run directory.
  public let path: String
  public let bytes: [UInt8]

  public init(path: String, bytes: [UInt8]) {
    self.path = path
    self.bytes = bytes
  }
}
