import Engine
import Geo
import JSON

/// Where a sequence's grid lies: on a map of the world, and among the outlines of its scenes.
struct ReportPlace {
  let sequence: SequenceReport

  private typealias Point = (longitude: Double, latitude: Double)

  /// Nothing where the grid has no place on the earth.
  var figure: String {
    guard let ring else { return "" }
    let name = HTMLText.escaped(sequence.name)
    return "<figure class=\"place\"><figcaption>Where it lies</figcaption><div class=\"places\">"
      + world(ring, name) + closer(ring, name) + "</div></figure>"
  }

  /// The grid's edge, without a jump at the antimeridian.
  private var ring: [Point]? {
    guard let positions = sequence.positions else { return nil }
    // Of the positions that are kept: what lies between them is no mean where longitudes jump.
    let (all, last, step) = (positions.points, PositionLattice.side - 1, 4)
    let along = Array(stride(from: 0, to: last, by: step))
    var places = along.map { ($0, 0) }
    places += along.map { (last, $0) }
    places += along.map { (last - $0, last) }
    places += along.map { (0, last - $0) }
    var points = places.map { all[$0.1 * PositionLattice.side + $0.0] }
    guard points.allSatisfy({ $0.longitude.isFinite && $0.latitude.isFinite }) else { return nil }
    // Each lies as near to the one before as turns around the earth allow.
    for place in points.indices.dropFirst() {
      let turns = ((points[place].longitude - points[place - 1].longitude) / 360).rounded()
      points[place].longitude -= 360 * turns
    }
    // An edge that goes once around the earth has a pole inside: of longitudes and latitudes that is all up to the pole.
    let closing = points[0].longitude - points[points.count - 1].longitude
    let turns = (closing / 360).rounded()
    guard turns != 0, abs(closing - 360 * turns) < 90 else { return points }
    let isNorth = points.reduce(0) { $0 + $1.latitude } > 0
    let pole = isNorth ? 90.0 : -90
    let end = points[0].longitude - 360 * turns
    return points + [(end, points[0].latitude), (end, pole), (points[0].longitude, pole)]
  }

  /// Outlines on the map of the world, once more beyond its left and its right edge where they cross it.
  private func onWorld(_ ring: [Point]) -> String {
    let (west, east) = (ring.map(\.longitude).min() ?? 0, ring.map(\.longitude).max() ?? 0)
    let first = -((east + 180) / 360).rounded(.down)
    let last = ((180 - west) / 360).rounded(.down)
    guard first <= last else { return "" }
    return stride(from: first, through: last, by: 1).map { turn in
      path(ring.map { ($0.longitude + 360 * turn, $0.latitude) }, scale: 1, origin: (0, 0))
    }.joined()
  }

  private func world(_ ring: [Point], _ name: String) -> String {
    let longitude = ((ring.map(\.longitude).min() ?? 0) + (ring.map(\.longitude).max() ?? 0)) / 2
    let latitude = ((ring.map(\.latitude).min() ?? 0) + (ring.map(\.latitude).max() ?? 0)) / 2
    let east = longitude - 360 * (longitude / 360).rounded()
    let words =
      "\(ShortNumber.text(abs(latitude)))° \(latitude < 0 ? "south" : "north"), "
      + "\(ShortNumber.text(abs(east)))° \(east < 0 ? "west" : "east")"
    let outline = onWorld(ring)
    return """
      <svg viewBox="-180 -90 360 180" width="480" height="240" role="img" aria-label="World map: \(name) lies around \
      \(words)"><rect x="-180" y="-90" width="360" height="180" fill="var(--sea)"/>\
      <path d="\(LandOutline.path)" fill="var(--land)" fill-rule="evenodd"/>\
      <path d="\(outline)" fill="var(--area)" stroke="var(--area)" stroke-width="1"/>\
      <circle cx="\(number(east))" cy="\(number(-latitude))" r="7" fill="none" stroke="var(--area)" stroke-width="2"/></svg>
      """
  }

  /// The grid and the outlines of scenes around it.
  private func closer(_ ring: [Point], _ name: String) -> String {
    let middle = ((ring.map(\.longitude).min() ?? 0) + (ring.map(\.longitude).max() ?? 0)) / 2
    let outlines = ReportMaps.spread(sequence.scenes.filter { $0.outline.count > 2 }, 150).map { scene in
      // A scene as a whole lies as near to the grid as turns around the earth allow, not each of its corners.
      var corners: [Point] = []
      for corner in scene.outline where corner.count > 1 {
        let beside = corners.last?.longitude ?? middle
        corners.append((corner[0] - 360 * ((corner[0] - beside) / 360).rounded(), corner[1]))
      }
      return corners
    }
    let all = ring + outlines.flatMap { $0 }
    let (west, east) = (all.map(\.longitude).min() ?? 0, all.map(\.longitude).max() ?? 1)
    let (south, north) = (all.map(\.latitude).min() ?? 0, all.map(\.latitude).max() ?? 1)
    // Degrees of longitude are narrower than those of latitude.
    let narrow = max(Cosine.ofDegrees((south + north) / 2), 0.05)
    let (width, height) = (max((east - west) * narrow, 1e-6), max(north - south, 1e-6))
    let scale = min(320 / width, 220 / height)
    func placed(_ points: [Point]) -> [Point] { points.map { ($0.longitude * narrow, $0.latitude) } }
    let origin = (west * narrow, north)
    let scenes = outlines.map { path(placed($0), scale: scale, origin: origin) }.joined()
    let grid = path(placed(ring), scale: scale, origin: origin)
    return """
      <svg viewBox="-8 -8 \(number(width * scale + 16)) \(number(height * scale + 16))" width="336" height="236" role="img" \
      aria-label="The grid of \(name) and the outlines of \(outlines.count) scenes">\
      <path d="\(scenes)" fill="none" stroke="var(--soft)" stroke-opacity=".5"/>\
      <path d="\(grid)" fill="var(--area)" fill-opacity=".25" stroke="var(--area)" stroke-width="2"/></svg>
      """
  }

  private func path(_ points: [Point], scale: Double, origin: (Double, Double)) -> String {
    let parts = points.map {
      "\(number(($0.longitude - origin.0) * scale)) \(number((origin.1 - $0.latitude) * scale))"
    }
    return "M" + parts.joined(separator: "L") + "Z"
  }

  private func number(_ value: Double) -> String { ShortNumber.fixed(value, decimals: 2) }
}

/// The cosine without a library of C.
private enum Cosine {
  static func ofDegrees(_ degrees: Double) -> Double {
    let x = degrees * .pi / 180
    let square = x * x
    // To 1e-6 up to a right angle.
    return 1 - square / 2 * (1 - square / 12 * (1 - square / 30 * (1 - square / 56 * (1 - square / 90))))
  }
}
