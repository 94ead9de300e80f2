import GDAL
import Geo
import JSON

/// The outline of a grid in degrees, as STAC items have it.
///
/// Edges are followed, not only corners; an outline across the antimeridian becomes two polygons (RFC 7946, 3.1.9),
/// and one around a pole reaches it.
struct StacFootprint {
  /// GeoJSON; nil when the grid lies beyond what degrees can say.
  let geometry: JSONValue
  /// West, south, east, north; west is the greater across the antimeridian.
  let box: [Double]

  private typealias Point = (x: Double, y: Double)

  init?(_ grid: Grid) {
    guard let ring = StacFootprint.outline(grid) else { return nil }
    let turn = StacFootprint.unwrapped(ring + [ring[0]])
    let ys = ring.map(\.y)
    guard let south = ys.min(), let north = ys.max() else { return nil }
    if let first = turn.first, let last = turn.last, abs(last.x - first.x) > 180 {
      // Once around the earth: the area holds a pole.
      let isNorth = south + north > 0
      box = isNorth ? [-180, south, 180, 90] : [-180, -90, 180, north]
      geometry = StacFootprint.polygon([
        (box[0], box[1]), (box[2], box[1]), (box[2], box[3]), (box[0], box[3]),
      ])
      return
    }
    var open = Array(turn.dropLast())
    guard var west = open.map(\.x).min(), var east = open.map(\.x).max() else { return nil }
    if west < -180 {
      open = open.map { ($0.x + 360, $0.y) }
      (west, east) = (west + 360, east + 360)
    }
    guard east > 180 else {
      box = [west, south, east, north]
      geometry = StacFootprint.polygon(open)
      return
    }
    let left = StacFootprint.clip(open, keepsWest: true)
    let right = StacFootprint.clip(open, keepsWest: false).map { ($0.x - 360, $0.y) }
    box = [west, south, east - 360, north]
    geometry = [
      "type": "MultiPolygon",
      "coordinates": .array(
        [left, right].filter { $0.count > 2 }.map { .array([StacFootprint.coordinates($0)]) }),
    ]
  }

  /// The grid's edge in degrees, counter-clockwise, without the first point again.
  private static func outline(_ grid: Grid) -> [Point]? {
    guard let lonLat = try? SpatialReference.parse("EPSG:4326") else { return nil }
    let steps = 16
    let (width, height) = (Double(grid.width), Double(grid.height))
    var x: [Double] = []
    var y: [Double] = []
    for edge in 0..<4 {
      for step in 0..<steps {
        let part = Double(step) / Double(steps)
        let (column, row): (Double, Double) =
          switch edge {
          case 0: (0, part * height)
          case 1: (part * width, height)
          case 2: (width, (1 - part) * height)
          default: ((1 - part) * width, 0)
          }
        let point = grid.transform.map(column: column, row: row)
        x.append(point.x)
        y.append(point.y)
      }
    }
    guard (try? SpatialReference.transform(x: &x, y: &y, from: grid.crs, to: lonLat)) != nil else {
      return nil
    }
    let points = zip(x, y).map { (x: rounded($0), y: rounded(min(max($1, -90), 90))) }
    var area = 0.0
    let open = unwrapped(points)
    for (place, point) in open.enumerated() {
      let next = open[(place + 1) % open.count]
      area += point.x * next.y - next.x * point.y
    }
    return area < 0 ? points.reversed() : points
  }

  /// Ten centimetres are enough for an outline.
  private static func rounded(_ value: Double) -> Double { (value * 1e6).rounded() / 1e6 }

  /// The points without jumps at the antimeridian.
  private static func unwrapped(_ points: [Point]) -> [Point] {
    var result: [Point] = []
    for point in points {
      var x = point.x
      if let last = result.last { x += 360 * ((last.x - x) / 360).rounded() }
      result.append((x, point.y))
    }
    return result
  }

  /// The part of a polygon on one side of the meridian 180.
  private static func clip(_ points: [Point], keepsWest: Bool) -> [Point] {
    func isKept(_ point: Point) -> Bool { keepsWest ? point.x <= 180 : point.x >= 180 }
    var result: [Point] = []
    for (place, point) in points.enumerated() {
      let next = points[(place + 1) % points.count]
      if isKept(point) { result.append(point) }
      if isKept(point) != isKept(next), next.x != point.x {
        let part = (180 - point.x) / (next.x - point.x)
        result.append((180, rounded(point.y + part * (next.y - point.y))))
      }
    }
    return result
  }

  private static func polygon(_ points: [Point]) -> JSONValue {
    ["type": "Polygon", "coordinates": .array([coordinates(points)])]
  }

  private static func coordinates(_ points: [Point]) -> JSONValue {
    .array((points + points.prefix(1)).map { .array([.number($0.x), .number($0.y)]) })
  }
}
