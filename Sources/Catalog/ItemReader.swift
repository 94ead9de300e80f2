import Geo
import JSON

/// Reads one STAC item (1.0 or 1.1) into a scene.
struct ItemReader {
  /// The file or URL that holds the item.
  let location: String
  private let item: JSONNode
  private let id: String
  let properties: JSONNode?

  /// The scene of an item.
  ///
  /// - Parameters:
  ///   - item: the item's node.
  ///   - location: the file or URL that holds it, against which its references are resolved.
  ///   - origin: where the item first came from, when that is another file.
  /// - Throws: `CatalogError`, which names the item and what is wrong in it.
  static func scene(
    _ item: JSONNode,
    location: String,
    origin: String? = nil
  ) throws(CatalogError) -> Scene {
    guard let id = item["id"]?.string ?? item["id"]?.integer.map({ String($0) }), !id.isEmpty else {
      throw CatalogError(
        location: location,
        position: item.position,
        message: "a STAC item without an \"id\" (a string)"
      )
    }
    let reader = ItemReader(location: location, item: item, id: id, properties: item["properties"])
    return try reader.scene(origin: origin ?? location)
  }

  private func scene(origin: String) throws(CatalogError) -> Scene {
    guard let type = item["type"]?.string, type == "Feature" else {
      throw failure(item, "its \"type\" is not \"Feature\"")
    }
    guard let properties, properties.members != nil else { throw failure(item, "it has no \"properties\"") }
    let period = try period(properties)
    let place = ItemPlace(item)
    return Scene(
      id: id,
      collection: item["collection"]?.string,
      datetime: period.datetime,
      startDatetime: period.start,
      endDatetime: period.end,
      isPeriod: period.isPeriod,
      bbox: place.box,
      footprint: place.footprint,
      platform: properties["platform"]?.string,
      assets: assets(of: item),
      properties: properties.plain.object ?? JSONObject(),
      documentText: documentText(),
      origin: origin
    )
  }

  func failure(_ node: JSONNode, _ message: String, advice: String? = nil) -> CatalogError {
    CatalogError(
      location: location,
      position: node.position,
      message: "item \"\(id)\": \(message)",
      advice: advice
    )
  }

  /// An optional string.
  func text(_ node: JSONNode?, _ name: @autoclosure () -> String) throws(CatalogError) -> String? {
    guard let node, !node.isNull else { return nil }
    guard let text = node.string else {
      throw failure(node, "\"\(name())\" is \(node.kindName), not a string")
    }
    return text
  }

  // MARK: Time

  /// The item's moment. Its beginning and end matter where it has none.
  private func period(
    _ properties: JSONNode
  ) throws(CatalogError) -> (datetime: Instant, start: Instant?, end: Instant?, isPeriod: Bool) {
    if let datetime = try instant(properties, "datetime") {
      let (start, end) = (
        try? instant(properties, "start_datetime"), try? instant(properties, "end_datetime")
      )
      return (datetime, start, end, false)
    }
    let start = try instant(properties, "start_datetime")
    let end = try instant(properties, "end_datetime")
    if let start, let end, end < start {
      throw failure(properties, "its \"end_datetime\" is before its \"start_datetime\"")
    }
    guard let start else {
      throw failure(
        properties,
        "it has no \"datetime\"",
        advice: "a STAC item needs one, or a null with \"start_datetime\" and \"end_datetime\""
      )
    }
    return (start, start, end, true)
  }

  private func instant(_ properties: JSONNode, _ name: String) throws(CatalogError) -> Instant? {
    guard let node = properties[name], !node.isNull else { return nil }
    guard let text = node.string, let instant = Instant(text) else {
      throw failure(
        node,
        "\"\(name)\" is \(node.string.map { "\"\($0)\"" } ?? node.kindName), no RFC 3339 date and time",
        advice: "write it as 2021-01-03T14:38:55Z"
      )
    }
    return instant
  }

  // MARK: The recorded document

  private func documentText() -> [UInt8] {
    var text: [UInt8] = []
    document().append(to: &text)
    return text
  }

  private func document() -> JSONValue {
    var document = item.plain
    document[SceneManifest.originKey] = nil as JSONValue?
    if let assets = document["assets"]?.object {
      document["assets"] = .object(
        JSONObject(assets.lazy.map { (key: $0.key, value: absolute($0.value)) })
      )
    }
    if let links = document["links"]?.array { document["links"] = .array(links.map(absolute)) }
    return document
  }

  /// An asset or a link with its reference made absolute.
  private func absolute(_ value: JSONValue) -> JSONValue {
    guard let href = value["href"]?.string else { return value }
    var changed = value
    changed["href"] = .string(Href.resolve(href, against: location))
    return changed
  }
}
