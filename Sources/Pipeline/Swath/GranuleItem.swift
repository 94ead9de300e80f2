internal import Geo
internal import Granules
internal import JSON
internal import NetCDF
internal import Storage
internal import Swath

/// A granule as a STAC item: what the search, the plan and `scenes.json` know of it.
struct GranuleItem {
  let opened: OpenGranules.Opened
  let id: String
  /// The bands of the sequence, with the names that the granule may call them.
  let bands: [(name: String, variables: [String])]
  /// What an item that the granule was found by says of itself; nil where there is none.
  var properties: JSONObject?
  var collection: String?
  /// Where the file came from, if it was on a server, with which keys, and what tells whether a copy is right.
  var source: (location: String, keys: String?, expectation: FileExpectation)?

  /// The property that tells an item made from a granule.
  static let key = "apus:swath"

  /// The member of an asset that says in which type its numbers are stored.
  static let typeKey = "apus:type"
  /// Types of which planes of samples do not hold every number as bits.
  static let typesBeyondSamples: Set<String> = ["int64", "uint64", "float32", "float64"]
  /// Bytes of a number of a type.
  static func size(ofType name: String) -> Int {
    StoredType(rawValue: name)?.size ?? 4
  }

  /// Degrees that a metre on the sphere is.
  static let degreesPerMetre = 180 / (Double.pi * Sphere.radius)

  /// The item; nil where the granule does not say when it was observed, or has no valid navigation.
  func feature(start: Instant, end: Instant?) -> JSONValue? {
    let footprint = SwathFootprint(opened.survey)
    guard let box = footprint.box else { return nil }
    let granule = opened.granule
    var properties = self.properties ?? JSONObject()
    properties["datetime"] = .string(start.description)
    properties["start_datetime"] = .string(start.description)
    if let end { properties["end_datetime"] = .string(end.description) }
    for (name, attribute) in [("platform", "platform"), ("processing:level", "processing_level")] {
      if properties[name] == nil, let text = granule.attribute(attribute)?.text {
        properties[name] = .string(text)
      }
    }
    properties[GranuleItem.key] = [
      "lines": .integer(granule.lines), "columns": .integer(granule.columns),
      "spacing": .number(opened.survey.spacing),
      "longitude": .string(granule.navigation.longitude.path),
      "latitude": .string(granule.navigation.latitude.path),
      "navigation": .string(granule.navigation.rule),
      "time": .string(granule.timeSource ?? "the catalogue"),
    ]
    if let source { properties[GranuleFetch.key] = .string(Secrets.removed(from: source.location)) }
    if let keys = source?.keys { properties[GranuleFetch.keysKey] = .string(Secrets.removed(from: keys)) }
    let grid = footprint.grid(box)
    properties["proj:code"] = "EPSG:4326"
    properties["proj:shape"] = [.integer(grid.height), .integer(grid.width)]
    properties["proj:transform"] = .array(
      [grid.degrees, 0, grid.west, 0, -grid.degrees, grid.north].map { .number($0) })
    var item: JSONValue = [
      "type": "Feature", "stac_version": "1.0.0", "id": .string(id), "geometry": footprint.geometry,
      "bbox": .array(
        [box.west, box.south, box.east > 180 ? box.east - 360 : box.east, box.north].map { .number($0) }),
      "links": [], "properties": .object(properties), "assets": .object(assets),
    ]
    if let collection { item["collection"] = .string(collection) }
    return item
  }

  private var assets: JSONObject {
    var assets = JSONObject()
    for (name, variables) in bands {
      guard let (band, _) = try? opened.band(variables) else { continue }
      assets[name] = asset(of: band.variable, band.numbers, place: band.place)
    }
    for variable in opened.granule.variables where assets[variable.name] == nil {
      assets[variable.name] = asset(of: variable, StoredNumbers(variable), place: nil)
    }
    return assets
  }

  private func asset(of variable: GroupedVariable, _ numbers: StoredNumbers, place: String?) -> JSONValue {
    var asset = Granule.flags(of: variable) ?? JSONObject()
    asset["href"] = .string(opened.granule.path)
    asset["type"] = "application/x-netcdf"
    asset["roles"] = ["data"]
    asset["apus:variable"] = .string(variable.path)
    asset[Self.typeKey] = .string(numbers.type.rawValue)
    if let fault = Granule.flagFault(of: variable) { asset["apus:flag_fault"] = .string(fault) }
    if let size = source?.expectation.size { asset["file:size"] = .integer(size) }
    if let checksum = source?.expectation.checksum { asset["file:checksum"] = .string(checksum) }
    if let place { asset["apus:place"] = .string(place) }
    for (key, attribute) in [
      ("title", "long_name"), ("apus:units", "units"), ("apus:standard_name", "standard_name"),
    ] {
      if let text = variable.attribute(attribute)?.text, !text.isEmpty { asset[key] = .string(text) }
    }
    for (key, number) in [("apus:scale", numbers.scale), ("apus:offset", numbers.offset)] {
      if let number { asset[key] = .number(number) }
    }
    if let fault = numbers.rangeFault { asset["apus:valid_range_ignored"] = .string(fault) }
    return .object(asset)
  }
}

/// Where a swath lies, from its own navigation: attributes of granules that say so are often wrong.
struct SwathFootprint {
  /// Boxes of parts of the swath: west below -180 or east above 180 across the antimeridian.
  private let boxes: [(west: Double, south: Double, east: Double, north: Double)]
  private let spacing: Double

  /// Rows and columns of blocks that share a box.
  private static let blocks = 3

  init(_ survey: SwathSurvey) {
    spacing = max(survey.spacing, 1) * GranuleItem.degreesPerMetre
    let reach = survey.largestReach / Sphere.radius
    var boxes: [(west: Double, south: Double, east: Double, north: Double)] = []
    for row in stride(from: 0, to: survey.blockRows, by: Self.blocks) {
      for column in stride(from: 0, to: survey.blockColumns, by: Self.blocks) {
        var whole: (west: Double, south: Double, east: Double, north: Double)?
        for r in row..<min(row + Self.blocks, survey.blockRows) {
          for c in column..<min(column + Self.blocks, survey.blockColumns) {
            guard let cap = survey.caps[r * survey.blockColumns + c] else { continue }
            var box = SphericalCap(x: cap.x, y: cap.y, z: cap.z, angle: cap.angle + reach).box
            guard let present = whole else {
              whole = box
              continue
            }
            // On the turn of the first.
            let turn = ((present.west + present.east - box.west - box.east) / 720).rounded() * 360
            (box.west, box.east) = (box.west + turn, box.east + turn)
            whole = (
              min(present.west, box.west), min(present.south, box.south), max(present.east, box.east),
              max(present.north, box.north)
            )
          }
        }
        if let whole {
          boxes.append(whole.east - whole.west >= 360 ? (-180, whole.south, 180, whole.north) : whole)
        }
      }
    }
    self.boxes = boxes
  }

  /// The smallest box around all, its west from -180 to 180 and its east beyond 180 where it crosses the antimeridian;
  /// nil without navigation.
  var box: (west: Double, south: Double, east: Double, north: Double)? {
    guard let first = boxes.first else { return nil }
    let south = boxes.reduce(first.south) { min($0, $1.south) }
    let north = boxes.reduce(first.north) { max($0, $1.north) }
    // The arcs, from the first on, and the widest gap between them.
    let arcs = boxes.map { box -> (west: Double, east: Double) in
      let turn = ((box.west + 180) / 360).rounded(.down) * 360
      return (box.west - turn, box.east - turn)
    }.sorted { $0.west < $1.west }
    var (end, gap, start) = (arcs[0].east, 0.0, arcs[0].west)
    for arc in arcs.dropFirst() {
      if arc.west - end > gap { (gap, start) = (arc.west - end, arc.west) }
      end = max(end, arc.east)
    }
    if arcs[0].west + 360 - end >= gap { (gap, start) = (arcs[0].west + 360 - end, arcs[0].west) }
    guard gap > 0 else { return (-180, south, 180, north) }
    return (start, south, start + 360 - gap, north)
  }

  /// The boxes as a MultiPolygon, cut at the antimeridian.
  var geometry: JSONValue {
    var polygons: [JSONValue] = []
    func add(_ west: Double, _ south: Double, _ east: Double, _ north: Double) {
      func point(_ x: Double, _ y: Double) -> JSONValue {
        .array([.number((x * 1e4).rounded() / 1e4), .number((y * 1e4).rounded() / 1e4)])
      }
      let ring: JSONValue = .array([
        point(west, south), point(east, south), point(east, north), point(west, north), point(west, south),
      ])
      polygons.append(.array([ring]))
    }
    for box in boxes {
      let turn = ((box.west + 180) / 360).rounded(.down) * 360
      let (west, east) = (box.west - turn, box.east - turn)
      if east > 180 {
        add(west, box.south, 180, box.north)
        add(-180, box.south, east - 360, box.north)
      } else {
        add(west, box.south, east, box.north)
      }
    }
    return ["type": "MultiPolygon", "coordinates": .array(polygons)]
  }

  /// A grid as fine as the swath's smallest pixels, over its box, on multiples of its resolution.
  func grid(
    _ box: (west: Double, south: Double, east: Double, north: Double)
  ) -> (west: Double, north: Double, degrees: Double, width: Int, height: Int) {
    // Three digits are enough, and read better.
    var unit = 1e-12
    while unit * 1000 <= spacing { unit *= 10 }
    let degrees = max((spacing / unit).rounded(.down), 1) * unit
    let (west, north) = (
      (box.west / degrees).rounded(.down) * degrees, (box.north / degrees).rounded(.up) * degrees
    )
    return (
      west, north, degrees, max(1, Int(((box.east - west) / degrees).rounded(.up))),
      max(1, Int(((north - box.south) / degrees).rounded(.up)))
    )
  }
}
