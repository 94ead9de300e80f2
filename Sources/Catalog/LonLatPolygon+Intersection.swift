import Geo

/// Whether polygons share a point.
extension LonLatPolygon {
  /// Whether two polygons share any point, edges included, wherever either is cut at the antimeridian.
  public func intersects(_ other: LonLatPolygon) -> Bool {
    [0.0, 360, -360].contains { shift in
      meets(shift == 0 ? other : other.mapLongitudes { $0 + shift })
    }
  }

  /// The test in the plane: rings that cross, or one polygon inside the other.
  private func meets(_ other: LonLatPolygon) -> Bool {
    guard let bounds, let otherBounds = other.bounds, bounds.intersects(otherBounds) else { return false }
    // Where no rings meet, each ring lies wholly inside or wholly outside the other polygon, so that one
    // position of it tells which.
    return ringsCross(other) || contains(other.exterior[0]) || other.contains(exterior[0])
  }

  /// Whether a position lies in the polygon and in none of its holes; undecided on an edge.
  private func contains(_ point: LonLat) -> Bool {
    LonLatPolygon.isInside(point, exterior) && !holes.contains { LonLatPolygon.isInside(point, $0) }
  }

  /// Counts the edges to the east of the position (even-odd rule).
  private static func isInside(_ point: LonLat, _ ring: [LonLat]) -> Bool {
    var isInside = false
    for (start, end) in edges(ring) where (start.latitude > point.latitude) != (end.latitude > point.latitude)
    {
      let part = (point.latitude - start.latitude) / (end.latitude - start.latitude)
      if point.longitude < start.longitude + part * (end.longitude - start.longitude) { isInside.toggle() }
    }
    return isInside
  }

  private func ringsCross(_ other: LonLatPolygon) -> Bool {
    let otherEdges = ([other.exterior] + other.holes).flatMap(LonLatPolygon.edges)
    for ring in [exterior] + holes {
      for edge in LonLatPolygon.edges(ring)
      where otherEdges.contains(where: { LonLatPolygon.touch(edge, $0) }) {
        return true
      }
    }
    return false
  }

  private typealias Edge = (start: LonLat, end: LonLat)

  private static func edges(_ ring: [LonLat]) -> [Edge] {
    ring.indices.map { (ring[$0], ring[($0 + 1) % ring.count]) }
  }

  /// Whether two segments share a point.
  private static func touch(_ one: Edge, _ two: Edge) -> Bool {
    let a = side(one, two.start)
    let b = side(one, two.end)
    let c = side(two, one.start)
    let d = side(two, one.end)
    if a * b < 0, c * d < 0 { return true }
    return a == 0 && isBetween(two.start, one) || b == 0 && isBetween(two.end, one)
      || c == 0 && isBetween(one.start, two) || d == 0 && isBetween(one.end, two)
  }

  /// -1, 0 or 1: right of the edge, on its line, left of it.
  private static func side(_ edge: Edge, _ point: LonLat) -> Int {
    let cross =
      (edge.end.longitude - edge.start.longitude) * (point.latitude - edge.start.latitude)
      - (edge.end.latitude - edge.start.latitude) * (point.longitude - edge.start.longitude)
    return cross > 0 ? 1 : cross < 0 ? -1 : 0
  }

  /// Whether a position on the edge's line lies between its ends.
  private static func isBetween(_ point: LonLat, _ edge: Edge) -> Bool {
    min(edge.start.longitude, edge.end.longitude) <= point.longitude
      && point.longitude <= max(edge.start.longitude, edge.end.longitude)
      && min(edge.start.latitude, edge.end.latitude) <= point.latitude
      && point.latitude <= max(edge.start.latitude, edge.end.latitude)
  }
}
