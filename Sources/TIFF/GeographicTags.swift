/// What a GeoTIFF stores of its coordinate system (OGC GeoTIFF 1.1, GeoKeyDirectoryTag, GeoDoubleParamsTag and
/// GeoAsciiParamsTag).
public enum GeographicTags {
  /// The tags' bytes as they are stored, byte order included: rasters with the same bytes have the same system.
  ///
  /// - Parameters:
  ///   - place: of the raster's directory in the file.
  ///   - read: gives bytes from a place on; nil when they are not to be had.
  /// - Returns: nil when the file has no such tags, or they cannot be read.
  public static func bytes(
    directoryAt place: Int, read: (_ offset: Int, _ count: Int) -> [UInt8]?
  ) -> [UInt8]? {
    guard let directory = TIFFDirectory(at: place, isWithBlocks: false, isWithGeography: true, read),
      let bytes = directory.geographicBytes, !bytes.isEmpty
    else { return nil }
    return [directory.isBigEndian ? 1 : 0] + bytes
  }
}
