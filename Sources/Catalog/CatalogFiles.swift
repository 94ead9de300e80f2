/// Where catalogue files come from: the local disk, or a remote store that plugs in here.
///
/// Locations are absolute paths, or URLs, in the form that `Href.resolve` gives.
public protocol CatalogFiles: Sendable {
  /// What documents may take.
  var limits: CatalogLimits { get }

  /// The whole content of a file.
  ///
  /// - Parameters:
  ///   - location: a path, or a URL of a web server or object store.
  ///   - most: the most bytes it may have.
  /// - Throws: also when it has more.
  func read(_ location: String, most: Int) async throws(CatalogError) -> [UInt8]

  /// The names in a folder, in any order; nil when the location is no folder, or cannot be listed.
  func list(_ location: String) async throws(CatalogError) -> [String]?
}

extension CatalogFiles {
  /// The whole content of a file, as far as it may be that long.
  func read(_ location: String) async throws(CatalogError) -> [UInt8] {
    try await read(location, most: limits.mostBytes)
  }
}
