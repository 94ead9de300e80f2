internal import CGDAL
public import Geo
public import Network
public import Raster
internal import Storage

/// A raster file open for reading.
///
/// Closed when it goes out of scope. It may be handed to another thread but never used by two at once: this
/// GDAL has no thread-safe datasets.
public struct RasterDataset: ~Copyable {
  /// The path or `/vsi…` name it was opened with.
  public let path: String
  public let info: RasterInfo
  let handle: GDALDatasetH
  /// What lets GDAL read a remote file, and knows what went wrong.
  private let remote: RemoteFileSystem.Entry?
  /// Whether the dataset was chosen by name in a file of several: its one band is the one that is meant.
  public let isVariable: Bool
  /// Whether its driver uses a library that is not thread-safe.
  private let isLocked: Bool
  /// The checks of the bands' deflated blocks.
  let checks: BlockChecks
  /// What a virtual raster takes its pixels from; nil for all others.
  let sources: SourceChecks?
  /// Whether files beside it count.
  private let hasSideFiles: Bool
  /// Whether an overview is read, and not the raster itself.
  let isOverview: Bool

  /// Opens a raster file for reading; stands for `GDALOpenEx`.
  ///
  /// - Parameters:
  ///   - path: a local path, a `/vsi…` name, or GDAL's name of a part of a file: `NETCDF:"file.nc":ndvi`.
  ///   - variables: what the raster may be called in a file of several variables; such a variable is band 1.
  ///   - overview: the reduced copy of the raster to read instead of it, counted from 0; nil for the raster itself.
  ///   - isForeign: whether the file's content comes from a server (a copy): it may then lead nowhere else.
  /// - Throws: when the file is absent, unreadable, damaged at its head, or no raster.
  public init(
    opening path: String, variables: [String] = [], overview: Int? = nil, isForeign: Bool = false
  ) throws(GDALError) {
    if let refusal = ForeignFiles.refusal(of: path) { throw refusal }
    // GDAL would ask all its drivers one by one.
    if path.hasPrefix("/"), !path.hasPrefix("/vsi"), LocalFiles.isAbsent(path) {
      throw GDALError(.open, file: path, message: "\(path): No such file or directory")
    }
    // GDAL would wait for a pipe without end.
    if LocalFiles.isSpecial(ScientificFormat.file(of: VirtualPath.gdalName(of: path))) {
      throw GDALError(.open, file: path, message: "it is a pipe or a device", advice: "name a regular file")
    }
    try self.init(
      name: VirtualPath.gdalName(of: path), path: path, variables: variables, remote: nil, overview: overview,
      isForeign: isForeign || VirtualPath.reachesNetwork(path))
  }

  /// Opens a raster file on a server for reading.
  ///
  /// - Parameters:
  ///   - file: the file on the server, whose parts are fetched as GDAL asks for them.
  ///   - variables: as above.
  ///   - overview: as above.
  /// - Throws: besides, when any part of it that GDAL needs cannot be fetched.
  public init(opening file: RemoteFile, variables: [String] = [], overview: Int? = nil) throws(GDALError) {
    if let refusal = ScientificFormat.refusal(ofRemote: file.location) { throw refusal }
    let entry = RemoteFileSystem.Entry(file)
    try self.init(
      name: entry.name, path: file.location, variables: variables, remote: entry, overview: overview,
      isForeign: true)
  }

  private init(
    name: String, path: String, variables: [String], remote: RemoteFileSystem.Entry?, overview: Int?,
    isForeign: Bool
  ) throws(GDALError) {
    self.remote = remote
    self.path = path
    GDALLibrary.prepare()
    defer { withExtendedLifetime(remote) {} }
    let isLocked = ScientificFormat.needsLock(name) || ScientificFormat.needsLock(path)
    self.isLocked = isLocked
    if isLocked, let fault = ClassicNetCDF.fault(of: ScientificFormat.file(of: path)) {
      throw GDALError(.open, file: path, message: fault, advice: "the file is incomplete: fetch it again")
    }
    let hasSideFiles =
      remote == nil && !isForeign && !VirtualPath.isRemote(path) && !ScientificFormat.readsServers(name)
    let opened = try ScientificFormat.exclusively(if: isLocked) { () throws(GDALError) in
      try GDALLibrary.withSideFiles(if: hasSideFiles) { () throws(GDALError) in
        try Opened(
          name: name, path: path, variables: variables, remote: remote, overview: overview,
          isLocked: isLocked,
          isForeign: isForeign)
      }
    }
    self.hasSideFiles = hasSideFiles
    isOverview = overview != nil
    handle = opened.handle
    info = opened.info
    isVariable = opened.isVariable
    checks = BlockChecks(
      name: name, path: path, remote: remote,
      overviewFile: overview.flatMap { hasSideFiles ? OverviewFile.name(of: name, level: $0) : nil })
    sources = opened.info.driver == "VRT" ? VirtualSources(opened.handle).map { SourceChecks($0) } : nil
  }

  /// An open dataset and what it says of itself.
  private struct Opened {
    let handle: GDALDatasetH
    let info: RasterInfo
    let isVariable: Bool

    init(
      name: String, path: String, variables: [String], remote: RemoteFileSystem.Entry?, overview: Int?,
      isLocked: Bool, isForeign: Bool
    ) throws(GDALError) {
      var opened = try Self.open(
        name, path: path, remote: remote, overview: overview, isLocked: isLocked, isForeign: isForeign)
      var isVariable = false
      do throws(GDALError) {
        if GDALGetRasterCount(opened) == 0 {
          let held = Subdatasets(opened)
          guard held.names.isEmpty || !variables.isEmpty, let variable = held.name(of: variables) else {
            throw GDALError(
              .open, file: path,
              message: held.names.isEmpty
                ? "the file holds no raster band"
                : "the file holds several variables (\(held.variables.joined(separator: ", ")))"
                  + (variables.isEmpty
                    ? "" : ", and none of the names \(variables.joined(separator: ", ")) is one's alone"),
              advice: held.names.first.map { "name the one that is meant, as in \($0)" })
          }
          let whole = opened
          guard !isForeign || variable.contains(name) else { throw ForeignFiles.refused(path, variable) }
          opened = try Self.open(
            variable, path: path, remote: remote, overview: overview, isLocked: isLocked, isForeign: isForeign
          )
          isVariable = true
          _ = collectingMessages { GDALClose(whole) }
        }
        let dataset = opened
        if isForeign, let name = collectingMessages({ ForeignFiles.overviews(of: dataset) }).result {
          throw ForeignFiles.refused(path, name)
        }
        let (info, later) = collectingMessages {
          Result { () throws(GDALError) in try RasterInfo(dataset, path: path, isLocal: remote == nil) }
        }
        // A part of the header that did not come would be missing in silence: a nodata value, an offset.
        if let fault = remote?.takeFault() { throw fault }
        if let failure = later.failure {
          throw GDALError(
            .open, file: path, message: failure, advice: "the file may be damaged or incomplete")
        }
        self.info = try info.get()
      } catch {
        _ = collectingMessages { GDALClose(opened) }
        throw error
      }
      handle = opened
      self.isVariable = isVariable
    }

    /// Stands for `GDALOpenEx`.
    private static func open(
      _ name: String, path: String, remote: RemoteFileSystem.Entry?, overview: Int?, isLocked: Bool,
      isForeign: Bool
    ) throws(GDALError) -> GDALDatasetH {
      var options: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
      defer { CSLDestroy(options) }
      if let overview { options = CSLSetNameValue(options, "OVERVIEW_LEVEL", String(overview)) }
      let words = options.map { UnsafeRawPointer($0).assumingMemoryBound(to: UnsafePointer<CChar>?.self) }
      let drivers =
        isForeign
        ? ForeignFiles.drivers(isLocked: isLocked) : isLocked ? nil : ScientificFormat.ordinaryDrivers
      let (opened, messages) = collectingMessages {
        GDALOpenEx(
          name, UInt32(GDAL_OF_READONLY | GDAL_OF_RASTER | GDAL_OF_VERBOSE_ERROR), drivers, words, nil)
      }
      guard let opened else {
        if let fault = remote?.takeFault() { throw fault }
        // GDAL speaks of remote files under the names they have for it alone.
        let words = messages.failure?.split(separator: name, omittingEmptySubsequences: false)
        throw GDALError(
          .open, file: path, message: words?.joined(separator: path) ?? "not a raster file that GDAL knows",
          advice: remote != nil && isLocked
            ? ScientificFormat.remoteAdvice : isForeign ? ForeignFiles.advice : nil)
      }
      if let failure = messages.failure {
        _ = collectingMessages { GDALClose(opened) }
        throw GDALError(.open, file: path, message: failure, advice: "the file may be damaged or incomplete")
      }
      return opened
    }
  }

  deinit {
    // Nothing was written: closing has nothing to lose, and nothing to say.
    ScientificFormat.exclusively(if: isLocked) { _ = collectingMessages { GDALClose(handle) } }
  }

  private static let damageAdvice = "the file may be damaged or incomplete: fetch it again"

  /// Reads whole pixels of a band exactly as stored; stands for `GDALRasterIO` without resampling.
  ///
  /// - Parameters:
  ///   - band: counted from 1.
  ///   - window: the pixels, wholly inside the raster, not empty.
  ///   - type: the type of the buffer: the band's type or one that holds every value of it; float64 for integers of 64
  ///     bits.
  ///   - nodata: what means missing besides what the file says: of integers of 64 bits such a one need not be a number
  ///     that Double holds.
  ///   - buffer: receives `window.height` rows of `window.width` samples.
  ///   - rowStride: samples from the beginning of a row to the beginning of the next, at least `window.width`.
  /// - Throws: when the arguments do not fit the file, when any block under the window cannot be read or decoded, or
  ///   holds a number of 64 bits that Double does not; the buffer's content is then undefined.
  public borrowing func read(
    band: Int,
    window: PixelWindow,
    as type: SampleType,
    nodata: Double? = nil,
    into buffer: UnsafeMutableRawBufferPointer,
    rowStride: Int
  ) throws(GDALError) {
    let place = Place(band: band, window: window)
    try check(place)
    let info = info.bands[band - 1]
    if let unreadable = info.unreadableType {
      throw failure(
        place, "samples of type \(unreadable) are not supported",
        "convert the file to an integer or floating-point type")
    }
    guard info.type.fits(in: type) else {
      throw failure(place, "samples of type \(info.type.rawValue) do not all fit in \(type.rawValue)")
    }
    let stored = info.wideInteger.map { $0 == .int64 ? GDT_Int64 : GDT_UInt64 } ?? type.gdal
    try transfer(place, GDALGetRasterBand(handle, Int32(band)), stored, type.size, buffer, rowStride) {
      () throws(GDALError) in
      try checkSources(band: band, window)
    }
    if info.type == .int8, type != .int8 {
      signExtend(buffer, as: type, width: window.width, height: window.height, rowStride: rowStride)
    }
    if let wide = info.wideInteger {
      let lost = WideIntegers.convert(
        wide, buffer, width: window.width, height: window.height, rowStride: rowStride,
        nodata: nodata ?? info.nodata)
      if let lost {
        throw failure(
          place, "\(lost) is among its \(wide.rawValue) numbers: double precision does not hold it",
          "integers up to 2^53 can be read; give the number as \"nodata\" where it means missing")
      }
    }
  }

  /// Reads which samples of a band count, by its mask: 0 for those that do not; stands for `GDALGetMaskBand`.
  ///
  /// - Parameters:
  ///   - band: the number of the band, from 1.
  ///   - window: the pixels, within the raster.
  ///   - buffer: receives `window.height` rows of `window.width` bytes.
  /// - Throws: as above.
  public borrowing func readMask(
    band: Int, window: PixelWindow, into buffer: UnsafeMutableRawBufferPointer
  ) throws(GDALError) {
    let place = Place(band: band, window: window)
    try check(place)
    guard let mask = GDALGetMaskBand(GDALGetRasterBand(handle, Int32(band))) else {
      throw failure(place, "its mask cannot be reached")
    }
    try transfer(place, mask, GDT_Byte, 1, buffer, window.width) { () throws(GDALError) in
      try checkMask(band: band, window)
    }
  }

  private struct Place {
    let band: Int
    let window: PixelWindow
  }

  private func failure(_ place: Place, _ message: String, _ advice: String? = nil) -> GDALError {
    GDALError(.read, file: path, window: place.window, band: place.band, message: message, advice: advice)
  }

  private func check(_ place: Place) throws(GDALError) {
    guard info.bands.indices.contains(place.band - 1) else {
      throw failure(place, "the file has \(info.bands.count) band(s)")
    }
    let whole = PixelWindow(column: 0, row: 0, width: info.width, height: info.height)
    guard !place.window.isEmpty, whole.contains(place.window) else {
      throw failure(place, "the window does not lie in the raster of \(info.width) × \(info.height) pixels")
    }
  }

  private func transfer(
    _ place: Place, _ band: GDALRasterBandH?, _ type: GDALDataType, _ size: Int,
    _ buffer: UnsafeMutableRawBufferPointer, _ rowStride: Int,
    checkingFirst check: () throws(GDALError) -> Void
  ) throws(GDALError) {
    let window = place.window
    let needed = ((window.height - 1) * rowStride + window.width) * size
    guard rowStride >= window.width, buffer.count >= needed, let base = buffer.baseAddress else {
      throw failure(place, "the buffer of \(buffer.count) bytes is too small: \(needed) are needed")
    }
    guard let band else { throw failure(place, "the band cannot be reached") }
    func load(_ part: PixelWindow) throws(GDALError) {
      let start = (part.row - window.row) * rowStride + part.column - window.column
      let (status, messages) = ScientificFormat.exclusively(if: isLocked) {
        GDALLibrary.withSideFiles(if: hasSideFiles) {
          collectingMessages {
            GDALRasterIOEx(
              band, GF_Read, Int32(part.column), Int32(part.row), Int32(part.width), Int32(part.height),
              base + start * size, Int32(part.width), Int32(part.height), type, GSpacing(size),
              GSpacing(rowStride * size), nil)
          }
        }
      }
      // A byte that did not come is a failure, whatever a driver makes of it (OSGeo/gdal #11552).
      if let fault = remote?.takeFault() { throw failure(place, fault.message, fault.advice) }
      guard status == CE_None, messages.failures.isEmpty else {
        throw failure(place, messages.failure ?? "GDAL gave no reason", RasterDataset.damageAdvice)
      }
      // libtiff and libjpeg go on where data are missing or left over, and warn.
      if info.driver == "GTiff", let warning = messages.warnings.first {
        throw failure(place, warning, RasterDataset.damageAdvice)
      }
    }
    do throws(GDALError) {
      try check()
      try checks.reading(band, window, load)
    } catch {
      guard error.window == nil else { throw error }
      // What lies in another file says so.
      let other = error.file.map { " (in \($0))" } ?? ""
      throw failure(place, error.message + other, error.advice)
    }
  }
}

/// Gives the bytes 128...255, which GDAL widened as unsigned, their negative values back.
private func signExtend(
  _ buffer: UnsafeMutableRawBufferPointer,
  as type: SampleType,
  width: Int,
  height: Int,
  rowStride: Int
) {
  for row in 0..<height {
    for offset in stride(
      from: row * rowStride * type.size,
      to: (row * rowStride + width) * type.size,
      by: type.size
    ) {
      switch type {
      case .int16:
        let value = buffer.loadUnaligned(fromByteOffset: offset, as: Int16.self)
        if value > 127 { buffer.storeBytes(of: value - 256, toByteOffset: offset, as: Int16.self) }
      case .int32:
        let value = buffer.loadUnaligned(fromByteOffset: offset, as: Int32.self)
        if value > 127 { buffer.storeBytes(of: value - 256, toByteOffset: offset, as: Int32.self) }
      case .float32:
        let value = buffer.loadUnaligned(fromByteOffset: offset, as: Float.self)
        if value > 127 { buffer.storeBytes(of: value - 256, toByteOffset: offset, as: Float.self) }
      case .float64:
        let value = buffer.loadUnaligned(fromByteOffset: offset, as: Double.self)
        if value > 127 { buffer.storeBytes(of: value - 256, toByteOffset: offset, as: Double.self) }
      case .uint8, .int8, .uint16, .uint32: break
      }
    }
  }
}
