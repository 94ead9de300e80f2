internal import CGDAL
internal import Geo
internal import Synchronization
internal import TIFF

/// The coordinate systems of GeoTIFFs, each parsed once.
///
/// PROJ takes half a millisecond to parse the tags of one file, and an archive has thousands of files whose tags
/// are the same to the byte.
enum GeoTIFFReferences {
  private static let known = Mutex<[[UInt8]: CoordinateReference]>([:])
  /// More systems than an archive has; beyond it each file is asked for its own.
  private static let mostKnown = 256

  /// The coordinate system of a local file without files beside it that could say another; nil when it has none.
  ///
  /// - Parameter name: GDAL's name of the file.
  static func reference(of dataset: GDALDatasetH, name: String) -> CoordinateReference? {
    func asked() -> CoordinateReference? { GDALGetSpatialRef(dataset).flatMap { CoordinateReference($0) } }
    guard let tags = tags(of: dataset, name: name) else { return asked() }
    if let reference = known.withLock({ $0[tags] }) { return reference }
    CPLErrorReset()
    let reference = asked()
    // What GDAL has to say of tags is to be heard of every file that has them.
    guard let reference, CPLGetLastErrorType() == CE_None else { return reference }
    known.withLock { if $0.count < mostKnown { $0[tags] = reference } }
    return reference
  }

  private static func tags(of dataset: GDALDatasetH, name: String) -> [UInt8]? {
    guard let band = GDALGetRasterBand(dataset, 1),
      let place = GDALGetMetadataItem(band, "IFD_OFFSET", "TIFF").flatMap({ Int(String(cString: $0)) })
    else { return nil }
    let file = RawFile(name: name, path: name, remote: nil)
    return GeographicTags.bytes(directoryAt: place) { (place, count) -> [UInt8]? in
      do throws(GDALError) { return try file.read(at: place, count: count) } catch { return nil }
    }
  }
}
