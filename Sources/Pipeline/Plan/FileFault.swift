internal import GDAL
internal import Storage

/// What can be said of a file that GDAL could not open, beyond GDAL's own words.
enum FileFault {
  /// The error, with what to do about it where the file system tells more than GDAL does.
  static func advising(_ error: GDALError, path: String) -> GDALError {
    guard error.advice == nil, !path.hasPrefix("/vsi"), !path.contains("://"), !path.contains(":\"") else {
      return error
    }
    var error = error
    if !LocalFiles.exists(path) {
      error.advice = "the scene's STAC item names it: fetch the file, or correct the item"
    } else if (try? LocalFiles.size(path)) == 0 {
      error.message = "the file is empty"
      error.advice = "fetch it again"
    } else if !LocalFiles.isDirectory(path) {
      error.advice =
        "it may be damaged, incomplete or not yours to read: fetch it again, or check its permissions"
    }
    return error
  }
}
