import Geo
import JSON

/// An item of a catalogue that cannot be used: which, why, and as much of its place and time as can be read.
///
/// One such item is a loss of its own, where the search may have wanted it; the catalogue's others are used.
public struct LostItem: Hashable, Sendable {
  public let id: String?
  public let collection: String?
  /// Where the item stands, what is wrong with it, and what to do.
  public let reason: String
  let datetime: Instant?
  let footprint: [LonLatPolygon]

  /// A document that could not be read at all.
  init(_ error: CatalogError) {
    (id, collection, datetime, footprint) = (nil, nil, nil, [])
    reason = error.description
  }

  /// An item that lacks what a scene needs.
  init(_ item: JSONNode, _ error: CatalogError) {
    id = item["id"]?.string
    collection = item["collection"]?.string
    datetime = item["properties"]?["datetime"]?.string.flatMap { Instant($0) }
    footprint = item["geometry"].flatMap { try? GeoJSONGeometry.polygons($0) } ?? []
    reason = error.description
  }
}

/// Items as a catalogue has them: those that can be used, and the others.
struct ReadItems {
  var scenes: [Scene] = []
  var lost: [LostItem] = []

  mutating func add(_ item: JSONNode, location: String) {
    do throws(CatalogError) {
      scenes.append(try ItemReader.scene(item, location: location))
    } catch {
      lost.append(LostItem(item, error))
    }
  }
}

extension SceneSearch {
  /// Whether a search may have wanted an item that cannot be used: whether all that is known of it fits.
  func mayWant(_ item: LostItem) -> Bool {
    if let name = item.collection, !collections.isEmpty, !collections.contains(name) { return false }
    if let id = item.id, !ids.isEmpty, !ids.contains(id) { return false }
    if let moment = item.datetime, !isInDates(moment, moment) { return false }
    guard let area, !item.footprint.isEmpty else { return true }
    return area.polygons.contains { part in item.footprint.contains { $0.intersects(part) } }
  }
}
