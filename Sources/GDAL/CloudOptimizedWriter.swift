internal import CGDAL
public import Geo
internal import Glibc
public import Raster

/// Writes a cloud-optimised GeoTIFF of one band, or of colours, from windows that come in any order and of any shape.
///
/// A cloud-optimised file begins with its overviews, so its pixels must be known before it is written: they go into
/// a plain TIFF beside it first, which GDAL's COG driver then copies block by block. Memory does not grow with the
/// raster: it is GDAL's block cache and the driver's buffers. One writer belongs to one thread at a time.
/// <https://docs.ogc.org/is/21-026/21-026.html>, <https://gdal.org/drivers/raster/cog.html>
public struct CloudOptimizedWriter: ~Copyable {
  /// What a file says of its samples, and how it is compressed.
  public struct Options: Hashable, Sendable {
    /// How overviews are made of the pixels below them.
    public enum Resampling: String, Hashable, Sendable {
      /// The mean of those that are not missing.
      case average = "AVERAGE"
      case nearest = "NEAREST"
    }

    public var type: SampleType
    /// The number that stands for "no data", in stored units; nil for none. Windows that are never written hold it.
    public var nodata: Double?
    /// value = stored × scale + offset; nil leaves them out.
    public var scale: Double?
    public var offset: Double?
    public var overviews: Resampling
    /// Effort of compression, 1 (fast) ... 9 (small).
    public var deflateLevel: Int
    /// Whether it has four bands of bytes, red, green, blue and opacity: a window's samples are those of each pixel in
    /// turn. Nodata, scale, offset, description and units are for one band.
    public var isColoured = false
    /// How many threads compress.
    public var threads: Int
    /// The band's description and unit.
    public var description: String?
    public var units: String?
    /// Further metadata of the file, name and value.
    public var metadata: [String: String]

    public init(
      type: SampleType, nodata: Double? = nil, scale: Double? = nil, offset: Double? = nil,
      overviews: Resampling = .average, deflateLevel: Int = 6, threads: Int = 1, description: String? = nil,
      units: String? = nil, metadata: [String: String] = [:]
    ) {
      self.type = type
      self.nodata = nodata
      self.scale = scale
      self.offset = offset
      self.overviews = overviews
      self.deflateLevel = deflateLevel
      self.threads = threads
      self.description = description
      self.units = units
      self.metadata = metadata
    }
  }

  public let path: String
  public let grid: Grid
  public let options: Options
  private let plainPath: String
  private var plain: GDALDatasetH?

  /// Side of the tiles of the file, in pixels.
  public static let blockSize = 512

  /// Begins the plain file.
  ///
  /// - Parameters:
  ///   - path: the file to be made, in a folder with room for the raster uncompressed as well. It is not whole before
  ///     `finish` has returned: give it its final name then.
  ///   - grid: of the raster: its size, place and coordinate system.
  ///   - options: type, nodata, compression and names of the bands.
  /// - Throws: when the folder is missing or not writable, or the options do not make a TIFF.
  public init(creating path: String, grid: Grid, options: Options) throws(GDALError) {
    GDALLibrary.prepare()
    guard grid.width > 0, grid.height > 0, max(grid.width, grid.height) <= Int(Int32.max) else {
      throw GDALError(
        .create, file: path, message: "a raster of \(grid.width) × \(grid.height) pixels cannot be written")
    }
    guard (1...9).contains(options.deflateLevel), options.type != .int8,
      !options.isColoured || options.type == .uint8
    else {
      throw GDALError(
        .create, file: path,
        message: "deflate level \(options.deflateLevel) of \(options.type.rawValue) samples cannot be written"
      )
    }
    let plainPath = path + ".plain"
    let (created, messages) = collectingMessages { Self.createPlain(plainPath, grid, options) }
    guard let created, messages.failures.isEmpty else {
      if let created { _ = collectingMessages { GDALClose(created) } }
      unlink(plainPath)
      throw GDALError(.create, file: path, message: messages.failure ?? "GDAL gave no reason")
    }
    self.path = path
    self.grid = grid
    self.options = options
    self.plainPath = plainPath
    plain = created
  }

  deinit {
    if let plain { _ = collectingMessages { GDALClose(plain) } }
    unlink(plainPath)
  }

  /// Writes a window of the raster; stands for `GDALRasterIO`.
  ///
  /// - Parameters:
  ///   - window: pixels inside the raster.
  ///   - samples: rows of samples of the file's type; of colours four a pixel.
  ///   - rowStride: pixels from the beginning of a row to the beginning of the next, at least `window.width`.
  public mutating func write(
    window: PixelWindow, from samples: UnsafeRawBufferPointer, rowStride: Int
  ) throws(GDALError) {
    guard let plain else {
      throw GDALError(.write, file: path, window: window, message: "the file is already finished")
    }
    let bands = options.bands
    let size = options.type.size * bands
    guard !window.isEmpty, grid.window.contains(window), rowStride >= window.width,
      samples.count >= ((window.height - 1) * rowStride + window.width) * size
    else {
      throw GDALError(
        .write, file: path, window: window, message: "the samples do not fit the window, or it the raster")
    }
    let (status, messages) = collectingMessages {
      GDALDatasetRasterIOEx(
        plain, GF_Write, Int32(window.column), Int32(window.row), Int32(window.width), Int32(window.height),
        UnsafeMutableRawPointer(mutating: samples.baseAddress), Int32(window.width), Int32(window.height),
        options.type.gdal, Int32(bands), nil, GSpacing(size), GSpacing(rowStride * size),
        GSpacing(options.type.size), nil)
    }
    guard status == CE_None, messages.failures.isEmpty else {
      throw GDALError(
        .write, file: path, window: window, message: messages.failure ?? "no reason given",
        advice: "is the disk full?")
    }
  }

  /// Makes the cloud-optimised file of what was written, and removes the plain one.
  ///
  /// - Parameter isCancelled: asked every few blocks whether to give up.
  /// - Throws: when anything cannot be written, or it was cancelled; nothing is then left under either name.
  public mutating func finish(isCancelled: @escaping () -> Bool = { false }) throws(GDALError) {
    guard let plain else { throw GDALError(.close, file: path, message: "the file is already finished") }
    self.plain = nil
    let (_, written) = collectingMessages {
      GDALFlushCache(plain)
      GDALClose(plain)
    }
    defer { unlink(plainPath) }
    if let failure = written.failure { throw fault(failure) }
    let (isMade, messages) = collectingMessages { copy(isCancelled) }
    guard isMade, messages.failures.isEmpty else {
      unlink(path)
      throw fault(messages.failure ?? "GDAL gave no reason")
    }
  }

  private func fault(_ message: String) -> GDALError {
    GDALError(.close, file: path, message: message, advice: "is the disk full?")
  }

  /// Copies the plain file; stands for `GDALCreateCopy` with the COG driver.
  private func copy(_ isCancelled: @escaping () -> Bool) -> Bool {
    guard let driver = GDALGetDriverByName("COG"),
      let source = GDALOpenEx(
        plainPath, UInt32(GDAL_OF_READONLY | GDAL_OF_RASTER), ScientificFormat.ordinaryDrivers, nil, nil)
    else { return false }
    defer { GDALClose(source) }
    let options = OptionList([
      "COMPRESS": "DEFLATE", "LEVEL": String(options.deflateLevel), "PREDICTOR": "YES",
      "OVERVIEW_COMPRESS": "DEFLATE", "OVERVIEW_PREDICTOR": "YES", "BLOCKSIZE": String(Self.blockSize),
      "OVERVIEW_RESAMPLING": self.options.overviews.rawValue, "BIGTIFF": "IF_SAFER",
      "NUM_THREADS": String(max(1, self.options.threads)),
    ])
    let question = Question(isCancelled)
    let made = GDALCreateCopy(
      driver, path, source, 0, options.list,
      { _, _, context in
        guard let context else { return 1 }
        return Unmanaged<Question>.fromOpaque(context).takeUnretainedValue().isCancelled() ? 0 : 1
      }, Unmanaged.passUnretained(question).toOpaque())
    guard let made else { return false }
    GDALClose(made)
    return withExtendedLifetime(question) { true }
  }

  private static func createPlain(_ path: String, _ grid: Grid, _ options: Options) -> GDALDatasetH? {
    let colours = options.isColoured ? ["PHOTOMETRIC": "RGB", "ALPHA": "YES", "INTERLEAVE": "PIXEL"] : [:]
    let list = OptionList(
      [
        "TILED": "YES", "BLOCKXSIZE": String(blockSize), "BLOCKYSIZE": String(blockSize),
        "BIGTIFF": "IF_NEEDED",
      ].merging(colours) { $1 })
    guard let driver = GDALGetDriverByName("GTiff"),
      let dataset = GDALCreate(
        driver, path, Int32(grid.width), Int32(grid.height), Int32(options.bands), options.type.gdal,
        list.list)
    else { return nil }
    var numbers = grid.transform.gdal
    var results = [GDALSetGeoTransform(dataset, &numbers)]
    if let system = try? SpatialReferenceHandle(grid.crs) {
      results.append(GDALSetSpatialRef(dataset, system.raw))
    } else {
      results.append(CE_Failure)
    }
    for (name, value) in options.metadata { results.append(GDALSetMetadataItem(dataset, name, value, nil)) }
    let band = GDALGetRasterBand(dataset, 1)
    if let nodata = options.nodata { results.append(GDALSetRasterNoDataValue(band, nodata)) }
    if let scale = options.scale { results.append(GDALSetRasterScale(band, scale)) }
    if let offset = options.offset { results.append(GDALSetRasterOffset(band, offset)) }
    if let units = options.units { results.append(GDALSetRasterUnitType(band, units)) }
    if let description = options.description { GDALSetDescription(band, description) }
    guard results.allSatisfy({ $0 == CE_None }) else {
      GDALClose(dataset)
      return nil
    }
    return dataset
  }
}

extension CloudOptimizedWriter.Options {
  fileprivate var bands: Int { isColoured ? 4 : 1 }
}

/// A list of "NAME=VALUE" for GDAL.
private final class OptionList {
  private(set) var list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?

  init(_ options: [String: String]) {
    for (name, value) in options { list = CSLSetNameValue(list, name, value) }
  }

  deinit { CSLDestroy(list) }
}

/// What GDAL's progress callback asks.
private final class Question {
  let isCancelled: () -> Bool

  init(_ isCancelled: @escaping () -> Bool) {
    self.isCancelled = isCancelled
  }
}
