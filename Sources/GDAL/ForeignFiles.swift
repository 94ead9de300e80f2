internal import CGDAL
internal import Network

/// Rasters whose content comes from a server: they are opened with drivers that read the file itself and nothing else.
///
/// Some of GDAL's formats are instructions: a virtual raster, or the description of a web service, names other files
/// and addresses, whatever the name of the file is. Written by somebody else, they would be carried out with the
/// rights of whoever runs Apus.
enum ForeignFiles {
  /// The drivers that read one file, by GDAL's names: those without links to others, in any version of the format.
  private static let selfContained: Set<String> = [
    "GTiff", "COG", "JP2OpenJPEG", "JP2KAK", "JP2ECW", "JP2MrSID", "JPEG2000", "JPEG", "PNG", "WEBP", "BMP",
    "GIF",
    "JPEGXL", "GRIB", "netCDF", "HDF5", "HDF5Image", "HDF4", "HDF4Image", "BAG", "KEA", "ESAT", "AAIGrid",
    "DTED",
    "USGSDEM", "GSAG", "GSBG", "GS7BG", "SIGDEM", "LERC", "NITF", "SRTMHGT",
  ]

  /// The drivers for `GDALOpenEx`.
  ///
  /// - Parameter isLocked: whether those may be among them that use libraries that are not thread-safe.
  static func drivers(isLocked: Bool) -> UnsafePointer<UnsafePointer<CChar>?>? {
    isLocked ? all.words : ordinary.words
  }

  static let advice =
    "of servers' files only rasters that are complete in themselves are read (GeoTIFF, JPEG 2000, netCDF, HDF5, GRIB, "
    + "…), no virtual rasters (VRT) and no descriptions of services"

  /// What a location stands for that came from a catalogue on a server, and is none on a server; nil for all others.
  static func refusal(of location: String) -> GDALError? {
    guard let reference = RemoteReference.refusedReference(in: location) else { return nil }
    return GDALError(
      .open, file: reference, message: RemoteReference.refusalReason, advice: RemoteReference.refusalAdvice)
  }

  /// The error of a file that names another one as its part.
  static func refused(_ path: String, _ part: String) -> GDALError {
    GDALError(.open, file: path, message: "it names \(part) as a part of itself", advice: advice)
  }

  /// What an open file names as its overviews in another file; GDAL would open that with any driver.
  static func overviews(of dataset: GDALDatasetH) -> String? {
    for (item, domain) in [("OVERVIEW_FILE", "OVERVIEWS"), ("FILENAME", "ProxyOverviewRequest")] {
      if let name = GDALGetMetadataItem(dataset, item, domain) { return String(cString: name) }
    }
    return nil
  }

  private static let all = DriverList { selfContained.contains($0) }
  private static let ordinary = DriverList {
    selfContained.contains($0) && !ScientificFormat.drivers.contains($0)
  }
}

/// Names of drivers, as `GDALOpenEx` takes them; they live as long as the process.
struct DriverList: @unchecked Sendable {
  // Unchecked: never written after it was made.
  let words: UnsafePointer<UnsafePointer<CChar>?>?

  /// The registered drivers of some names.
  init(_ isWanted: (String) -> Bool) {
    var words: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    for number in 0..<GDALGetDriverCount() {
      guard let driver = GDALGetDriver(number), let name = GDALGetDriverShortName(driver),
        isWanted(String(cString: name))
      else { continue }
      words = CSLAddString(words, name)
    }
    self.words = words.map { UnsafeRawPointer($0).assumingMemoryBound(to: UnsafePointer<CChar>?.self) }
  }
}
