internal import CGDAL
internal import Geo
internal import Raster

extension RasterInfo {
  /// Reads the description of an open dataset.
  ///
  /// - Parameter isLocal: whether the file is local; equal georeferencing of many local files is parsed once.
  init(_ dataset: GDALDatasetH, path: String, isLocal: Bool) throws(GDALError) {
    driver =
      GDALGetDatasetDriver(dataset).flatMap { GDALGetDriverShortName($0) }
      .map { String(cString: $0) } ?? ""
    width = Int(GDALGetRasterXSize(dataset))
    height = Int(GDALGetRasterYSize(dataset))
    let compression = GDALGetMetadataItem(dataset, "COMPRESSION", "IMAGE_STRUCTURE")
      .map { String(cString: $0) }
    bands = []
    let count = Int(GDALGetRasterCount(dataset))
    guard count > 0 else {
      throw GDALError(.open, file: path, message: "the file holds no raster band")
    }
    for number in 1...count {
      guard let band = GDALGetRasterBand(dataset, Int32(number)) else {
        throw GDALError(.open, file: path, band: number, message: "the band cannot be reached")
      }
      bands.append(BandInfo(band, compression: compression))
    }
    if count > 1, RasterLayers.areLayers(driver: driver) { RasterLayers(dataset).describe(&bands) }
    overviewResampling = GDALGetMetadataItem(dataset, "OVERVIEW_RESAMPLING", "IMAGE_STRUCTURE")
      .map { String(cString: $0) }
    isPixelInterleaved =
      count > 1
      && GDALGetMetadataItem(dataset, "INTERLEAVE", "IMAGE_STRUCTURE").map { String(cString: $0) } == "PIXEL"
    transform = AffineTransform(dataset)
    if let list = GDALGetFileList(dataset) {
      defer { CSLDestroy(list) }
      files = (0..<Int(CSLCount(list))).compactMap { index in list[index].map { String(cString: $0) } }
    }
    // A file beside it may name another coordinate system than the tags do.
    let isAlone = isLocal && driver == "GTiff" && files.count == 1
    crs =
      isAlone
      ? GeoTIFFReferences.reference(of: dataset, name: files[0])
      : GDALGetSpatialRef(dataset).flatMap { CoordinateReference($0) }
  }
}

extension AffineTransform {
  /// Nil where a dataset has none: GDAL then gives pixels as coordinates.
  fileprivate init?(_ dataset: GDALDatasetH) {
    var numbers = [Double](repeating: 0, count: 6)
    guard GDALGetGeoTransform(dataset, &numbers) == CE_None, numbers != [0, 1, 0, 0, 0, 1] else { return nil }
    self.init(gdal: numbers)
  }
}

extension BandInfo {
  fileprivate init(_ band: GDALRasterBandH, compression: String?) {
    func number(_ get: (UnsafeMutablePointer<Int32>) -> Double) -> Double? {
      var isKnown: Int32 = 0
      let value = get(&isKnown)
      return isKnown != 0 ? value : nil
    }
    let stored = GDALGetRasterDataType(band)
    wideInteger = WideInteger(stored)
    let known = SampleType(band: band)
    type = known ?? .float64
    if known == nil, wideInteger == nil {
      unreadableType = GDALGetDataTypeName(stored).map { String(cString: $0) } ?? "?"
    }
    switch wideInteger {
    case nil: nodata = number { GDALGetRasterNoDataValue(band, $0) }
    case .int64: nodata = number { Double(GDALGetRasterNoDataValueAsInt64(band, $0)) }
    case .uint64: nodata = number { Double(GDALGetRasterNoDataValueAsUInt64(band, $0)) }
    }
    nodataStandsIn = GDALGetMetadataItem(band, BandInfo.standInItem, nil) != nil
    scale = number { GDALGetRasterScale(band, $0) }
    offset = number { GDALGetRasterOffset(band, $0) }
    var width: Int32 = 0
    var height: Int32 = 0
    GDALGetBlockSize(band, &width, &height)
    blockWidth = Int(width)
    blockHeight = Int(height)
    self.compression = compression
    overviews = (0..<max(0, GDALGetOverviewCount(band))).compactMap { level in
      GDALGetOverview(band, level).map(Overview.init)
    }
    let flags = GDALGetMaskFlags(band)
    // A mask that only repeats the band's own nodata value is left out.
    isMasked = flags & GMF_ALL_VALID == 0 && (flags & GMF_NODATA == 0 || flags & GMF_PER_DATASET != 0)
    guard isMasked, !overviews.isEmpty, let mask = GDALGetMaskBand(band) else { return }
    let ofMask = (0..<max(0, GDALGetOverviewCount(mask))).compactMap { level in
      GDALGetOverview(mask, level).map(Overview.init)
    }
    // Overviews are numbered: those of the samples are of use as far as the mask's are the same.
    overviews = Array(zip(overviews, ofMask).prefix { $0 == $1 }.map(\.0))
  }
}

extension BandInfo.Overview {
  fileprivate init(_ band: GDALRasterBandH) {
    self.init(width: Int(GDALGetRasterBandXSize(band)), height: Int(GDALGetRasterBandYSize(band)))
  }
}

extension BandInfo.WideInteger {
  fileprivate init?(_ type: GDALDataType) {
    switch type {
    case GDT_Int64: self = .int64
    case GDT_UInt64: self = .uint64
    default: return nil
    }
  }
}
