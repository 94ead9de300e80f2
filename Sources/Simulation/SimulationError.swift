public import GDAL
public import Storage

/// Why an archive could not be made.
public enum SimulationError: Error, Hashable, Sendable {
  /// What was asked for makes no archive; the text says what and what to ask for instead.
  case unusable(String)
  case raster(GDALError)
  case file(StorageError)
}

extension SimulationError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .unusable(let text): text
    case .raster(let error): error.description
    case .file(let error): "\(error)"
    }
  }
}
