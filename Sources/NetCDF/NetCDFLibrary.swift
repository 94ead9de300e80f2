internal import CHDF5
internal import CNetCDF

/// The releases of the libraries that are in use, which may differ from those the program was built with.
public enum NetCDFLibrary {
  /// The release of netCDF-C, "4.9.0".
  @NetCDFThread public static var version: String {
    // "4.9.0 of Sep 29 2022 …"
    String(cString: nc_inq_libvers()).split(separator: " ").first.map(String.init) ?? ""
  }

  /// The release of HDF5, "1.10.8"; empty when the library does not tell.
  @NetCDFThread public static var hdf5Version: String {
    var (major, minor, release): (UInt32, UInt32, UInt32) = (0, 0, 0)
    guard H5get_libversion(&major, &minor, &release) >= 0 else { return "" }
    return "\(major).\(minor).\(release)"
  }
}
