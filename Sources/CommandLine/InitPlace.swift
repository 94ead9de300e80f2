internal import JSON
internal import Pipeline
internal import Storage

/// The area given to `apus init`, by flags or answers.
struct InitPlace {
  let bbox: String?
  let around: String?
  let radius: Double?
  let geometry: String?

  /// - Parameter isNativeAllowed: whether no area at all means all scenes' extent.
  func read(isNativeAllowed: Bool, asks: Bool) throws -> StarterConfig.Place {
    guard [bbox, around, geometry].compactMap({ $0 }).count < 2 else {
      throw refusal("--bbox, --around and --geometry are different ways to say the area: give one")
    }
    if radius != nil, around == nil { throw refusal("--radius belongs to --around") }
    if let bbox { return try bounds(bbox) }
    if let around { return try point(around, radius) }
    if let geometry { return try file(geometry) }
    guard asks else {
      if isNativeAllowed { return .native }
      throw refusal(
        "give the area: --bbox W,S,E,N in degrees, --around LON,LAT --radius METRES, or --geometry FILE")
    }
    return try Question.untilAccepted { try answer(isNativeAllowed: isNativeAllowed) }
  }

  /// Asks for the area.
  private func answer(isNativeAllowed: Bool) throws -> StarterConfig.Place {
    let hint = isNativeAllowed ? "; empty for all there is" : ""
    let answer = try Question.ask(
      "Area: west,south,east,north in degrees, or longitude,latitude,metres, or a GeoJSON file\(hint)",
      default: "")
    if answer.isEmpty, isNativeAllowed { return .native }
    let numbers = InitPlace.numbers(answer)
    if numbers?.count == 4 { return try bounds(answer) }
    if let numbers, numbers.count == 3 { return try point("\(numbers[0]),\(numbers[1])", numbers[2]) }
    guard numbers == nil, !answer.isEmpty else {
      throw refusal(
        "expected four numbers of an area, three of a point with metres to each side, or the name of a file, found "
          + "\"\(answer)\"")
    }
    return try file(answer)
  }

  private func bounds(_ text: String) throws -> StarterConfig.Place {
    guard let ends = InitPlace.numbers(text), ends.count == 4 else {
      throw refusal("expected west,south,east,north in degrees, found \"\(text)\"")
    }
    try InitPlace.check(longitudes: [ends[0], ends[2]], latitudes: [ends[1], ends[3]])
    guard ends[1] < ends[3], ends[0] != ends[2] else {
      let isReversed = ends[1] > ends[3] && ends[0] != ends[2]
      let words = [ends[0], min(ends[1], ends[3]), ends[2], max(ends[1], ends[3])].map(InitPlace.text)
      throw refusal(
        "the area has no extent: south, \(InitPlace.text(ends[1])), must be less than north, "
          + "\(InitPlace.text(ends[3])), and west other than east; "
          + (isReversed
            ? "did you mean --bbox \(words.joined(separator: ","))?" : "for a point there is --around"))
    }
    return .bounds(ends)
  }

  /// Refuses what is no place in degrees.
  private static func check(longitudes: [Double], latitudes: [Double]) throws {
    if let wrong = latitudes.first(where: { abs($0) > 90 }) {
      let areSwapped = latitudes.allSatisfy { abs($0) <= 360 } && longitudes.allSatisfy { abs($0) <= 90 }
      throw refusal(
        "\(text(wrong)) is no latitude in degrees: longitude comes first, and "
          + (areSwapped
            ? "latitude second: are they swapped?" : "metres have to be converted"))
    }
    if let wrong = longitudes.first(where: { abs($0) > 360 }) {
      throw refusal("\(text(wrong)) is no longitude in degrees: metres have to be converted")
    }
  }

  /// A number as a person writes it.
  private static func text(_ number: Double) -> String {
    Int(exactly: number).map(String.init) ?? "\(number)"
  }

  private func point(_ text: String, _ radius: Double?) throws -> StarterConfig.Place {
    guard let place = InitPlace.numbers(text), place.count == 2 else {
      throw refusal("expected longitude,latitude in degrees, found \"\(text)\"")
    }
    guard let radius, radius > 0, radius.isFinite else {
      throw refusal("--around needs --radius in metres, above 0")
    }
    try InitPlace.check(longitudes: [place[0]], latitudes: [place[1]])
    return .around(longitude: place[0], latitude: place[1], radius: radius)
  }

  private func file(_ path: String) throws -> StarterConfig.Place {
    let node: JSONValue
    do {
      node = try JSONParser.parse(try LocalFiles.readAll(path)).plain
    } catch {
      throw refusal("\(path) cannot be read as GeoJSON: \(error)")
    }
    var (xs, ys): ([Double], [Double]) = ([], [])
    InitPlace.gather(node, &xs, &ys)
    guard let west = xs.min(), let east = xs.max(), let south = ys.min(), let north = ys.max() else {
      throw refusal("\(path) has no geometry: expected GeoJSON with a polygon")
    }
    guard west >= -180, east <= 180, south >= -90, north <= 90 else {
      throw refusal(
        "\(path): \(InitPlace.text(xs[0])), \(InitPlace.text(ys[0])) are no degrees, which GeoJSON has (RFC 7946); "
          + "ogr2ogr -t_srs EPSG:4326 degrees.geojson \(path) converts it")
    }
    guard west < east, south < north else {
      throw refusal(
        "\(path) has no extent: for a point there is --around \(InitPlace.text(west)),\(InitPlace.text(south)) "
          + "--radius METRES")
    }
    // Cut in two at the antimeridian, as GeoJSON has it.
    if east == 180, west == -180, let first = xs.filter({ $0 > 0 }).min(),
      let last = xs.filter({ $0 < 0 }).max(),
      first < 180 || last > -180, first - last > 180
    {
      return .file(path, bounds: [first, south, last, north])
    }
    return .file(path, bounds: [west, south, east, north])
  }

  /// The corners of every geometry in a GeoJSON document.
  private static func gather(_ node: JSONValue, _ xs: inout [Double], _ ys: inout [Double]) {
    if let array = node.array {
      if let x = array.first?.double, array.count > 1, let y = array[1].double {
        xs.append(x)
        ys.append(y)
      } else {
        for element in array { gather(element, &xs, &ys) }
      }
    } else {
      for key in ["features", "geometries", "geometry", "coordinates"] {
        if let member = node[key] { gather(member, &xs, &ys) }
      }
    }
  }

  private static func numbers(_ text: String) -> [Double]? {
    let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { part in
      Double(part.filter { $0 != " " })
    }
    let numbers = parts.compactMap { $0 }.filter(\.isFinite)
    return numbers.count == parts.count ? numbers : nil
  }
}
