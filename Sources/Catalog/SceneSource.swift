/// Anything that can be searched for scenes: a static catalogue, a STAC API.
public protocol SceneSource: Sendable {
  /// The scenes that match, each once, in order of their moments and ids.
  func scenes(matching search: SceneSearch) async throws(CatalogError) -> SearchResult
}
