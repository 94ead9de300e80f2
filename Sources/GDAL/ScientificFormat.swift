internal import CGDAL
internal import Glibc
internal import Storage

/// Files whose formats GDAL reads through libraries that are not thread-safe: netCDF, HDF5 and HDF4.
///
/// They are opened, read and closed under the lock of `ScientificLibraries`; all other files are opened without
/// the drivers of these formats, so that no probing enters the libraries.
public enum ScientificFormat {
  /// GDAL's names of the drivers on libnetcdf, libhdf5 and libhdf4.
  static let drivers: Set<String> = [
    "netCDF", "GMT", "HDF5", "HDF5Image", "BAG", "KEA", "HDF4", "HDF4Image", "S102", "S104", "S111",
  ]

  private static let extensions: Set<String> = [
    "nc", "nc4", "cdf", "h5", "hdf5", "he5", "hdf", "hdf4", "he4", "bag", "kea",
  ]

  /// What the names of the parts of such files begin with: `NETCDF:"file.nc":ndvi`.
  private static let prefixes = ["netcdf:", "hdf5:", "bag:", "hdf4:", "hdf4_sds:", "hdf4_eos:", "hdf4_gr:"]

  /// Whether a file may hold several named variables, as its name tells; false for names of single variables.
  public static func mayHoldVariables(_ location: String) -> Bool {
    let ending = fileExtension(of: location)
    return !location.hasSuffix("\"") && (extensions.contains(ending) || ending == "zarr")
  }

  /// A part of a file on a server (`NETCDF:"https://…/file.nc":ndvi`) as the file and the part's name; nil for all
  /// other locations.
  public static func remotePart(_ location: String) -> (file: String, part: String)? {
    let pieces = location.split(separator: "\"", maxSplits: 2, omittingEmptySubsequences: false)
    guard pieces.count == 3, prefixes.contains(pieces[0].lowercased()), pieces[2].hasPrefix(":"),
      VirtualPath.isRemote(String(pieces[1]))
    else { return nil }
    return (String(pieces[1]), String(pieces[2].dropFirst()))
  }

  /// Whether a location names no file that could be copied whole: a virtual raster, which is made from other files, or
  /// a part of a file on local disk.
  public static func isMade(_ location: String) -> Bool {
    fileExtension(of: location) == "vrt" || location.hasPrefix("<")
      || (!VirtualPath.isRemote(location) && location.range(ofText: ":\"") != nil)
  }

  /// Why a file on a server cannot be read or copied at all, with what to do; nil when it may be.
  static func refusal(ofRemote location: String) -> GDALError? {
    guard fileExtension(of: location) == "zarr" else { return nil }
    return GDALError(
      .open, file: location,
      message: "a Zarr store is a folder of many files, and is read from local disk only",
      advice: "bring it here with the tools of its server, and name the folder in the STAC item")
  }

  /// What to do where GDAL cannot open a file on a server.
  static let remoteAdvice =
    "its library may need it on local disk, as HDF4 does, and netCDF where the system forbids userfaultfd: use "
    + "\"mode\": \"copy\""

  /// Whether opening and reading a file may enter one of the libraries.
  ///
  /// - Parameter name: a path, a `/vsi…` name, or the name of a part of a file.
  static func needsLock(_ name: String) -> Bool {
    let lowered = name.lowercased()
    if prefixes.contains(where: { lowered.hasPrefix($0) }) { return true }
    let ending = fileExtension(of: name)
    if extensions.contains(ending) { return true }
    // A virtual raster is read through the files it names.
    if ending == "vrt" || lowered.hasPrefix("<vrtdataset") { return mentionsScientificFiles(name) }
    return !name.hasPrefix("/vsi") && hasSignature(name)
  }

  /// The file of a name, which may be that of a part: `NETCDF:"file.nc":ndvi`.
  static func file(of name: String) -> String {
    guard prefixes.contains(where: { name.lowercased().hasPrefix($0) }) else { return name }
    let parts = name.split(separator: "\"", omittingEmptySubsequences: false)
    return parts.count > 2 ? String(parts[1]) : name
  }

  /// Runs calls of GDAL on a file, under the libraries' lock where it is of such a format.
  static func exclusively<Result, Failure: Error>(
    if isLocked: Bool, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try ScientificLibraries.exclusively(if: isLocked) { () throws(Failure) in
      // HDF5 writes its errors to the terminal, besides returning them, until each thread tells it not to.
      if isLocked { _ = silence?(0, nil, nil) }
      return try body()
    }
  }

  private typealias SetAuto =
    @convention(c) (Int64, UnsafeMutableRawPointer?, UnsafeMutableRawPointer?) -> Int32

  /// `H5Eset_auto2` of the library that GDAL brings along; nil where it brings none.
  private static let silence: SetAuto? = dlsym(nil, "H5Eset_auto2").map {
    unsafeBitCast($0, to: SetAuto.self)
  }

  /// The drivers an ordinary file may be opened with, for `GDALOpenEx`; after the drivers are registered.
  static var ordinaryDrivers: UnsafePointer<UnsafePointer<CChar>?>? { list.words }

  private static let list = DriverList { !drivers.contains($0) }

  private static func fileExtension(of name: String) -> String {
    // Bytes: a plan asks for the endings of thousands of names.
    let slash = UInt8(ascii: "/")
    let isAddress = name.utf8.first == slash ? name.hasPrefix("/vsi") : name.range(ofText: "://") != nil
    var path = name.utf8[...]
    if isAddress, let query = path.firstIndex(of: UInt8(ascii: "?")) { path = path[..<query] }
    while path.last == slash { path.removeLast() }
    if let last = path.lastIndex(of: slash) { path = path[path.index(after: last)...] }
    guard let dot = path.lastIndex(of: UInt8(ascii: ".")) else { return "" }
    return name[path.index(after: dot)..<path.endIndex].lowercased()
  }

  /// Whether a local file begins as netCDF, HDF5 and HDF4 files do.
  private static func hasSignature(_ path: String) -> Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 8)
    guard read(descriptor, &bytes, 8) == 8 else { return false }
    let signatures: [[UInt8]] = [
      [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A], [0x43, 0x44, 0x46, 1], [0x43, 0x44, 0x46, 2],
      [0x43, 0x44, 0x46, 5], [0x0E, 0x03, 0x13, 0x01],
    ]
    return signatures.contains { bytes.starts(with: $0) }
  }

  /// Whether a raster is a virtual one that names files on servers, of which no side-car files are asked for.
  static func readsServers(_ name: String) -> Bool {
    guard fileExtension(of: name) == "vrt" || name.lowercased().hasPrefix("<vrtdataset") else { return false }
    return mentions(
      ["/vsicurl", "/vsis3", "/vsigs", "/vsiaz", "/vsiadls", "/vsioss", "/vsiswift", ">http"],
      inVirtualRaster: name)
  }

  /// Whether the text of a virtual raster names such files, or other virtual rasters that might.
  private static func mentionsScientificFiles(_ name: String) -> Bool {
    mentions(prefixes + extensions.map { ".\($0)" } + [".vrt"], inVirtualRaster: name)
  }

  /// Whether the text of a virtual raster has any of some words; true where it cannot be read.
  private static func mentions(_ words: [String], inVirtualRaster name: String) -> Bool {
    var text = name
    if !name.hasPrefix("<") {
      guard let file = VSIFOpenL(name, "rb") else { return true }
      defer { VSIFCloseL(file) }
      var bytes = [UInt8](repeating: 0, count: 4 << 20)
      let count = VSIFReadL(&bytes, 1, bytes.count, file)
      guard count < bytes.count else { return true }
      text = String(decoding: bytes[..<count], as: UTF8.self)
    }
    let lowered = text.lowercased()
    return words.contains { lowered.range(ofText: $0) != nil }
  }
}
