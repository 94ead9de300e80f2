import Geo

/// Boxes and footprints on both sides of the antimeridian.
extension Scene {
  /// Whether the footprint shares a point with an area.
  ///
  /// A scene whose place the catalogue does not tell may lie anywhere: its files will say.
  public func intersects(_ area: SearchArea) -> Bool {
    guard !footprint.isEmpty else { return true }
    let polygons = area.polygons
    return footprint.contains { part in polygons.contains { part.intersects($0) } }
  }
}
