import Geo
import JSON

/// Which acquisition a scene is of and how it was processed, as far as its item's properties and id tell: Landsat's
/// real-time and final tiers, Sentinel-2's processing baselines, MODIS' production dates.
struct ProcessingVersion {
  /// Where and with what it was acquired: a tile of the product's own tiling.
  struct Place: Hashable {
    let collection: String?
    let platform: String?
    let tile: String
  }

  let place: Place
  /// The beginning of the Sentinel-2 data strip: two strips of one tile are two acquisitions.
  let strip: String?
  /// What grows with each processing, most telling first; nil where the item does not say.
  private let numbers: [Double?]
  /// When it was processed; less telling, since parts of one tile may come at several times.
  private let times: [Instant?]

  /// - Returns: nil for a scene that names no tile.
  init?(_ scene: Scene) {
    let parts = NameParts(scene.id)
    guard let tile = ProcessingVersion.tile(scene.properties) ?? parts.tile else { return nil }
    place = Place(
      collection: scene.collection, platform: (scene.platform ?? parts.platform)?.lowercased(), tile: tile)
    func text(_ names: String...) -> String? {
      names.lazy.compactMap { name in
        scene.properties[name].flatMap { $0.string ?? $0.double.map { "\($0)" } }
      }.first
    }
    strip = text("s2:datastrip_id").flatMap { id in
      id.split(separator: "_").last { $0.hasPrefix("S") && $0.contains("T") && $0.count == 16 }.map(
        String.init)
    }
    numbers = [
      text("s2:processing_baseline", "sentinel:processing_baseline").flatMap(Self.number) ?? parts.baseline,
      text("processing:version", "version").flatMap(Self.number) ?? parts.version,
      (text("landsat:collection_category", "landsat:tier") ?? parts.tier).flatMap {
        Self.tiers[$0.uppercased()]
      },
      parts.processingDay,
    ]
    times = [text("s2:generation_time"), text("processing:datetime"), text("updated"), text("created")].map {
      $0.flatMap { Instant($0) }
    }
  }

  /// Whether this one replaces another of the same acquisition; nil where nothing tells them apart.
  ///
  /// - Parameter trustsTimes: whether the moments of processing count too.
  func isNewer(than other: ProcessingVersion, trustsTimes: Bool) -> Bool? {
    for (one, two) in zip(numbers, other.numbers) {
      if let one, let two, one != two { return one > two }
    }
    guard trustsTimes else { return nil }
    for (one, two) in zip(times, other.times) {
      if let one, let two, one != two { return one > two }
    }
    return nil
  }

  /// Real-time scenes are processed again as tier 1, or 2 where their geometry is less certain.
  private static let tiers: [String: Double] = ["RT": 0, "T2": 1, "T1": 1]

  private static func tile(_ properties: JSONObject) -> String? {
    for names in [
      ["grid:code"], ["s2:mgrs_tile"], ["mgrs:utm_zone", "mgrs:latitude_band", "mgrs:grid_square"],
      ["sentinel:utm_zone", "sentinel:latitude_band", "sentinel:grid_square"],
      ["landsat:wrs_path", "landsat:wrs_row"], ["modis:horizontal-tile", "modis:vertical-tile"],
    ] {
      let values = names.compactMap { name in
        properties[name].flatMap { value in
          // "085" and 85 are one row.
          value.integer.map { "\($0)" } ?? value.string.map { text in Int(text).map { "\($0)" } ?? text }
        }
      }
      if values.count == names.count { return values.joined(separator: "/") }
    }
    return nil
  }

  /// "05.00", "v2.0.1" and "N0500" as numbers that can be compared.
  private static func number(_ text: String) -> Double? {
    let digits = text.drop { !$0.isNumber }
    let parts = digits.split(separator: ".", omittingEmptySubsequences: false).prefix(3).map {
      Int($0.prefix { $0.isNumber })
    }
    guard let first = parts.first, let major = first else { return nil }
    let rest = parts.dropFirst().map { $0 ?? 0 } + [0, 0]
    return Double(major) * 1e6 + Double(rest[0]) * 1e3 + Double(rest[1])
  }
}
