public import Geo
internal import Raster

/// What a raster file says of itself.
public struct RasterInfo: Hashable, Sendable {
  /// GDAL's short name of the format: "GTiff", "VRT", …
  public var driver: String
  /// The coordinate system; nil when the file names none.
  public var crs: CoordinateReference?
  /// From columns and rows to map coordinates; nil when the file has no geotransform.
  public var transform: AffineTransform?
  /// Columns.
  public var width: Int
  /// Rows.
  public var height: Int
  /// The bands in order; band 1 is the first.
  public var bands: [BandInfo]
  /// How the file says its overviews were made ("NEAREST", "AVERAGE"); nil when it does not.
  public var overviewResampling: String?
  /// The files the raster is made of, itself first: with it come those beside it that change its meaning (a header, a
  /// world file, `.aux.xml`, `.msk`, `.ovr`), and what a virtual raster is made from. Empty for what is no file.
  public var files: [String] = []
  /// Whether each block holds the samples of all bands: whoever reads one band unpacks them all.
  public var isPixelInterleaved = false
}

extension RasterInfo {
  /// Where the pixels lie; nil when the file has no geotransform or no coordinate system.
  public var grid: Grid? { grid(completedBy: nil) }

  /// Where the pixels lie; what the file leaves out is taken from a grid that its catalogue tells.
  public func grid(completedBy known: Grid?) -> Grid? {
    guard let crs = crs ?? known?.crs, let transform = transform ?? known?.transform else { return nil }
    return Grid(crs: crs, transform: transform, width: width, height: height)
  }
}

extension RasterInfo {
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
