/// A file that a module's parameter names: a model, a table, measurements. It is read while the config is, so that
/// `validate` finds what is wrong with it, and its digest tells runs with different files apart.
public struct ModuleFile: Sendable {
  /// The path as the config has it.
  public let name: String
  /// The absolute path.
  public let path: String
  public let bytes: [UInt8]
  /// SHA-256 of the bytes, in hexadecimal.
  public let digest: String

  public init(name: String, path: String, bytes: [UInt8], digest: String) {
    self.name = name
    self.path = path
    self.bytes = bytes
    self.digest = digest
  }

  /// What is left of a file once a module has read it.
  public struct Identity: Hashable, Sendable {
    public let name: String
    public let path: String
    public let size: Int
    public let digest: String
  }

  public var identity: Identity { Identity(name: name, path: path, size: bytes.count, digest: digest) }

  /// The name without folders, as files that were made with it say it.
  public var lastName: String { name.split(separator: "/").last.map(String.init) ?? name }

  /// The most bytes that a file of a module may have, unless the module says otherwise.
  public static let sizeLimit = 256 << 20
}

/// How modules get at the files that their parameters name.
public protocol ModuleFiles: Sendable {
  /// Reads a file.
  ///
  /// - Parameters:
  ///   - name: the path as the config has it; relative paths start at the config's folder.
  ///   - limit: the most bytes it may have.
  /// - Throws: when it cannot be read or is larger.
  func read(_ name: String, limit: Int) throws(ModuleFileError) -> ModuleFile

  /// The arrays of a NetCDF file that was read.
  ///
  /// - Throws: when it is no NetCDF file, is damaged, or holds more numbers than `ArrayFile.elementLimit`.
  func arrays(of file: ModuleFile) throws(ModuleFileError) -> ArrayFile

  /// The points and polygons of a file that was read: GeoJSON, GeoPackage, Shapefile.
  ///
  /// - Parameters:
  ///   - file: the file, whose bytes were read.
  ///   - layer: of a file with several; nil for the first.
  /// - Throws: when it is no such file, says no coordinate system, or a polygon crosses itself.
  func features(of file: ModuleFile, layer: String?) throws(ModuleFileError) -> VectorFeatures
}

/// Why a file that a config names cannot be used, in words that name it.
public struct ModuleFileError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String
  /// What to do about it, where that is known.
  public let suggestion: String?

  public init(_ description: String, suggestion: String? = nil) {
    self.description = description
    self.suggestion = suggestion
  }
}
