internal import CGDAL
internal import Geo

/// Checks the deflated blocks that GDAL reads from the sources of a virtual raster. One a dataset, used by its thread.
final class SourceChecks {
  /// Which sources lie under a window.
  let virtual: VirtualSources
  /// The sources read last, which are held open: what is checked of them is not checked again.
  private var open: [Key: (source: Source, lastUse: Int)] = [:]
  private var uses = 0

  private static let mostOpen = 32
  /// Virtual rasters within one another.
  private static let deepest = 16

  private struct Key: Hashable {
    let name: String
    let overview: Int?
  }

  private final class Source {
    let dataset: RasterDataset

    init(_ key: Key) throws(GDALError) {
      dataset = try RasterDataset(opening: key.name, overview: key.overview)
    }
  }

  init(_ virtual: VirtualSources) { self.virtual = virtual }

  /// Checks parts of sources.
  ///
  /// - Parameter depth: virtual rasters around this one.
  /// - Throws: when a block is not what was packed, or a source cannot be opened, and so not be checked.
  func check(_ parts: [VirtualSources.Part], depth: Int) throws(GDALError) {
    guard parts.isEmpty || depth < SourceChecks.deepest else {
      throw GDALError(
        .read,
        message:
          "its sources cannot be checked: more than \(SourceChecks.deepest) virtual rasters within one another",
        advice: "write one of the inner ones as a raster of its own (gdal_translate)")
    }
    for part in parts {
      let source = try source(Key(name: part.source.name, overview: part.source.overview))
      let band = part.source.band
      for band in band == 0 ? source.dataset.info.bands.indices.map({ $0 + 1 }) : [band] {
        try source.dataset.check(part, band: band, depth: depth + 1)
      }
    }
  }

  private func source(_ key: Key) throws(GDALError) -> Source {
    uses += 1
    if let known = open[key]?.source {
      open[key]?.lastUse = uses
      return known
    }
    let opened: Source
    do throws(GDALError) {
      opened = try Source(key)
    } catch {
      throw GDALError(
        .read, message: "its source \(key.name) cannot be opened, and so not be checked: \(error.message)",
        advice: error.advice)
    }
    if open.count >= SourceChecks.mostOpen, let oldest = open.min(by: { $0.value.lastUse < $1.value.lastUse })
    {
      open[oldest.key] = nil
    }
    open[key] = (opened, uses)
    return opened
  }
}

extension RasterDataset {
  private var size: (width: Int, height: Int) { (info.width, info.height) }

  /// Checks the deflated blocks that a window of a virtual raster takes from other files.
  ///
  /// - Parameters:
  ///   - depth: virtual rasters around this one.
  ///   - isReduced: whether GDAL may read reduced copies instead.
  borrowing func checkSources(
    band: Int, _ window: PixelWindow, depth: Int = 0, isReduced: Bool = false
  ) throws(GDALError) {
    guard let sources else { return }
    // Reduced copies beside the virtual raster are rasters of their own.
    guard !isOverview || checks.overviewFile == nil else { return }
    let parts = sources.virtual.samples(band: band, window, of: size, isReduced: isReduced)
    try sources.check(parts, depth: depth)
  }

  /// Checks the deflated blocks that the mask of a band is made of, where GDAL does not read them as such.
  borrowing func checkMask(band: Int, _ window: PixelWindow, depth: Int = 0) throws(GDALError) {
    guard let raster = GDALGetRasterBand(handle, Int32(band)) else { return }
    let flags = GDALGetMaskFlags(raster)
    if flags & GMF_ALL_VALID != 0 { return }
    if flags & GMF_NODATA != 0 {
      // Made of the samples: of the band's, or of those of all bands together.
      for band in flags & GMF_PER_DATASET != 0 ? info.bands.indices.map({ $0 + 1 }) : [band] {
        try checkSamples(band: band, window, depth: depth)
      }
    } else if flags & GMF_ALPHA != 0 {
      // An alpha band of more than eight bits is rescaled.
      for number in info.bands.indices.map({ $0 + 1 })
      where GDALGetRasterColorInterpretation(GDALGetRasterBand(handle, Int32(number))) == GCI_AlphaBand {
        try checkSamples(band: number, window, depth: depth)
      }
    } else {
      if let sources { try sources.check(sources.virtual.mask(band: band, window, of: size), depth: depth) }
    }
  }

  private borrowing func checkSamples(
    band: Int, _ window: PixelWindow, depth: Int, isReduced: Bool = false
  ) throws(GDALError) {
    try checkSources(band: band, window, depth: depth, isReduced: isReduced)
    guard let raster = GDALGetRasterBand(handle, Int32(band)) else { return }
    try checks.reading(raster, window) { _ in }
  }

  /// Checks what a virtual raster takes of this one.
  fileprivate borrowing func check(
    _ part: VirtualSources.Part, band: Int, depth: Int
  ) throws(GDALError) {
    let whole = PixelWindow(column: 0, row: 0, width: info.width, height: info.height)
    guard let window = (part.window ?? whole).intersection(whole), !window.isEmpty,
      let raster = GDALGetRasterBand(handle, Int32(band))
    else { return }
    do throws(GDALError) {
      if part.source.takesSamples {
        try checkSamples(band: band, window, depth: depth, isReduced: part.isReduced)
        if part.isReduced { try checkOverviews(of: raster, under: window) }
      }
      if part.source.takesMask {
        try checkMask(band: band, window, depth: depth)
        guard let mask = GDALGetMaskBand(raster) else { return }
        try checks.reading(mask, window) { _ in }
        if part.isReduced { try checkOverviews(of: mask, under: window) }
      }
    } catch {
      var error = error
      if error.file == nil { error.file = path }
      throw error
    }
  }

  /// Checks the deflated blocks of a band's reduced copies under a window of the band, and a pixel around it.
  private borrowing func checkOverviews(
    of band: GDALRasterBandH, under window: PixelWindow
  ) throws(GDALError) {
    for level in 0..<max(0, GDALGetOverviewCount(band)) {
      guard let overview = GDALGetOverview(band, level) else { continue }
      let width = Int(GDALGetRasterBandXSize(overview))
      let height = Int(GDALGetRasterBandYSize(overview))
      guard width > 0, height > 0, info.width > 0, info.height > 0 else { continue }
      // Both are at most 2³¹.
      func reduced(_ place: Int, _ size: Int, _ full: Int) -> Int { place * size / full }
      let first = (
        column: max(0, reduced(window.column, width, info.width) - 4),
        row: max(0, reduced(window.row, height, info.height) - 4)
      )
      let part = PixelWindow(
        column: first.column, row: first.row,
        width: min(width, reduced(window.endColumn, width, info.width) + 5) - first.column,
        height: min(height, reduced(window.endRow, height, info.height) + 5) - first.row)
      try checks.reading(overview, part) { _ in }
    }
  }
}
