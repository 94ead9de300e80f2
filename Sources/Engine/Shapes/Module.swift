public import Geo
public import JSON
public import Raster

/// One stage of a sequence: consumes named variables, produces named variables.
///
/// A module is an immutable value made from its parameters in the config. What it can do is said by the one
/// shape it conforms to besides: `SourceModule`, `LayerModule`, `NumberModule`, `MaskModule`, `PixelwiseModule`,
/// `NeighbourhoodModule`, `ReductionModule`, `TableModule` or `WholeRunModule`. The engine knows the shapes, not the
/// modules. What else it needs other protocols say, such as `PlacedModule` and `FormulaModule`.
public protocol Module: Sendable {
  /// The module's name, parameters and documentation.
  static var descriptor: ModuleDescriptor { get }

  /// Makes the module from parameters whose names and types were already checked.
  ///
  /// Everything else that is wrong (a band nobody downloads, an unknown flag) is reported to `scope`.
  /// - Returns: nil when a mistake was reported.
  static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> Self?
}

/// A module that reads variables by names within a text, such as a formula: messages about one can say where it stands.
public protocol FormulaModule: Module {
  /// The parameter that holds the text.
  var formulaParameter: String { get }
  /// Where in the text a variable's name stands first; nil where it does not.
  func position(of variable: String) -> SourcePosition?
}

extension FormulaModule {
  /// A message about a place in a formula, which it begins with.
  public static func message(_ message: String, at position: SourcePosition) -> String {
    "in the formula, line \(position.line), column \(position.column): \(message)"
  }
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
  /// The least share of the grid's pixels, 0 to 1, that must be usable behind this mask for a date to be computed; nil
  /// where every date is. See `UsablePixels`.
  var leastUsable: Double? { get }
  /// Whether it is applied to the pixels of granules, before these come onto the grid: the source has bands of its own for
  /// what follows it (`BandRequest.swathMasks`).
  var isOnSwath: Bool { get }

  /// Finds the rejected pixels.
  ///
  /// - Parameters:
  ///   - layer: the quality layer over the chunk and as much of the halo as the grid has.
  ///   - window: the chunk's place in `layer`.
  ///   - scratch: a plane the module may use as it likes.
  ///   - rejected: gets the window's shape; 1 where rejected, else 0.
  func reject(_ layer: SamplePlane, window: PixelWindow, scratch: SamplePlane, into rejected: SamplePlane)
}

extension MaskModule {
  public var leastUsable: Double? { nil }
  public var isOnSwath: Bool { false }
}

/// A module whose results at a pixel depend on the variables at that pixel only.
public protocol PixelwiseModule: Module {
  /// The variables it reads, in the order in which `process` finds them. All have one period.
  var inputs: [String] { get }
  /// Those of the inputs whose unit the result depends on: stored numbers of an unknown scale are refused. A ratio of
  /// sums, such as NDVI, has none.
  var inputsInUnits: [String] { get }
  /// The results; they have the period of the inputs.
  var outputs: [Variable] { get }
  /// Whether a result may have a value where every input is missing: then pixels of which nothing is read are computed
  /// too, so that results do not depend on chunks.
  var fillsMissing: Bool { get }
  /// A number of the whole layer of the first input, which has layers of a period, that `process` finds among the numbers
  /// of `Strip.place`; missing where the layer has no value.
  var layerNumber: LayerNumber? { get }

  /// Computes one strip: a run of pixels small enough to stay in cache. Missing is NaN, in and out; flags and counts
  /// are whole numbers.
  func process(_ strip: Strip, into outputs: StripOutputs)
}

extension PixelwiseModule {
  public var inputsInUnits: [String] { [] }
  public var fillsMissing: Bool { false }
  public var layerNumber: LayerNumber? { nil }
}

/// A module whose results at a pixel depend on the variables within a distance of that pixel.
public protocol NeighbourhoodModule: Module {
  /// The variables it reads, in the order in which `process` finds them. All have one period.
  var inputs: [String] { get }
  /// The results; they have the period of the inputs.
  var outputs: [Variable] { get }
  /// How many rows and columns away the farthest pixel is that a result depends on; `Neighbourhood.wholeGrid` where that
  /// may be any pixel of the grid.
  var radius: Int { get }
  /// Whether a result may have a value where every input is missing, as for `PixelwiseModule`.
  var fillsMissing: Bool { get }
  /// Bytes of memory that `process` takes for each pixel of a plane besides the planes it is given.
  var scratchBytesPerPixel: Int { get }

  /// Computes whole planes.
  ///
  /// - Parameters:
  ///   - inputs: Float planes of the window's shape, missing is NaN.
  ///   - window: the planes' place in the grid. Within `radius` of a side that is not the grid's own, a result may be
  ///     anything: it is not used.
  ///   - grid: the whole grid, at whose sides knowledge ends.
  ///   - outputs: Float planes of the window's shape.
  func process(_ inputs: [SamplePlane], window: PixelWindow, grid: PixelWindow, into outputs: [SamplePlane])
}

extension NeighbourhoodModule {
  public var fillsMissing: Bool { false }
}

/// A module that folds the time steps of variables into the layers of a period: `feed`, `finish`.
public protocol ReductionModule: Module {
  /// The variables it reads, in the order in which reducers are fed with them.
  var inputs: [String] { get }
  /// The results; each main one is followed by its companions, which stand beside it in one file.
  var outputs: [Variable] { get }
  /// Which time steps go together.
  var period: Period { get }
  /// Whether every layer depends on all time steps: then all of them are finished when the last step was fed.
  var finishesTogether: Bool { get }
  /// The outputs of which one at least must have a value somewhere in a layer, or files do not have that layer; none
  /// where they have every layer.
  var neededInLayers: [String] { get }
  /// Of how many time steps a pixel needs values at least for a result.
  var leastSteps: Int { get }

  /// What in the config leaves nothing to compute, whatever the values are; nil where something may be computed.
  ///
  /// - Parameter days: of the time steps, which are known when a run is planned; at least one.
  func mistake(over days: [CalendarDate]) -> Diagnostic?
  /// What else a pixel needs for a result, for messages: "a season"; nil where values on `leastSteps` are enough.
  var otherNeed: String? { get }
  /// Why the days of its time steps and its layers make every result missing, beyond `leastSteps`; nil where they do
  /// not.
  func shortage(over days: [CalendarDate], layers: [PeriodLayer]) -> String?

  /// The most bytes of state that a reducer holds for each pixel at once, for the memory budget.
  ///
  /// A layer is finished and discarded as soon as its last time step was fed.
  /// - Parameter layers: of the result, with positions of time steps.
  func stateBytesPerPixel(layers: [PeriodLayer]) -> Int
  /// The state of one chunk before anything was fed to it.
  ///
  /// - Parameters:
  ///   - pixels: how many the chunk has.
  ///   - layers: of the result, with positions of time steps.
  ///   - days: of the time steps.
  func makeReducer(pixels: Int, layers: [PeriodLayer], days: [CalendarDate]) -> any TimeReducer
}

extension ReductionModule {
  public var finishesTogether: Bool { false }
  public var neededInLayers: [String] { [] }
  public var leastSteps: Int { 1 }
  public func mistake(over days: [CalendarDate]) -> Diagnostic? { nil }
  public var otherNeed: String? { nil }
  public func shortage(over days: [CalendarDate], layers: [PeriodLayer]) -> String? { nil }
}

/// The state of a reduction over one chunk. One thread at a time.
public protocol TimeReducer: AnyObject {
  /// Takes in one time step's values, in order of time: one buffer for each input of the module; NaN is missing.
  func feed(_ values: [UnsafeBufferPointer<Float>], step: Int)
  /// Writes one layer of one output, in the output's storage type, row-major over the chunk; called once for each
  /// output, in order, when the layer's last time step was fed.
  func finish(output: Int, layer: Int, into result: UnsafeMutableRawBufferPointer)
  /// Learns that all outputs of a layer are written: its memory may serve other layers.
  func discard(layer: Int)
  /// Forgets everything, to begin with another chunk of the same time steps in the memory it has: memory that comes fresh
  /// from the system for every chunk takes its time.
  ///
  /// - Returns: false when there is nothing to gain: another reducer is made.
  func restart(pixels: Int) -> Bool
}

extension TimeReducer {
  public func discard(layer: Int) {}
  public func restart(pixels: Int) -> Bool { false }
}

/// A module that brings in rasters without a date: an elevation model, a mask of land. They go with variables of every
/// period.
public protocol LayerModule: Module {
  /// The rasters, one a variable.
  var layers: [FixedLayer] { get }
}

/// A raster without a date.
public struct FixedLayer: Sendable {
  /// The variable it becomes, and how its numbers are stored.
  public let band: BandRequest
  /// The path or URL, as the config has it: relative to the config's own folder.
  public let file: String
  /// The band's number in the file, from 1.
  public let number: Int
  public let resampling: Resampling

  public init(band: BandRequest, file: String, number: Int, resampling: Resampling) {
    self.band = band
    self.file = file
    self.number = number
    self.resampling = resampling
  }
}

/// A module that gives numbers, one a time step: weather. They are known before the run begins, and go with rasters of
/// their period as if every pixel had them.
public protocol NumberModule: Module {
  /// The numbers' variables, in the order of `values`.
  var outputs: [Variable] { get }
  /// The time steps there is a number for.
  var period: Period { get }
  /// What the table of the numbers is called when they are saved; the first output's name when nil.
  var tableName: String? { get }

  /// The numbers, one list an output, each with one number a time step; NaN is missing.
  ///
  /// - Throws: what is wrong with the file that they come from.
  func values(of steps: [NumberStep], over grid: Grid) throws -> [[Double]]

  /// The numbers, and in words what is missing and why.
  ///
  /// - Parameters:
  ///   - steps: the time steps, in order of time.
  ///   - grid: the grid that the numbers stand for.
  ///   - box: the grid's bounds in degrees (WGS 84); where its west is greater than its east it crosses the
  ///     antimeridian.
  func numbers(of steps: [NumberStep], over grid: Grid, within box: BoundingBox) throws -> NumberResult
}

extension NumberModule {
  public var tableName: String? { nil }

  public func numbers(of steps: [NumberStep], over grid: Grid, within box: BoundingBox) throws -> NumberResult
  {
    NumberResult(values: try values(of: steps, over: grid))
  }
}

/// What a module gives for time steps.
public struct NumberResult: Sendable {
  /// One list an output, each with one number a time step; NaN is missing.
  public var values: [[Double]]
  /// What is missing and why, and what looks wrong.
  public var warnings: [String]

  public init(values: [[Double]], warnings: [String] = []) {
    self.values = values
    self.warnings = warnings
  }
}

/// A time step that a number is wanted for.
public struct NumberStep: Sendable {
  public let label: String
  /// The days it stands for, [start, end); nil where there is no date.
  public let days: Range<CalendarDate>?
  /// The moment of a date's first scene; nil for layers of periods.
  public let time: Instant?
  /// How high the sun stood over a date's scenes, in degrees; nil where they do not say.
  public let sunElevation: Double?

  public init(label: String, days: Range<CalendarDate>?, time: Instant?, sunElevation: Double? = nil) {
    self.sunElevation = sunElevation
    self.label = label
    self.days = days
    self.time = time
  }
}

/// A module that gives rows of numbers: a time series at points or polygons, features of tiles.
///
/// It sees whole areas, put together from stored chunks when all of them are there: results do not depend on chunks.
public protocol TableModule: Module {
  /// The table's name, which its files bear.
  var name: String { get }
  /// The variables it reads, in the order in which `rows` finds them. All have one period.
  var inputs: [String] { get }
  var columns: [TableColumn] { get }
  /// The names of what is known of each feature beforehand.
  var properties: [String] { get }
  /// Bytes of memory that `rows` takes for each pixel of an area besides the planes it is given.
  var scratchBytesPerPixel: Int { get }
  /// Bytes of memory that the module holds on to from area to area.
  var keptBytes: Int { get }
  /// Whether rows of areas within one chunk are computed along with the cells of that chunk, while their values are at
  /// hand: these need not be stored then. For modules that take little time and memory.
  var isComputedWithCells: Bool { get }

  /// The areas on a grid, in the order of their rows, each within the grid.
  ///
  /// - Throws: what is wrong: no area lies on the grid.
  func areas(on grid: Grid) throws -> [TableArea]

  /// The rows of one area in one layer.
  ///
  /// - Parameters:
  ///   - inputs: Float planes of the area's window, missing is NaN.
  ///   - area: the area, as `areas` gave it.
  ///   - index: the area's position in `areas`, from 0.
  ///   - layer: its label: a date, a month.
  func rows(_ inputs: [SamplePlane], of area: TableArea, at index: Int, layer: String) throws -> TableRows
}

extension TableModule {
  public var properties: [String] { [] }
  public var keptBytes: Int { 0 }
  public var isComputedWithCells: Bool { false }
}

/// A module that runs once, after everything else: summaries and reports.
public protocol WholeRunModule: Module {
  /// The files it adds to the run directory.
  func files(for report: RunReport) -> [RunFile]

  /// Whether it tells how the run itself went, and so waits until everything else is done.
  static var tellsOfTheRun: Bool { get }
}

extension WholeRunModule {
  public static var tellsOfTheRun: Bool { false }
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
