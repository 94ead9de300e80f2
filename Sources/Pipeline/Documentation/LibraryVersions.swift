import GDAL
import NetCDF

/// The libraries that read and write files, with their releases: what `apus --version` prints beside its own.
public enum LibraryVersions {
  /// "GDAL 3.6.2, netCDF 4.9.0, HDF5 1.10.8".
  public static func text() async -> String {
    let (netCDF, hdf5) = await NetCDFThread.run { (NetCDFLibrary.version, NetCDFLibrary.hdf5Version) }
    return "GDAL \(GDALLibrary.version), netCDF \(netCDF), HDF5 \(hdf5)"
  }
}
