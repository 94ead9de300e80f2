public import Geo

/// Polygons that cross the antimeridian or hold a pole, and that their writers did not cut there.
extension LonLatPolygon {
  /// The polygon in one piece, its middle within -180…180 degrees.
  ///
  /// An edge that jumps by more than 180 degrees takes the shorter way across the antimeridian, as RFC 7946 cuts
  /// polygons and as the Python package antimeridian has it. A ring that goes once around the Earth that way holds the
  /// pole of its hemisphere. What is as wide as the Earth either way (a global grid's box) stays as it is written.
  var inOnePiece: LonLatPolygon {
    guard let outline = LonLatPolygon.inOnePiece(exterior) else { return centred }
    // A hole lies where its polygon does.
    let middle = LonLatPolygon.middle(outline)
    let inner = holes.map { hole in
      let ring = LonLatPolygon.inOnePiece(hole) ?? hole
      let turn = ((middle - LonLatPolygon.middle(ring)) / 360).rounded() * 360
      return ring.map { LonLat(longitude: $0.longitude + turn, latitude: $0.latitude) }
    }
    return LonLatPolygon(exterior: outline, holes: inner).centred
  }

  /// The smallest box around polygons; `minX` is greater than `maxX` where it crosses the antimeridian, and all
  /// longitudes are -180…180 where there is no gap. Nil without polygons.
  public static func bounds(of polygons: [LonLatPolygon]) -> BoundingBox? {
    let boxes = polygons.compactMap(\.bounds)
    guard let first = boxes.first else { return nil }
    var box = boxes.dropFirst().reduce(first) { $0.union($1) }
    let ranges = boxes.map { box in
      let turn = ((box.minX + 180) / 360).rounded(.down) * 360
      return (west: box.minX - turn, east: box.maxX - turn)
    }.sorted { $0.west < $1.west }
    // The widest gap between the parts, on the circle, is what the box leaves out.
    var east = ranges[0].east
    var gap = (width: -Double.infinity, west: ranges[0].west, east: 0.0)
    for range in ranges.dropFirst() {
      if range.west - east > gap.width { gap = (range.west - east, range.west, east + 360) }
      east = max(east, range.east)
    }
    if ranges[0].west + 360 - east >= gap.width { gap = (ranges[0].west + 360 - east, ranges[0].west, east) }
    guard gap.width > 0 else {
      (box.minX, box.maxX) = (-180, 180)
      return box
    }
    (box.minX, box.maxX) = (gap.west, gap.east > 180 ? gap.east - 360 : gap.east)
    return box
  }

  /// The polygon by whole turns to where its middle is within -180…180 degrees.
  private var centred: LonLatPolygon {
    let turn = ((LonLatPolygon.middle(exterior) - 180) / 360).rounded(.up) * 360
    return turn == 0 ? self : mapLongitudes { $0 - turn }
  }

  private static func middle(_ ring: [LonLat]) -> Double {
    guard let west = ring.lazy.map(\.longitude).min(), let east = ring.lazy.map(\.longitude).max() else {
      return 0
    }
    return (west + east) / 2
  }

  // MARK: Rings

  /// A box-shaped ring this much wider on the shorter way, and any ring this wide, is wide as it is written.
  private static let widestCrossing = 120.0
  /// A box from so far south to so far north is a global grid's.
  private static let tallestCrossing = 60.0

  /// A ring without jumps; nil where it has none, or where its jumps are meant.
  private static func inOnePiece(_ ring: [LonLat]) -> [LonLat]? {
    guard ring.count >= 3 else { return nil }
    var walk = Walk(ring, jump: 180)
    if walk.turns != 0, case let other = Walk(ring, jump: 360 - 1e-9), other.jumps < walk.jumps,
      other.turns == 0, other.isWithinHalfTurns
    {
      // Edges along a whole parallel, from -180 to 180: they are meant.
      return nil
    }
    if abs(walk.turns) == 1 {
      walk.closeAroundPole()
      return walk.ring
    }
    guard walk.jumps > 0, walk.turns == 0 else { return nil }
    let (longitudes, latitudes) = (walk.ring.map(\.longitude), walk.ring.map(\.latitude))
    let width = (longitudes.max() ?? 0) - (longitudes.min() ?? 0)
    let height = (latitudes.max() ?? 0) - (latitudes.min() ?? 0)
    let isBox = Set(ring.map(\.longitude)).count == 2 && Set(ring.map(\.latitude)).count == 2
    // A sliver from pole to pole is a global grid whose longitudes end a pixel before they began.
    let isGlobal = width < 1e-9 || isBox && (height >= tallestCrossing || width * 20 < height)
    return isGlobal || width >= widestCrossing ? nil : walk.ring
  }

  /// A ring's positions one after the other, longitudes going on across the antimeridian.
  private struct Walk {
    private(set) var ring: [LonLat] = []
    /// Edges that cross the antimeridian.
    private(set) var jumps = 0
    /// Turns around the Earth, eastwards positive.
    private(set) var turns = 0
    /// Whether no other edge is longer than half a turn.
    private(set) var isWithinHalfTurns = true

    /// - Parameter jump: edges longer than so many degrees go the other way.
    init(_ ring: [LonLat], jump: Double) {
      var shift = 0.0
      for (place, point) in ring.enumerated() {
        if place > 0 { shift += step(ring[place - 1], point, jump) }
        self.ring.append(LonLat(longitude: point.longitude + shift, latitude: point.latitude))
      }
      shift += step(ring[ring.count - 1], ring[0], jump)
      turns = Int((shift / 360).rounded())
    }

    private mutating func step(_ from: LonLat, _ to: LonLat, _ jump: Double) -> Double {
      let length = to.longitude - from.longitude
      guard abs(length) > jump else {
        if abs(length) > 180 + 1e-9, abs(abs(length) - 360) > 1e-9 { isWithinHalfTurns = false }
        return 0
      }
      jumps += 1
      return -(length / 360).rounded() * 360
    }

    /// Leads the ring along the pole of its hemisphere back to where it began.
    mutating func closeAroundPole() {
      let mean = ring.map(\.latitude).reduce(0, +) / Double(ring.count)
      let pole = mean < 0 ? -90.0 : 90
      let first = ring[0]
      let end = first.longitude + Double(turns) * 360
      ring += [
        LonLat(longitude: end, latitude: first.latitude), LonLat(longitude: end, latitude: pole),
        LonLat(longitude: first.longitude, latitude: pole),
      ]
    }
  }
}
