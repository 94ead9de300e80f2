/// Where catalogue files come from: the local disk, or a remote store that plugs in here.
///
/// Locations are absolute paths, or URLs, in the form that `Href.resolve` gives.
public protocol CatalogFiles: Sendable {
  /// The whole content of a file.
  func read(_ location: String) async throws(CatalogError) -> [UInt8]

  /// The names in a folder, in any order; nil when the location is no folder, or cannot be listed.
  func list(_ location: String) async throws(CatalogError) -> [String]?
}
