public import Engine

/// A satellite product as data: how its collections and bands are called and what the stored numbers mean.
public struct Sensor: Sendable {
  /// "Landsat Collection 2 Level-2".
  public let name: String
  /// Names of STAC collections that hold it; `*` stands for any characters, `?` for one, case does not count.
  public let collections: [String]
  /// The bands; of two with the same role the preferred one comes first.
  public let bands: [SensorBand]
  /// What stored reflectance means where neither STAC nor the file says it.
  public let reflectance: SampleEncoding
  /// What stored temperature means where neither STAC nor the file says it.
  public let temperature: SampleEncoding?

  /// The product that a collection holds; nil when the name is not known.
  public static func known(collection: String) -> Sensor? {
    let name = Array(collection.lowercased())
    return all.first { sensor in
      sensor.collections.contains { Wildcard.matches(Array($0.lowercased())[...], name[...]) }
    }
  }

  /// The band with this name: first in the same letters, then whatever the case.
  public func band(named name: String) -> SensorBand? {
    let lowercase = name.lowercased()
    return bands.first { $0.names.contains(name) }
      ?? bands.first { $0.names.contains { $0.lowercased() == lowercase } }
  }

  /// What stored numbers of a band mean where nothing else says it.
  func encoding(of band: SensorBand) -> SampleEncoding {
    switch band.quantity {
    case .reflectance: reflectance
    case .temperature: temperature ?? SampleEncoding()
    }
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
