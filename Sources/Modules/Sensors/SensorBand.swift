public import Engine

/// One band of a sensor's product.
public struct SensorBand: Hashable, Sendable {
  /// What the stored numbers are once they are scaled.
  public enum Quantity: String, CaseIterable, Hashable, Sendable {
    case reflectance, temperature, other
  }

  /// The key in the table: "red".
  public let id: String
  /// Every name catalogues give this one band, the usual one first.
  public let names: [String]
  /// A phrase for people: "near infrared, narrow".
  public let title: String
  /// What it can serve as; nil when no module asks for it by role.
  public let role: BandRole?
  public let quantity: Quantity
  /// UDUNITS text.
  public let units: String
  /// The band's middle in nanometres; nil where it is not known. Where a product holds several instruments, that of the
  /// newest.
  public let wavelength: Double?
  /// What the stored numbers mean where neither STAC nor the file says it.
  public let encoding: SampleEncoding

  /// The variable that holds the band's physical values.
  func variable(named name: String) -> Variable {
    switch quantity {
    case .reflectance:
      Variable(
        name: name, longName: "surface reflectance, \(title)",
        standardName: "surface_bidirectional_reflectance", statisticsRange: -0.2...1.6)
    case .temperature:
      Variable(
        name: name, longName: title, units: units,
        statisticsRange: units == "K" ? 150...400 : -120...130)
    case .other: Variable(name: name, longName: title, units: units, statisticsRange: -2...2)
    }
  }
}
