internal import CGDAL

/// The variables of a file that holds several rasters, as GDAL lists them.
struct Subdatasets {
  /// GDAL's names: `NETCDF:"file.nc":ndvi`, `HDF5:"file.h5"://grid/ndvi`.
  private(set) var names: [String] = []

  init(_ dataset: GDALDatasetH) {
    guard let list = GDALGetMetadata(dataset, "SUBDATASETS") else { return }
    var number = 1
    while let name = CSLFetchNameValue(list, "SUBDATASET_\(number)_NAME") {
      names.append(String(cString: name))
      number += 1
    }
  }

  /// The names of the variables alone.
  var variables: [String] { names.map(Self.variable) }

  /// The one that is called by the first of some names that any is called by; nil when none is.
  ///
  /// Exactly, or else but for upper and lower case; by the whole path in the file too ("//grid/ndvi"). A name that
  /// several groups of a file have is nobody's.
  func name(of variables: [String]) -> String? {
    for fold in [{ $0 }, { $0.lowercased() }] as [(String) -> String] {
      for variable in variables {
        let fitting = names.filter {
          fold(Self.variable($0)) == fold(variable) || fold($0).hasSuffix("\":" + fold(variable))
        }
        if let only = fitting.first, fitting.count == 1 { return only }
      }
    }
    return nil
  }

  private static func variable(_ name: String) -> String {
    let last = name.split(whereSeparator: { $0 == ":" || $0 == "/" }).last ?? ""
    return last.filter { $0 != "\"" }
  }
}
