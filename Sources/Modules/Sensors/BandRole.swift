/// What a band is for, whatever a catalogue calls it: the inputs of indices and albedo formulas.
public enum BandRole: String, CaseIterable, Hashable, Sendable {
  case blue, green, red, nir, swir1, swir2

  /// A phrase for people: "near infrared".
  public var title: String {
    switch self {
    case .blue, .green, .red: rawValue
    case .nir: "near infrared"
    case .swir1: "short-wave infrared, 1.6 µm"
    case .swir2: "short-wave infrared, 2.2 µm"
    }
  }
}

/// One band of a sensor's product.
public struct SensorBand: Hashable, Sendable {
  /// What the stored numbers are once they are scaled.
  public enum Quantity: Hashable, Sendable {
    case reflectance
    /// Kelvin.
    case temperature
  }

  /// Every name catalogues give this one band, the usual one first.
  public let names: [String]
  /// A phrase for people: "near infrared, narrow".
  public let title: String
  /// What it can serve as; nil when no module asks for it by role.
  public let role: BandRole?
  public let quantity: Quantity

  init(_ role: BandRole, _ names: String..., title: String? = nil) {
    self.names = names
    self.title = title ?? role.title
    self.role = role
    quantity = .reflectance
  }

  init(_ title: String, _ names: String..., quantity: Quantity = .reflectance) {
    self.names = names
    self.title = title
    role = nil
    self.quantity = quantity
  }
}
