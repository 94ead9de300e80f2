import Geo
import JSON

/// Geometries of every kind, as filters name them.
extension GeoJSONGeometry {
  /// A geometry as polygons: a point is one of a single position, a line one of two positions a segment. `{"bbox": …}`
  /// is a box.
  static func shapes(_ node: JSONNode) throws(Failure) -> [LonLatPolygon] {
    if let box = node["bbox"], node["type"] == nil {
      let numbers = box.array?.compactMap(\.double) ?? []
      guard numbers.count == 4 || numbers.count == 6, numbers.count == box.array?.count else {
        throw Failure(
          message: "a \"bbox\" is 4 (or 6) numbers: west, south, east, north", position: box.position)
      }
      let bounds = BoundingBox(
        minX: numbers[0], minY: numbers[1], maxX: numbers[numbers.count / 2],
        maxY: numbers[numbers.count / 2 + 1])
      guard bounds.minY <= bounds.maxY, abs(bounds.minY) <= 90, abs(bounds.maxY) <= 90 else {
        throw Failure(
          message: "this is no box of longitudes and latitudes in degrees", position: box.position)
      }
      return [LonLatPolygon(bounds)]
    }
    switch node["type"]?.string {
    case "Point": return [LonLatPolygon(exterior: [try position(node["coordinates"], node)])]
    case "MultiPoint": return try positions(node["coordinates"], node).map { LonLatPolygon(exterior: [$0]) }
    case "LineString": return try segments(node["coordinates"], node)
    case "MultiLineString":
      var shapes: [LonLatPolygon] = []
      for line in node["coordinates"]?.array ?? [] { shapes += try segments(line, node) }
      return shapes
    case "GeometryCollection":
      var shapes: [LonLatPolygon] = []
      for part in node["geometries"]?.array ?? [] { shapes += try GeoJSONGeometry.shapes(part) }
      return shapes
    default: return try polygons(node)
    }
  }

  private static func segments(_ line: JSONNode?, _ node: JSONNode) throws(Failure) -> [LonLatPolygon] {
    let points = try positions(line, node)
    guard points.count >= 2 else {
      throw Failure(message: "a line needs two positions", position: node.position)
    }
    return zip(points, points.dropFirst()).map { LonLatPolygon(exterior: [$0, $1]) }
  }

  private static func positions(_ list: JSONNode?, _ node: JSONNode) throws(Failure) -> [LonLat] {
    guard let elements = list?.array else {
      throw Failure(message: "the geometry has no \"coordinates\"", position: node.position)
    }
    var points: [LonLat] = []
    for element in elements { points.append(try position(element, node)) }
    return points
  }

  private static func position(_ element: JSONNode?, _ node: JSONNode) throws(Failure) -> LonLat {
    guard let numbers = element?.array, numbers.count >= 2, let longitude = numbers[0].double,
      let latitude = numbers[1].double, abs(longitude) <= 540, abs(latitude) <= 90
    else {
      throw Failure(
        message: "expected a position [longitude, latitude] in degrees",
        position: element?.position ?? node.position)
    }
    return LonLat(longitude: longitude, latitude: latitude)
  }
}
