/// A satellite product as data: how its collections and bands are called and what the stored numbers mean.
public struct Sensor: Sendable {
  /// The key in the table: "landsat-c2-l2".
  public let id: String
  /// "Landsat Collection 2 Level-2".
  public let name: String
  /// Names of STAC collections that hold it; `*` stands for any characters, `?` for one, case does not count.
  public let collections: [String]
  /// The bands; of two with the same role the preferred one comes first.
  public let bands: [SensorBand]
  /// The layers whose flags can be rejected by name.
  public let quality: [QualityLayer]
  /// The offset that newer processing adds to stored numbers; nil where processing never changed them.
  public let baseline: ProcessingBaseline?
  /// Whether it comes with Apus, as it is.
  public let isBuiltIn: Bool

  /// Whether a collection holds the product.
  public func isHeld(by collection: String) -> Bool {
    let name = Array(collection.lowercased())
    return collections.contains { Wildcard.matches(Array($0.lowercased())[...], name[...]) }
  }

  /// The band with this name: first in the same letters, then whatever the case.
  public func band(named name: String) -> SensorBand? {
    let lowercase = name.lowercased()
    return bands.first { $0.names.contains(name) }
      ?? bands.first { $0.names.contains { $0.lowercased() == lowercase } }
  }

  /// Whether the product has a band for a role.
  public func has(_ role: BandRole) -> Bool { !bands(for: role).isEmpty }

  /// The bands that can serve in a role, best first.
  ///
  /// A product with a single band in the near infrared has it for `nir` and `nir08` alike.
  func bands(for role: BandRole) -> [SensorBand] {
    let own = bands.filter { $0.role == role }
    let others: [SensorBand]
    switch role {
    case .nir: others = bands.filter { $0.role == .nir08 }
    case .nir08:
      let broad = bands.filter { $0.role == .nir }
      let narrow = broad.filter { $0.names.contains("nir08") }
      others = narrow.isEmpty ? broad : narrow
    default: others = []
    }
    return own.isEmpty ? others : own
  }

  /// The quality layer with this name, whatever the case.
  public func qualityLayer(named name: String) -> QualityLayer? {
    let lowercase = name.lowercased()
    return quality.first { $0.bandNames.contains { $0.lowercased() == lowercase } }
  }
}

/// Matching with `*` and `?`.
enum Wildcard {
  static func matches(_ pattern: ArraySlice<Character>, _ text: ArraySlice<Character>) -> Bool {
    guard let first = pattern.first else { return text.isEmpty }
    if first == "*" {
      return matches(pattern.dropFirst(), text) || (!text.isEmpty && matches(pattern, text.dropFirst()))
    }
    guard let character = text.first, first == "?" || first == character else { return false }
    return matches(pattern.dropFirst(), text.dropFirst())
  }
}
