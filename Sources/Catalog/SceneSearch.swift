public import Geo
public import JSON

/// Which scenes are wanted; a condition that is absent holds for every scene.
public struct SceneSearch: Hashable, Sendable {
  /// Names of collections; empty for any.
  public var collections: [String]
  /// Item ids; empty for any.
  public var ids: [String]
  /// The area that footprints must share a point with.
  public var area: SearchArea?
  /// Whole days in UTC, both included.
  public var dates: ClosedRange<CalendarDate>?
  /// Conditions on properties, all of which must hold.
  public var query: [PropertyQuery]
  /// A CQL2 filter, which must hold.
  public var condition: CQL2Filter?
  /// The order in which the limit counts; by time where it says nothing.
  public var sort: [SceneSort]
  /// The largest number of scenes, taken from the first on.
  public var limit: Int?

  public init(
    collections: [String] = [],
    ids: [String] = [],
    area: SearchArea? = nil,
    dates: ClosedRange<CalendarDate>? = nil,
    query: [PropertyQuery] = [],
    condition: CQL2Filter? = nil,
    sort: [SceneSort] = [],
    limit: Int? = nil
  ) {
    self.collections = collections
    self.ids = ids
    self.area = area
    self.dates = dates
    self.query = query
    self.condition = condition
    self.sort = sort
    self.limit = limit
  }

  /// Whether a scene meets every condition (the limit is none).
  ///
  /// A scene without a moment of its own matches when its period overlaps the days.
  public func matches(_ scene: Scene) -> Bool {
    if !collections.isEmpty, !collections.contains(scene.collection ?? "") { return false }
    if !ids.isEmpty, !ids.contains(scene.id) { return false }
    if let dates {
      let end = scene.isPeriod ? scene.endDatetime ?? scene.datetime : scene.datetime
      guard scene.datetime.date <= dates.upperBound, end.date >= dates.lowerBound else { return false }
    }
    guard query.allSatisfy({ $0.matches(scene.properties) }) else { return false }
    if let condition, !condition.matches(scene) { return false }
    return area.map { scene.intersects($0) } ?? true
  }

  /// The scenes that match, each once, in order of their moments and ids.
  ///
  /// Of scenes with the same collection, id and moment the first one given is kept: pages of an API overlap. The
  /// same id at another moment is another acquisition.
  public func filter(_ scenes: [Scene]) -> SearchResult {
    var seen: Set<SceneKey> = []
    var found: [Scene] = []
    var duplicates = 0
    for scene in scenes where matches(scene) {
      if seen.insert(SceneKey(scene)).inserted {
        found.append(scene)
      } else {
        duplicates += 1
      }
    }
    let kept = limited(found)
    return SearchResult(
      scenes: kept,
      considered: scenes.count,
      duplicatesDropped: duplicates,
      beyondLimit: found.count - kept.count
    )
  }

  /// As many of the scenes as the limit allows, in order of their moments and ids.
  func limited(_ scenes: [Scene]) -> [Scene] {
    guard let limit, limit < scenes.count else { return scenes.sorted(by: Scene.isEarlier) }
    guard !sort.isEmpty else { return Array(scenes.sorted(by: Scene.isEarlier).prefix(max(limit, 0))) }
    let ordered = scenes.sorted { left, right in
      for key in sort {
        if let answer = key.isEarlier(left, than: right) { return answer }
      }
      return Scene.isEarlier(left, than: right)
    }
    return ordered.prefix(max(limit, 0)).sorted(by: Scene.isEarlier)
  }

  /// The search as a STAC API takes it (`POST /search`): collections, ids, bbox or intersects, datetime, query, filter.
  ///
  /// The limit is left out: there it is the size of a page. Areas across the antimeridian are cut there.
  public var parameters: JSONValue {
    var parameters = JSONObject()
    if !collections.isEmpty { parameters["collections"] = .array(collections.map { .string($0) }) }
    if !ids.isEmpty { parameters["ids"] = .array(ids.map { .string($0) }) }
    switch area {
    case nil: break
    case .boxes(let boxes) where boxes.count == 1 && boxes[0].minX <= boxes[0].maxX && boxes[0].maxX <= 180:
      parameters["bbox"] = .array(boxes[0].array.map { .number($0) })
    case let area?:
      parameters["intersects"] = [
        "type": "MultiPolygon",
        "coordinates": .array(area.polygons.flatMap(\.cutAtAntimeridian).map(\.coordinates)),
      ]
    }
    if let dates {
      parameters["datetime"] = .string("\(dates.lowerBound)T00:00:00Z/\(dates.upperBound)T23:59:59Z")
    }
    if !query.isEmpty {
      var conditions = JSONValue.object(JSONObject())
      for query in query {
        var comparisons = conditions[query.property] ?? [:]
        comparisons[query.comparison.rawValue] = query.value
        conditions[query.property] = comparisons
      }
      parameters["query"] = conditions
    }
    if let condition {
      parameters["filter-lang"] = "cql2-json"
      parameters["filter"] = condition.json
    }
    return .object(parameters)
  }
}

/// What makes a scene the same as another.
struct SceneKey: Hashable {
  let collection: String?
  let id: String
  let datetime: Instant

  init(_ scene: Scene) {
    collection = scene.collection
    id = scene.id
    datetime = scene.datetime
  }
}
