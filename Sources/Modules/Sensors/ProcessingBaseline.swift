public import JSON

/// The offset that a new version of the processing adds to a product's stored numbers.
///
/// Sentinel-2 Level-2A: from processing baseline 04.00 (January 2022) on, reflectance = DN / 10000 − 0.1. Some
/// catalogues have taken the offset out of their copies again and say so in a property.
public struct ProcessingBaseline: Hashable, Sendable {
  /// The properties of an item that tell its baseline, best first: "04.00", or a product's name with "_N0400_".
  public let properties: [String]
  /// The first baseline with the offset.
  public let since: Double
  /// What is added after scaling.
  public let offset: Double
  /// Properties that say, when true, that the stored numbers are without the offset already.
  public let applied: [String]

  /// What is known of one item's offset.
  public enum Finding: Hashable, Sendable {
    /// The catalogue has taken it out of the stored numbers.
    case applied
    /// The product has it (or not, when older): what to add after scaling.
    case offset(Double)
    /// Neither the properties nor the item's name tell.
    case unknown
  }

  /// What an item's properties say.
  ///
  /// - Parameters:
  ///   - properties: of the STAC item.
  ///   - id: the item's name, in which products of ESA carry their baseline ("_N0511_").
  public func finding(properties: JSONObject, id: String) -> Finding {
    if applied.contains(where: { properties[$0]?.bool == true }) { return .applied }
    for text in self.properties.compactMap({ properties[$0] }).map(ProcessingBaseline.text) + [id] {
      if let version = ProcessingBaseline.version(text) { return .offset(version >= since ? offset : 0) }
    }
    return .unknown
  }

  private static func text(_ value: JSONValue) -> String { value.string ?? value.text() }

  /// The baseline in "04.00", "5.11" or "S2B_MSIL2A_20220126T020609_N0400_R103_T52SFA_20220126T043416".
  static func version(_ text: String) -> Double? {
    if let number = Double(text), number.isFinite { return number }
    for part in text.split(separator: "_") where part.count == 5 && part.first == "N" {
      if let digits = Int(part.dropFirst()), digits >= 0 { return Double(digits) / 100 }
    }
    return nil
  }
}
