public import Geo

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
