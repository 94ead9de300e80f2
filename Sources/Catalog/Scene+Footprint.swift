import Geo

/// Boxes and footprints on both sides of the antimeridian.
extension Scene {
  /// Whether the footprint shares a point with an area.
  public func intersects(_ area: SearchArea) -> Bool {
    let polygons = area.polygons
    return footprint.contains { part in polygons.contains { part.intersects($0) } }
  }

  /// The box around polygons; `minX` is greater than `maxX` where they lie on both sides of the antimeridian, cut
  /// there as RFC 7946 asks.
  static func bounds(_ polygons: [LonLatPolygon]) -> BoundingBox? {
    let boxes = polygons.compactMap(\.bounds)
    guard let first = boxes.first else { return nil }
    var box = boxes.dropFirst().reduce(first) { $0.union($1) }
    let west = boxes.filter { $0.maxX <= 0 }
    let east = boxes.filter { $0.minX >= 0 }
    if box.maxX >= 180, box.minX <= -180, west.count + east.count == boxes.count,
      let minX = east.map(\.minX).min(), let maxX = west.map(\.maxX).max()
    {
      box.minX = minX
      box.maxX = maxX
    }
    return box
  }

  /// The footprint, each part in one piece: in a box that crosses the antimeridian western longitudes count on
  /// beyond 180. The box stands for a missing polygon.
  static func unwrapped(_ polygons: [LonLatPolygon], in box: BoundingBox) -> [LonLatPolygon] {
    guard !polygons.isEmpty else { return [LonLatPolygon(box)] }
    guard box.minX > box.maxX else { return polygons }
    return polygons.map { polygon in polygon.mapLongitudes { $0 < 0 ? $0 + 360 : $0 } }
  }
}
