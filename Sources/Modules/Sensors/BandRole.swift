/// What a band is for, whatever a catalogue calls it: the inputs of indices and albedo formulas.
public enum BandRole: String, CaseIterable, Hashable, Sendable {
  case blue, green, red, nir, swir1, swir2

  /// STAC's common names for it, best first.
  ///
  /// <https://github.com/stac-extensions/eo#common-band-names>
  var commonNames: [String] {
    switch self {
    case .blue, .green, .red: [rawValue]
    case .nir: ["nir", "nir08"]
    case .swir1: ["swir16"]
    case .swir2: ["swir22"]
    }
  }

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
