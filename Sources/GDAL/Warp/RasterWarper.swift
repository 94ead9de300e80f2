internal import CGDAL
public import Geo
public import Raster

/// Resamples samples in memory onto a grid, by GDAL's warper. Belongs to one thread.
///
/// A pixel of the result depends on the source pixels under its own support only, never on the window that is asked
/// for: positions come from `SourceMapping`, scales are the plan's, and every call takes the same way through GDAL.
public enum RasterWarper {
  /// How to resample.
  public struct Options: Hashable, Sendable {
    public var resampling: Resampling
    /// The number that means missing, in source and result. NaN for floating-point samples.
    public var nodata: Double
    /// Grid pixels per source pixel along the source's columns and rows, at most 1: how much kernels are widened.
    public var scaleX: Double
    public var scaleY: Double

    public init(resampling: Resampling, nodata: Double, scaleX: Double = 1, scaleY: Double = 1) {
      self.resampling = resampling
      self.nodata = nodata
      self.scaleX = scaleX
      self.scaleY = scaleY
    }
  }

  /// What GDAL hands back to our transformer.
  private final class Positions {
    let mapping: SourceMapping
    let grid: (column: Int, row: Int)
    let source: (column: Int, row: Int)

    init(mapping: SourceMapping, grid: (Int, Int), source: (Int, Int)) {
      self.mapping = mapping
      self.grid = grid
      self.source = source
    }
  }

  /// Missing samples that are laid around the source's.
  ///
  /// Through samples that are all valid GDAL takes a quicker way, which rounds otherwise; at a raster's edge it gives
  /// pixels that are covered partly too much weight; and a window that begins at column 0 makes it look for the
  /// antimeridian, which it then finds in narrow windows.
  private static let margin = (left: 2, top: 1, right: 1, bottom: 1)

  /// Gives a plane the shape in which `warp` takes source samples.
  ///
  /// - Parameters:
  ///   - plane: gets the shape; its memory is used again.
  ///   - type: any but int8.
  ///   - width: columns of the part of the raster that is needed.
  ///   - height: rows of that part.
  ///   - nodata: the number that means missing, which fills what lies around.
  /// - Returns: where the part's first sample belongs in the plane, counted in samples, and the samples from row to
  ///   row; what lies around is filled.
  public static func frame(
    _ plane: SamplePlane, type: SampleType, width: Int, height: Int, nodata: Double
  ) -> (start: Int, rowStride: Int) {
    plane.reshape(
      type: type, width: width + margin.left + margin.right, height: height + margin.top + margin.bottom)
    plane.fill(nodata)
    return (margin.top * plane.width + margin.left, plane.width)
  }

  /// Fills a window of a grid; stands for `GDALWarpRegionToBuffer`.
  ///
  /// - Parameters:
  ///   - source: a plane from `frame`, its samples filled in.
  ///   - first: the column and row of the raster at which the samples begin.
  ///   - mapping: from pixels of the grid to those of the raster.
  ///   - window: the pixels of the grid.
  ///   - options: resampling, and the number that means missing.
  ///   - target: gets the window in the source's type; missing where the raster has nothing.
  public static func warp(
    _ source: SamplePlane, first: (column: Int, row: Int), mapping: SourceMapping, window: PixelWindow,
    options: Options, into target: SamplePlane
  ) throws(GDALError) {
    GDALLibrary.prepare()
    target.reshape(type: source.type, width: window.width, height: window.height)
    target.fill(options.nodata)
    func failure(_ message: String) -> GDALError { GDALError(.warp, window: window, message: message) }
    guard source.type != .int8 else { throw failure("GDAL 3.6 has no signed bytes") }
    guard let dataset = memoryDataset(source) else { throw failure("out of memory") }
    defer { GDALClose(dataset) }
    guard let settings = GDALCreateWarpOptions() else { throw failure("out of memory") }
    defer { GDALDestroyWarpOptions(settings) }
    let positions = Positions(
      mapping: mapping, grid: (window.column, window.row),
      source: (first.column - margin.left, first.row - margin.top))
    fill(settings, options, type: source.type, dataset: dataset)
    settings.pointee.pTransformerArg = Unmanaged.passUnretained(positions).toOpaque()
    let (isDone, messages) = collectingMessages { () -> Bool in
      guard let operation = GDALCreateWarpOperation(settings) else { return false }
      defer { GDALDestroyWarpOperation(operation) }
      return GDALWarpRegionToBuffer(
        operation, 0, 0, Int32(window.width), Int32(window.height), target.bytes.baseAddress,
        source.type.gdal, 1, 0, Int32(source.width - 1), Int32(source.height)) == CE_None
    }
    withExtendedLifetime(positions) {}
    guard isDone, messages.failures.isEmpty else {
      throw failure(messages.failure ?? "GDAL gave no reason")
    }
  }

  /// A dataset over the samples, which are not copied.
  private static func memoryDataset(_ source: SamplePlane) -> GDALDatasetH? {
    guard let driver = GDALGetDriverByName("MEM"), let base = source.bytes.baseAddress,
      let dataset = GDALCreate(
        driver, "", Int32(source.width), Int32(source.height), 0, source.type.gdal, nil)
    else { return nil }
    var options: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    defer { CSLDestroy(options) }
    options = CSLSetNameValue(options, "DATAPOINTER", "0x" + String(UInt(bitPattern: base), radix: 16))
    options = CSLSetNameValue(options, "PIXELOFFSET", String(source.type.size))
    options = CSLSetNameValue(options, "LINEOFFSET", String(source.type.size * source.width))
    guard GDALAddBand(dataset, source.type.gdal, options) == CE_None else {
      GDALClose(dataset)
      return nil
    }
    return dataset
  }

  private static func fill(
    _ settings: UnsafeMutablePointer<GDALWarpOptions>, _ options: Options, type: SampleType,
    dataset: GDALDatasetH
  ) {
    settings.pointee.eResampleAlg = options.resampling.gdal
    settings.pointee.eWorkingDataType = type.gdal
    settings.pointee.hSrcDS = dataset
    settings.pointee.nBandCount = 1
    // The options own these and free them.
    settings.pointee.panSrcBands = allocate(Int32(1))
    settings.pointee.panDstBands = allocate(Int32(1))
    settings.pointee.padfSrcNoDataReal = allocate(options.nodata)
    settings.pointee.padfDstNoDataReal = allocate(options.nodata)
    var words: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    words = CSLSetNameValue(words, "NUM_THREADS", "1")
    // A pixel whose centre lies on a missing one is missing: the kernel does not reach over nodata.
    words = CSLSetNameValue(words, "UNIFIED_SRC_NODATA", "YES")
    words = CSLSetNameValue(words, "XSCALE", "\(options.scaleX)")
    words = CSLSetNameValue(words, "YSCALE", "\(options.scaleY)")
    settings.pointee.papszWarpOptions = words
    settings.pointee.pfnTransformer = { argument, isToSource, count, x, y, _, success in
      guard let argument, isToSource != 0, let x, let y, let success else { return 0 }
      let positions = Unmanaged<Positions>.fromOpaque(argument).takeUnretainedValue()
      positions.mapping.locate(
        Int(count), x: x, y: y, success: success, gridOrigin: positions.grid,
        sourceOrigin: positions.source)
      return 1
    }
  }

  private static func allocate<T: BitwiseCopyable>(_ value: T) -> UnsafeMutablePointer<T>? {
    guard let memory = CPLMalloc(MemoryLayout<T>.size) else { return nil }
    let pointer = memory.bindMemory(to: T.self, capacity: 1)
    pointer.initialize(to: value)
    return pointer
  }
}

extension Resampling {
  var gdal: GDALResampleAlg {
    switch self {
    case .nearest: GRA_NearestNeighbour
    case .bilinear: GRA_Bilinear
    case .cubic: GRA_Cubic
    case .cubicSpline: GRA_CubicSpline
    case .lanczos: GRA_Lanczos
    case .average: GRA_Average
    case .rms: GRA_RMS
    case .mode: GRA_Mode
    case .min: GRA_Min
    case .max: GRA_Max
    case .median: GRA_Med
    case .q1: GRA_Q1
    case .q3: GRA_Q3
    }
  }
}
