internal import Engine
internal import Geo
internal import JSON

/// The points or polygons of `sample`, and where they lie on a grid.
struct SamplePlaces: Sendable {
  private struct Place: Sendable {
    let id: String
    let properties: [String]
    let feature: VectorFeatures.Feature
  }

  let isPoints: Bool
  let properties: [String]
  private let places: [Place]
  private let source: VectorFeatures
  /// Of points: pixels on each side.
  private let reach: Int

  /// Reads what the config names; nil, with reports, when it is of no use.
  init?(_ arguments: ModuleArguments, in scope: ModuleScope) {
    reach = ((arguments.integer("size") ?? 1) - 1) / 2
    properties = arguments.texts("properties") ?? []
    let key = arguments.node("points") == nil ? "features" : "points"
    guard (arguments.node("features") == nil) != (arguments.node("points") == nil) else {
      scope.report(
        "\"sample\" needs places: either \"features\" or \"points\"", at: "points", of: arguments,
        suggestion: "name a file with \"features\", or list \"points\": [[lon, lat]]")
      return nil
    }
    if key == "points", arguments.node("layer") != nil {
      scope.report(
        "\"layer\" is of a file with \"features\"; \"points\" have none", at: "layer", of: arguments)
    }
    guard let source = SamplePlaces.features(arguments, in: scope) else { return nil }
    self.source = source
    for (place, name) in properties.enumerated() where properties[..<place].contains(name) {
      scope.report("\"\(name)\" is there twice", at: "properties", of: arguments)
    }
    let known = source.attributeNames
    for name in properties + [arguments.text("id")].compactMap({ $0 }) where !known.contains(name) {
      scope.report(
        "the features have no attribute \"\(name)\" (they have: \(known.joined(separator: ", ")))", at: key,
        of: arguments)
    }
    let properties = properties
    // Features with ids keep them, or somebody has to say what they are called instead.
    let id =
      arguments.text("id") ?? (known.contains("id") ? "id" : nil)
      ?? (SamplePlaces.names("name", all: source) ? "name" : nil)
    let nameless = id.flatMap { id in source.features.first { $0.attributes[id] == nil } }
    if let id, let nameless, known.contains(id) {
      scope.report(
        "feature \(nameless.number) has no \"\(id)\", which others have", at: key, of: arguments,
        suggestion: "name an attribute with \"id\" that all have")
      return nil
    }
    places = source.features.map { feature in
      Place(
        id: id.flatMap { feature.attributes[$0] } ?? "\(feature.number)",
        properties: properties.map { feature.attributes[$0] ?? "" }, feature: feature)
    }
    let kinds = Set(source.features.map { if case .points = $0.shape { true } else { false } })
    isPoints = kinds.contains(true)
    if kinds.count != 1 {
      scope.report(
        kinds.isEmpty
          ? "there are no features" : "there are points and polygons: each needs a table of its own",
        at: key, of: arguments)
    }
    if let twice = Dictionary(grouping: places, by: \.id).first(where: { $0.value.count > 1 })?.key {
      scope.report(
        "two features are called \"\(twice)\"", at: key, of: arguments,
        suggestion: "name an attribute with \"id\" that tells them apart")
    }
  }

  /// Whether an attribute gives every feature a name of its own.
  private static func names(_ attribute: String, all source: VectorFeatures) -> Bool {
    let values = source.features.compactMap { $0.attributes[attribute] }
    return values.count == source.features.count && Set(values).count == values.count
  }

  private static func features(_ arguments: ModuleArguments, in scope: ModuleScope) -> VectorFeatures? {
    if let node = arguments.node("features") {
      guard let file = scope.file(at: "features", of: arguments) else { return nil }
      return scope.features(
        of: file, layer: arguments.text("layer"), node: node, path: arguments.path.appending("features"))
    }
    let points = arguments.node("points")?.array ?? []
    var texts: [String] = []
    var names: Set<String> = []
    for (index, node) in points.enumerated() {
      func report(_ message: String, suggestion: String? = nil) {
        scope.report(
          Diagnostic(
            path: arguments.path.appending("points").appending(index), position: node.position,
            message: message, suggestion: suggestion))
      }
      let pair = node.array?.compactMap(\.double)
      guard let lon = pair?.first ?? node["lon"]?.double,
        let lat = pair.map({ $0.count == 2 ? $0[1] : .nan }) ?? node["lat"]?.double,
        abs(lat) <= 90
      else {
        report("a point is [lon, lat] in degrees, or has \"lon\" and \"lat\"")
        return nil
      }
      let name = node["id"]?.string ?? "\(index + 1)"
      guard names.insert(name).inserted else {
        report(
          "two points are called \"\(name)\"",
          suggestion: "give each an \"id\" of its own (a point without one is called by its number)")
        return nil
      }
      let properties: JSONValue = ["id": .string(name)]
      let feature: JSONValue = [
        "type": "Feature", "properties": properties,
        "geometry": ["type": "Point", "coordinates": [.number(lon), .number(lat)]],
      ]
      texts.append(feature.text())
    }
    return scope.features(
      inGeoJSON: "{\"type\":\"FeatureCollection\",\"features\":[\(texts.joined(separator: ","))]}",
      at: "points", of: arguments)
  }

  /// - Throws: `SampleError` when every feature lies outside.
  func areas(on grid: Grid) throws -> [TableArea] {
    let areas = places.map { area(of: $0, on: grid) }
    guard areas.contains(where: { !$0.isOutside }) else {
      throw SampleError(
        "none of the \(places.count) features lies in the area \(grid.bounds.array) (\(grid.crs.name))"
          + whereTheyLie(on: grid))
    }
    return areas
  }

  /// Where features outside the area are, for a message.
  private func whereTheyLie(on grid: Grid) -> String {
    let points = places.prefix(1000).flatMap { place -> [VectorFeatures.Point] in
      switch source.wholeShape(of: place.feature, on: grid) {
      case .points(let points): points
      case .polygons(let rings): rings.flatMap { $0 }
      case nil: []
      }
    }
    let advice = "look at their coordinate system (GeoJSON without \"crs\" is in degrees)"
    let (x, y) = (points.map(\.x).filter(\.isFinite), points.map(\.y).filter(\.isFinite))
    guard let west = x.min(), let east = x.max(), let south = y.min(), let north = y.max() else {
      return ": their coordinates cannot be brought there; \(advice)"
    }
    return ": they lie in \([west, south, east, north]); \(advice)"
  }

  private func area(of place: Place, on grid: Grid) -> TableArea {
    let shape = source.shape(of: place.feature, on: grid)
    let all: [VectorFeatures.Point] =
      switch shape {
      case .points(let points): points
      case .polygons(let rings): rings.flatMap { $0 }
      case nil: []
      }
    let middle = SamplePlaces.middle(of: all)
    let feature = TableFeature(id: place.id, x: middle.x, y: middle.y, properties: place.properties)
    let nowhere = PixelWindow(column: 0, row: 0, width: 1, height: 1)
    let none = TableArea(window: nowhere, features: [feature], isOutside: true)
    func pixel(_ point: VectorFeatures.Point) -> VectorFeatures.Point? {
      grid.transform.pixel(x: point.x, y: point.y).map { VectorFeatures.Point(x: $0.column, y: $0.row) }
    }
    switch shape {
    case nil: return none
    case .points(let points):
      // A square around each point; of several points the pixels that lie in any of the squares.
      let squares = points.compactMap(pixel).compactMap { point -> PixelWindow? in
        guard abs(point.x) < 1e9, abs(point.y) < 1e9 else { return nil }
        let (column, row) = (Int(point.x.rounded(.down)), Int(point.y.rounded(.down)))
        guard PixelWindow(column: column, row: row, width: 1, height: 1).intersection(grid.window) != nil
        else {
          return nil
        }
        return PixelWindow(
          column: column - reach, row: row - reach, width: 2 * reach + 1, height: 2 * reach + 1
        ).intersection(grid.window)
      }
      guard let first = squares.first else { return none }
      let window = squares.dropFirst().reduce(first) { $0.union($1) }
      guard squares.count > 1 else { return TableArea(window: window, features: [feature]) }
      return TableArea(window: window, features: [feature], rings: squares.map(SamplePlaces.ring))
    case .polygons(let rings):
      let pixels = rings.map { $0.compactMap(pixel) }
      let corners = pixels.flatMap { $0 }
      guard let left = corners.map(\.x).min(), let right = corners.map(\.x).max(),
        let top = corners.map(\.y).min(), let bottom = corners.map(\.y).max(),
        max(abs(left), abs(right), abs(top), abs(bottom)) < 1e9
      else { return none }
      let (column, row) = (Int(left.rounded(.down)), Int(top.rounded(.down)))
      let box = PixelWindow(
        column: column, row: row, width: max(1, Int(right.rounded(.up)) - column),
        height: max(1, Int(bottom.rounded(.up)) - row))
      guard let window = box.intersection(grid.window) else { return none }
      return TableArea(window: window, features: [feature], rings: pixels)
    }
  }

  /// The outline of a square of pixels.
  private static func ring(_ window: PixelWindow) -> [VectorFeatures.Point] {
    [
      (window.column, window.row), (window.endColumn, window.row), (window.endColumn, window.endRow),
      (window.column, window.endRow), (window.column, window.row),
    ].map { VectorFeatures.Point(x: Double($0), y: Double($1)) }
  }

  private static func middle(of points: [VectorFeatures.Point]) -> VectorFeatures.Point {
    guard let left = points.map(\.x).min(), let right = points.map(\.x).max(),
      let top = points.map(\.y).max(), let bottom = points.map(\.y).min()
    else { return VectorFeatures.Point(x: .nan, y: .nan) }
    return VectorFeatures.Point(x: (left + right) / 2, y: (top + bottom) / 2)
  }
}

/// Why a table has no rows.
struct SampleError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
