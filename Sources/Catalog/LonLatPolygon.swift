public import Geo
public import JSON

/// A position in degrees.
public struct LonLat: Hashable, Sendable {
  public var longitude: Double
  public var latitude: Double

  public init(longitude: Double, latitude: Double) {
    self.longitude = longitude
    self.latitude = latitude
  }
}

/// A polygon in longitude and latitude, with straight edges in the plane of the two, as GeoJSON has it.
///
/// Longitudes may go beyond 180: a polygon across the antimeridian is one piece that way. Rings need not repeat
/// their first position.
public struct LonLatPolygon: Hashable, Sendable {
  public var exterior: [LonLat]
  public var holes: [[LonLat]]

  public init(exterior: [LonLat], holes: [[LonLat]] = []) {
    self.exterior = exterior
    self.holes = holes
  }

  /// A box in degrees; one whose `minX` is greater than its `maxX` crosses the antimeridian.
  public init(_ box: BoundingBox) {
    let east = box.minX > box.maxX ? box.maxX + 360 : box.maxX
    self.init(exterior: [
      LonLat(longitude: box.minX, latitude: box.minY), LonLat(longitude: east, latitude: box.minY),
      LonLat(longitude: east, latitude: box.maxY), LonLat(longitude: box.minX, latitude: box.maxY),
    ])
  }

  /// The smallest box around the exterior ring; nil without positions.
  public var bounds: BoundingBox? {
    guard let first = exterior.first else { return nil }
    var box = BoundingBox(
      minX: first.longitude,
      minY: first.latitude,
      maxX: first.longitude,
      maxY: first.latitude
    )
    for point in exterior.dropFirst() {
      box.minX = min(box.minX, point.longitude)
      box.maxX = max(box.maxX, point.longitude)
      box.minY = min(box.minY, point.latitude)
      box.maxY = max(box.maxY, point.latitude)
    }
    return box
  }

  /// The same polygon with every longitude changed.
  func mapLongitudes(_ change: (Double) -> Double) -> LonLatPolygon {
    func changed(_ ring: [LonLat]) -> [LonLat] {
      ring.map { LonLat(longitude: change($0.longitude), latitude: $0.latitude) }
    }
    return LonLatPolygon(exterior: changed(exterior), holes: holes.map(changed))
  }

  /// The parts of a polygon within -180...180 degrees, moved there by whole turns: RFC 7946 wants geometries cut.
  ///
  /// A concave part may be joined to another by an edge along the cut.
  var cutAtAntimeridian: [LonLatPolygon] {
    guard let bounds, bounds.minX < -180 || bounds.maxX > 180 else { return [self] }
    return [-360.0, 0, 360].compactMap { shift in
      let moved = mapLongitudes { $0 + shift }
      let exterior = LonLatPolygon.clipped(LonLatPolygon.clipped(moved.exterior, -180, 1), 180, -1)
      guard exterior.count >= 3, Set(exterior.map(\.longitude)).count > 1 else { return nil }
      let holes = moved.holes.map { LonLatPolygon.clipped(LonLatPolygon.clipped($0, -180, 1), 180, -1) }
      return LonLatPolygon(exterior: exterior, holes: holes.filter { $0.count >= 3 })
    }
  }

  /// The part of a ring on one side of a meridian (Sutherland and Hodgman): east of it for a side of 1, west for -1.
  private static func clipped(_ ring: [LonLat], _ meridian: Double, _ side: Double) -> [LonLat] {
    var kept: [LonLat] = []
    for (index, point) in ring.enumerated() {
      let next = ring[(index + 1) % ring.count]
      let (here, there) = ((point.longitude - meridian) * side, (next.longitude - meridian) * side)
      if here >= 0 { kept.append(point) }
      if here < 0 && there > 0 || here > 0 && there < 0 {
        let part = here / (here - there)
        kept.append(
          LonLat(longitude: meridian, latitude: point.latitude + part * (next.latitude - point.latitude)))
      }
    }
    return kept
  }

  /// The GeoJSON `coordinates` of the polygon, rings closed.
  public var coordinates: JSONValue {
    .array(
      ([exterior] + holes).map { ring in
        let closed = ring.first == ring.last ? ring : ring + ring.prefix(1)
        return .array(closed.map { .array([.number($0.longitude), .number($0.latitude)]) })
      }
    )
  }
}
