public import Geo
public import JSON

/// One acquisition: a STAC item with its assets.
///
/// Two scenes are equal when their documents and their origins are: all else is read from those.
public struct Scene: Sendable {
  public let id: String
  public let collection: String?
  /// The nominal moment: the item's `datetime`, or its `start_datetime` when that is null.
  public let datetime: Instant
  public let startDatetime: Instant?
  public let endDatetime: Instant?
  /// Whether the item has no `datetime` of its own, only a beginning and an end.
  public let isPeriod: Bool
  /// The box around the footprint, in degrees; `minX` is greater than `maxX` when it crosses the antimeridian. Nil when
  /// the item does not say where it lies.
  public let bbox: BoundingBox?
  /// The area with data, in longitude and latitude; the item's box when it has no polygon, empty when it does not say
  /// where it lies.
  public let footprint: [LonLatPolygon]
  public let platform: String?
  /// The assets, in the order of the item.
  public let assets: [SceneAsset]
  /// The item's `properties`.
  public let properties: JSONObject
  /// The whole item as JSON text: a fifth of what the same takes as values, and catalogues have thousands.
  let documentText: [UInt8]
  /// The file or URL the item came from.
  public let origin: String

  /// Bytes of the whole item as JSON text.
  public var documentBytes: Int { documentText.count }

  /// The whole item; the references of its assets and links are absolute.
  public var document: JSONValue { (try? JSONParser.parse(documentText).plain) ?? .null }

  /// The asset with this key.
  public func asset(_ key: String) -> SceneAsset? { assets.first { $0.key == key } }

  /// The longitude in the middle of the box, from -180 to 180; nil when the item does not say where it lies.
  public var centreLongitude: Double? {
    guard let bbox else { return nil }
    guard bbox.minX > bbox.maxX else { return (bbox.minX + bbox.maxX) / 2 }
    let middle = (bbox.minX + bbox.maxX + 360) / 2
    return middle > 180 ? middle - 360 : middle
  }

  /// Whether scenes come in the order of their moments, then of their ids and collections.
  public static func isEarlier(_ left: Scene, than right: Scene) -> Bool {
    if left.datetime != right.datetime { return left.datetime < right.datetime }
    if left.id != right.id { return left.id < right.id }
    return (left.collection ?? "") < (right.collection ?? "")
  }
}

extension Scene: Hashable {
  public static func == (left: Scene, right: Scene) -> Bool {
    left.id == right.id && left.origin == right.origin && left.documentText == right.documentText
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(collection)
    hasher.combine(id)
  }
}
