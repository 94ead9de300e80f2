internal import CGDAL
public import Geo
public import Raster

/// What a raster file says of itself.
public struct RasterInfo: Hashable, Sendable {
  /// GDAL's short name of the format: "GTiff", "VRT", …
  public var driver: String
  /// Where the pixels lie; nil when the file has no geotransform or no coordinate system.
  public var grid: Grid?
  /// Columns.
  public var width: Int
  /// Rows.
  public var height: Int
  /// The bands in order; band 1 is the first.
  public var bands: [BandInfo]
  /// How the file says its overviews were made ("NEAREST", "AVERAGE"); nil when it does not.
  public var overviewResampling: String?
  /// Whether each block holds the samples of all bands: whoever reads one band unpacks them all.
  public var isPixelInterleaved = false

  /// Bytes of a block of a band once it is unpacked, with those of the other bands that are in it; nil where there is
  /// no such band, or no integer that large.
  public func blockBytes(band: Int) -> Int? {
    guard bands.indices.contains(band - 1) else { return nil }
    let info = bands[band - 1]
    let sample = isPixelInterleaved ? bands.reduce(0) { $0 + $1.type.size } : info.type.size
    let (row, isRowTooLong) = info.blockWidth.multipliedReportingOverflow(by: sample)
    let (block, isTooLarge) = row.multipliedReportingOverflow(by: info.blockHeight)
    return isRowTooLong || isTooLarge ? nil : block
  }

  /// Blocks that the file has, of all its bands where each has its own.
  public var blockCount: Int {
    guard let band = bands.first, band.blockWidth > 0, band.blockHeight > 0 else { return 0 }
    let across = (width + band.blockWidth - 1) / band.blockWidth
    let down = (height + band.blockHeight - 1) / band.blockHeight
    let (all, isTooMany) = (across * down).multipliedReportingOverflow(
      by: isPixelInterleaved ? 1 : bands.count)
    return isTooMany ? Int.max / 1024 : all
  }
}

/// What a raster file says of one band.
public struct BandInfo: Hashable, Sendable {
  public var type: SampleType
  /// The number that stands for "no data", in stored units; nil when the file names none.
  public var nodata: Double?
  /// value = stored × scale + offset; nil when the file says nothing.
  public var scale: Double?
  public var offset: Double?
  /// Size in pixels of the pieces in which the file is stored, the unit of efficient reading.
  public var blockWidth: Int
  public var blockHeight: Int
  /// "DEFLATE", "LZW", …; nil when stored plainly.
  public var compression: String?
  /// The reduced copies the file holds, as GDAL numbers them.
  public var overviews: [Overview] = []

  /// A reduced copy of a band.
  public struct Overview: Hashable, Sendable {
    public var width: Int
    public var height: Int

    public init(width: Int, height: Int) {
      self.width = width
      self.height = height
    }
  }
}

extension RasterInfo {
  /// Reads the description of an open dataset.
  init(_ dataset: GDALDatasetH, path: String) throws(GDALError) {
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
      guard let type = SampleType(band: band) else {
        let name = GDALGetDataTypeName(GDALGetRasterDataType(band)).map { String(cString: $0) } ?? "?"
        throw GDALError(
          .open,
          file: path,
          band: number,
          message: "samples of type \(name) are not supported",
          advice: "convert the file to an integer type of up to 32 bits or to a floating-point type"
        )
      }
      bands.append(BandInfo(band, type: type, compression: compression))
    }
    overviewResampling = GDALGetMetadataItem(dataset, "OVERVIEW_RESAMPLING", "IMAGE_STRUCTURE")
      .map { String(cString: $0) }
    isPixelInterleaved =
      count > 1
      && GDALGetMetadataItem(dataset, "INTERLEAVE", "IMAGE_STRUCTURE").map { String(cString: $0) } == "PIXEL"
    grid = Grid(dataset, width: width, height: height)
  }
}

extension BandInfo {
  fileprivate init(_ band: GDALRasterBandH, type: SampleType, compression: String?) {
    func number(_ get: (UnsafeMutablePointer<Int32>) -> Double) -> Double? {
      var isKnown: Int32 = 0
      let value = get(&isKnown)
      return isKnown != 0 ? value : nil
    }
    self.type = type
    nodata = number { GDALGetRasterNoDataValue(band, $0) }
    scale = number { GDALGetRasterScale(band, $0) }
    offset = number { GDALGetRasterOffset(band, $0) }
    var width: Int32 = 0
    var height: Int32 = 0
    GDALGetBlockSize(band, &width, &height)
    blockWidth = Int(width)
    blockHeight = Int(height)
    self.compression = compression
    overviews = (0..<max(0, GDALGetOverviewCount(band))).compactMap { level in
      GDALGetOverview(band, level).map {
        Overview(width: Int(GDALGetRasterBandXSize($0)), height: Int(GDALGetRasterBandYSize($0)))
      }
    }
  }
}

extension Grid {
  fileprivate init?(_ dataset: GDALDatasetH, width: Int, height: Int) {
    var numbers = [Double](repeating: 0, count: 6)
    guard GDALGetGeoTransform(dataset, &numbers) == CE_None, let system = GDALGetSpatialRef(dataset),
      let crs = CoordinateReference(system)
    else { return nil }
    self.init(crs: crs, transform: AffineTransform(gdal: numbers), width: width, height: height)
  }
}
