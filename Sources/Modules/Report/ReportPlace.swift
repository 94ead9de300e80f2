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
    guard let positions = sequence.positions, let width = sequence.area["width"]?.integer,
      let height = sequence.area["height"]?.integer, width > 0, height > 0
    else { return nil }
    let steps = 12
    func along(_ step: Int, _ length: Int) -> Int { step * (length - 1) / steps }
    var places: [(Int, Int)] = (0..<steps).map { (along($0, width), 0) }
    places += (0..<steps).map { (width - 1, along($0, height)) }
    places += (0..<steps).map { (along(steps - $0, width), height - 1) }
    places += (0..<steps).map { (0, along(steps - $0, height)) }
    let points = places.map { positions.position(column: $0.0, row: $0.1) }
    return points.allSatisfy { $0.longitude.isFinite && $0.latitude.isFinite } ? points : nil
  }

  private func world(_ ring: [Point], _ name: String) -> String {
    let longitude = ring.reduce(0) { $0 + $1.longitude } / Double(ring.count)
    let latitude = ring.reduce(0) { $0 + $1.latitude } / Double(ring.count)
    let east = longitude - 360 * (longitude / 360).rounded()
    let words =
      "\(ShortNumber.text(abs(latitude)))° \(latitude < 0 ? "south" : "north"), "
      + "\(ShortNumber.text(abs(east)))° \(east < 0 ? "west" : "east")"
    let outline = path(ring.map { ($0.longitude - longitude + east, $0.latitude) }, scale: 1, origin: (0, 0))
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
    let middle = ring[0].longitude
    let outlines = ReportMaps.spread(sequence.scenes.filter { $0.outline.count > 2 }, 150).map { scene in
      scene.outline.filter { $0.count > 1 }.map { corner -> Point in
        (corner[0] - 360 * ((corner[0] - middle) / 360).rounded(), corner[1])
      }
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
