internal import Engine
public import JSON

/// The products that are known: those that come with Apus, and those of a config's `sensors` before them.
public struct SensorTable: Sendable {
  /// In the order of the search: the config's own first.
  public let sensors: [Sensor]

  /// The products Apus knows by itself.
  public static let builtIn = SensorTable(sensors: SensorTableReader.builtIn())

  /// The built-in table in the words of a config's `sensors`.
  public static var builtInDocument: JSONValue {
    (try? JSONParser.parse(Array(builtInText.utf8)).plain) ?? [:]
  }

  /// The product that a collection holds; nil when the name is not known.
  public func sensor(collection: String) -> Sensor? {
    sensors.first { $0.isHeld(by: collection) }
  }

  /// The quality layer that a band of this name is; nil when it is not a known one.
  ///
  /// Those of the collections' own products come first. A config's product counts for its own collections only,
  /// the usual names ("qa_pixel", "SCL", …) everywhere.
  public func qualityLayer(band: String, collections: [String] = []) -> QualityLayer? {
    let own = collections.compactMap { sensor(collection: $0) }
    let others = sensors.filter { $0.isBuiltIn || $0.collections.isEmpty || collections.isEmpty }
    return (own + others).lazy.compactMap { $0.qualityLayer(named: band) }.first
  }

  /// Every quality layer once, by title.
  public var qualityLayers: [QualityLayer] {
    var layers: [QualityLayer] = []
    for layer in sensors.flatMap(\.quality) where !layers.contains(where: { $0.name == layer.name }) {
      layers.append(layer)
    }
    return layers
  }
}

extension ModuleScope {
  /// The products known here.
  var sensors: SensorTable { known(SensorTable.self) ?? .builtIn }
}
