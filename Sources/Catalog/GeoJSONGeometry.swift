public import JSON

/// Reads the polygons of GeoJSON (RFC 7946) geometries.
public enum GeoJSONGeometry {
  /// What is wrong with a geometry, and where.
  public struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
    public let message: String
    public let position: SourcePosition

    public var description: String { "\(position): \(message)" }
  }

  /// The polygons of a geometry, a feature or a collection of either; a third coordinate is dropped.
  ///
  /// Each comes in one piece, also where it crosses the antimeridian and is not cut there. Latitudes a little beyond 90,
  /// as the edges of global grids have them whose pixels are centred on the poles, become 90.
  ///
  /// - Returns: nothing for null, for empty geometries, and for points and lines.
  /// - Throws: `Failure` for what is no GeoJSON and for positions that are no longitude and latitude.
  public static func polygons(_ node: JSONNode) throws(Failure) -> [LonLatPolygon] {
    if node.isNull { return [] }
    guard let type = node["type"]?.string else {
      throw Failure(message: "a GeoJSON geometry needs a \"type\"", position: node.position)
    }
    switch type {
    case "Polygon": return try polygon(coordinates(of: node)).map { [$0] } ?? []
    case "MultiPolygon":
      var polygons: [LonLatPolygon] = []
      for part in try array(coordinates(of: node)) {
        if let polygon = try polygon(part) { polygons.append(polygon) }
      }
      return polygons
    case "Point", "MultiPoint", "LineString", "MultiLineString": return []
    case "Feature":
      return try node["geometry"].map { (geometry) throws(Failure) in try polygons(geometry) } ?? []
    case "FeatureCollection", "GeometryCollection":
      let key = type == "FeatureCollection" ? "features" : "geometries"
      var found: [LonLatPolygon] = []
      for part in node[key]?.array ?? [] { found += try polygons(part) }
      return found
    default:
      throw Failure(message: "\"\(type)\" is no GeoJSON geometry type", position: node.position)
    }
  }

  private static func coordinates(of node: JSONNode) throws(Failure) -> JSONNode {
    guard let coordinates = node["coordinates"] else {
      throw Failure(message: "the geometry has no \"coordinates\"", position: node.position)
    }
    return coordinates
  }

  private static func array(_ node: JSONNode) throws(Failure) -> [JSONNode] {
    guard let elements = node.array else {
      throw Failure(
        message: "expected an array of coordinates, found \(node.kindName)",
        position: node.position
      )
    }
    return elements
  }

  private static func polygon(_ node: JSONNode) throws(Failure) -> LonLatPolygon? {
    var rings: [[LonLat]] = []
    for ringNode in try array(node) {
      var ring: [LonLat] = []
      for position in try array(ringNode) { ring.append(try lonLat(position)) }
      if ring.count > 1, ring.first == ring.last { ring.removeLast() }
      guard ring.count >= 3 else {
        throw Failure(
          message: "a ring of a polygon needs three different positions at least",
          position: ringNode.position
        )
      }
      rings.append(ring)
    }
    return rings.first.map { LonLatPolygon(exterior: $0, holes: Array(rings.dropFirst())).inOnePiece }
  }

  private static func lonLat(_ node: JSONNode) throws(Failure) -> LonLat {
    guard let numbers = node.array, numbers.count >= 2, let longitude = numbers[0].double,
      let latitude = numbers[1].double
    else {
      throw Failure(message: "expected a position [longitude, latitude]", position: node.position)
    }
    guard abs(longitude) <= 540, abs(latitude) <= highestLatitude else {
      throw Failure(
        message: "[\(longitude), \(latitude)] is no longitude and latitude in degrees",
        position: node.position
      )
    }
    return LonLat(longitude: longitude, latitude: min(max(latitude, -90), 90))
  }

  /// Half a pixel of the coarsest global grids beyond the pole; metres of a projected system are more.
  static let highestLatitude = 95.0
}
