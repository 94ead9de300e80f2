import Catalog
import Geo
import JSON
import Testing

/// Items made for the tests.
enum ItemFixture {
  /// A minimal item with one asset.
  static func item(
    _ id: String,
    collection: String? = "landsat-c2-l2",
    datetime: JSONValue = "2021-01-03T14:38:55.375489Z",
    bbox: [Double]? = [-71.2, -36.2, -70.2, -35.2],
    geometry: JSONValue? = nil,
    properties: JSONObject = [:],
    assets: JSONValue = ["red": ["href": "./red.tif"]]
  ) -> JSONValue {
    var item: JSONValue = ["type": "Feature", "stac_version": "1.0.0", "id": .string(id)]
    if let collection { item["collection"] = .string(collection) }
    if let bbox { item["bbox"] = .array(bbox.map { .number($0) }) }
    item["geometry"] = geometry ?? .null
    var all: JSONObject = ["datetime": datetime]
    for (key, value) in properties { all[key] = value }
    item["properties"] = .object(all)
    item["links"] = []
    item["assets"] = assets
    return item
  }

  static func collection(_ items: [JSONValue]) -> JSONValue {
    ["type": "FeatureCollection", "features": .array(items)]
  }

  static func polygon(_ rings: [[[Double]]]) -> JSONValue {
    [
      "type": "Polygon",
      "coordinates": .array(rings.map { .array($0.map { .array($0.map { .number($0) }) }) }),
    ]
  }

  /// The scene of an item, as a catalogue at /data/items.json has it.
  static func scene(_ item: JSONValue, at location: String = "/data/items.json") async throws -> Scene {
    let catalog = try await StaticCatalog.load(
      source: location,
      base: "/",
      files: MemoryFiles([location: collection([item]).text()])
    )
    return try #require(catalog.scenes.first)
  }

  /// What reading an item complains about: why it cannot be used, or else one of its assets.
  static func complaint(_ item: JSONValue) async throws -> String? {
    let location = "/data/items.json"
    let catalog = try await StaticCatalog.load(
      source: location, base: "/", files: MemoryFiles([location: collection([item]).text()]))
    return catalog.lost.first?.reason ?? catalog.scenes.first?.assets.lazy.compactMap(\.flaw).first
  }
}

/// Catalogue files that need no disk: a remote store in small.
struct MemoryFiles: CatalogFiles {
  let contents: [String: String]
  let limits: CatalogLimits

  init(_ contents: [String: String], limits: CatalogLimits = CatalogLimits()) {
    self.contents = contents
    self.limits = limits
  }

  func read(_ location: String, most: Int) async throws(CatalogError) -> [UInt8] {
    guard let content = contents[location] else {
      throw CatalogError(location: location, message: "no such file")
    }
    guard content.utf8.count <= most else {
      throw limits.refusal(ofBytes: content.utf8.count, location: location)
    }
    return Array(content.utf8)
  }

  func list(_ location: String) async throws(CatalogError) -> [String]? {
    let prefix = location + "/"
    let names = contents.keys.filter { $0.hasPrefix(prefix) }.map {
      $0.dropFirst(prefix.count).prefix { $0 != "/" }
    }
    return names.isEmpty ? nil : Set(names).map { String($0) }
  }
}
