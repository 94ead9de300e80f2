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
  /// Whole days, both included, counted as `days` says.
  public var dates: ClosedRange<CalendarDate>?
  /// How the days of `dates` are counted. Solar days depend on where they are counted, which the grid decides: the
  /// search takes the hours around them in, and `SceneGrouping.isOn` has the last word.
  public var days = SceneGrouping.utcDay
  /// The longitude that solar days are counted at, where it is known before the search.
  public var dayLongitude: Double?
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
    let end = scene.isPeriod ? scene.endDatetime ?? scene.datetime : scene.datetime
    guard isInDates(scene.datetime, end) else { return false }
    // A limit counts scenes that are wanted.
    if limit != nil, let dates, !days.isOn(dates, scene, longitude: dayLongitude) { return false }
    guard query.allSatisfy({ $0.matches(scene.properties) }) else { return false }
    if let condition, !condition.matches(scene) { return false }
    return area.map { scene.intersects($0) } ?? true
  }

  /// Whether a period touches the days, or the hours around them that solar days may need.
  func isInDates(_ start: Instant, _ end: Instant) -> Bool {
    guard let window else { return true }
    return start < window.end && end >= window.start
  }

  /// Whether a scene lies in a period, or within a day of it: APIs count days in their own ways.
  func isNear(_ scene: Scene, _ dates: ClosedRange<CalendarDate>) -> Bool {
    var part = self
    part.dates = dates
    guard let window = part.window else { return true }
    let day = 86_400
    return (scene.startDatetime ?? scene.datetime) < window.end.advanced(bySeconds: day)
      && (scene.endDatetime ?? scene.datetime) >= window.start.advanced(bySeconds: -day)
  }

  /// The moments that belong to the days, the end not included.
  private var window: (start: Instant, end: Instant)? {
    guard let dates else { return nil }
    let next = CalendarDate(daysSince1970: dates.upperBound.daysSince1970 + 1)
    let margin = zoneHours * 3600
    return (Instant(dates.lowerBound).advanced(bySeconds: -margin), Instant(next).advanced(bySeconds: margin))
  }

  /// The most hours that solar days are from UTC's: those of the area, and one for scenes that reach beyond it.
  private var zoneHours: Int {
    guard days.isSolar else { return 0 }
    guard let box = area.flatMap({ LonLatPolygon.bounds(of: $0.polygons) }), box.minX <= box.maxX else {
      return 12
    }
    return min(12, Int((max(abs(box.minX), abs(box.maxX)) / 15).rounded(.down)) + 1)
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
    let (newest, replaced) = newestVersions(found)
    let kept = limited(newest)
    return SearchResult(
      scenes: kept,
      considered: scenes.count,
      duplicatesDropped: duplicates,
      replaced: replaced.count,
      beyondLimit: newest.count - kept.count,
      notes: SceneSearch.notes(on: replaced)
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
    if let window {
      parameters["datetime"] = .string("\(window.start)/\(window.end.advanced(bySeconds: -1))")
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

  private init(collection: String?, id: String, datetime: Instant) {
    self.collection = collection
    self.id = id
    self.datetime = datetime
  }

  init(_ scene: Scene) {
    self.init(collection: scene.collection, id: scene.id, datetime: scene.datetime)
  }

  /// The key of an item, also of one that cannot be used: then its id, or else what is wrong with it.
  init(_ item: Result<Scene, CatalogError>, _ node: JSONNode) {
    switch item {
    case .success(let scene): self.init(scene)
    case .failure(let error):
      self.init(
        collection: node["collection"]?.string, id: node["id"]?.string ?? error.description,
        datetime: Instant(microsecondsSince1970: 0))
    }
  }
}
