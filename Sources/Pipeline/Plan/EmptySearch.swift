internal import Catalog
internal import Geo
internal import JSON

/// Says why a search found nothing in a catalogue: the first condition that leaves no scene, and what there is.
struct EmptySearch {
  let search: SceneSearch
  /// Every scene of the catalogue.
  let scenes: [Scene]
  let source: String

  /// A sentence, to be put behind the sequence's name.
  var reason: String {
    guard !scenes.isEmpty else { return "\(source) holds no scene" }
    return wrongCollection ?? wrongDates ?? wrongArea ?? wrongRest
  }

  private var wrongCollection: String? {
    guard matches(SceneSearch(collections: search.collections)).isEmpty else { return nil }
    let names = Set(scenes.compactMap(\.collection)).sorted()
    let wanted = search.collections.map { "\"\($0)\"" }.joined(separator: ", ")
    let there = names.isEmpty ? "its scenes name none" : "it has \(names.prefix(20).joined(separator: ", "))"
    let nearest = search.collections.first.flatMap { NearestName.best(for: $0, among: names) }
    return "\(source) has no collection \(wanted) (\(there))"
      + (nearest.map { "; did you mean \"\($0)\"?" } ?? "")
  }

  private var wrongDates: String? {
    let others = matches(SceneSearch(collections: search.collections))
    guard let dates = search.dates, let first = others.map(\.datetime).min(),
      let last = others.map(\.datetime).max(),
      matches(SceneSearch(collections: search.collections, dates: dates)).isEmpty
    else { return nil }
    return
      "no scene in \(source) is from \(dates.lowerBound) to \(dates.upperBound): its \(others.count) scenes are "
      + "from \(first.date) to \(last.date)"
  }

  private var wrongArea: String? {
    let others = matches(SceneSearch(collections: search.collections, dates: search.dates))
    guard let area = search.area, let box = LonLatPolygon.bounds(of: others.flatMap(\.footprint)),
      matches(SceneSearch(collections: search.collections, area: area, dates: search.dates)).isEmpty
    else { return nil }
    let swapped = area.polygons.compactMap(EmptySearch.swapped)
    let isSwapped =
      !swapped.isEmpty
      && !matches(
        SceneSearch(collections: search.collections, area: .polygons(swapped), dates: search.dates)
      ).isEmpty
    return "none of the \(others.count) scenes in \(source) touches the area: they lie within \(box.array) "
      + "(west, south, east, north in degrees)" + (isSwapped ? "; are latitudes and longitudes swapped?" : "")
  }

  /// A polygon with latitudes for longitudes; nil where that is no place on the earth.
  private static func swapped(_ polygon: LonLatPolygon) -> LonLatPolygon? {
    guard polygon.exterior.allSatisfy({ abs($0.longitude) <= 90 }) else { return nil }
    return LonLatPolygon(
      exterior: polygon.exterior.map { LonLat(longitude: $0.latitude, latitude: $0.longitude) })
  }

  private var wrongRest: String {
    let others = matches(
      SceneSearch(collections: search.collections, area: search.area, dates: search.dates))
    guard !others.isEmpty else { return "no scene in \(source) is in the area on these dates" }
    let keys = [
      search.query.isEmpty ? nil : "\"query\"", search.condition == nil ? nil : "\"filter\"",
      search.ids.isEmpty ? nil : "\"ids\"",
    ].compactMap { $0 }
    return "none of the \(others.count) scenes of the area and dates in \(source) meets "
      + (keys.isEmpty ? "the limit" : keys.joined(separator: " and "))
  }

  private func matches(_ part: SceneSearch) -> [Scene] {
    var part = part
    (part.days, part.dayLongitude) = (search.days, search.dayLongitude)
    return scenes.filter { part.matches($0) }
  }
}
