/// What a band is for, whatever a catalogue calls it: the inputs of indices and albedo formulas.
public enum BandRole: String, CaseIterable, Hashable, Sendable {
  case coastal, blue, green05, green, yellow, red, rededge1, rededge2, rededge3
  /// Near infrared: the broad band where a product has a broad and a narrow one.
  case nir
  /// Near infrared around 865 nm: the narrow band where there are both.
  case nir08
  case nir09, nir12, swir1, swir2

  /// STAC's common names for it, best first.
  ///
  /// <https://github.com/stac-extensions/eo#common-band-names>
  var commonNames: [String] {
    switch self {
    case .coastal, .blue, .green05, .green, .yellow, .red, .nir09, .nir12: [rawValue]
    case .rededge1: ["rededge071", "rededge1", "rededge"]
    case .rededge2: ["rededge075", "rededge2"]
    case .rededge3: ["rededge078", "rededge3"]
    case .nir: ["nir", "nir08"]
    case .nir08: ["nir08", "nir"]
    case .swir1: ["swir16"]
    case .swir2: ["swir22"]
    }
  }

  /// A phrase for people: "near infrared".
  public var title: String {
    switch self {
    case .blue, .green, .yellow, .red: rawValue
    case .coastal: "coastal aerosol"
    case .green05: "green, 531 nm"
    case .rededge1: "red edge, 705 nm"
    case .rededge2: "red edge, 740 nm"
    case .rededge3: "red edge, 783 nm"
    case .nir: "near infrared"
    case .nir08: "near infrared, narrow"
    case .nir09: "water vapour, 940 nm"
    case .nir12: "near infrared, 1.24 µm"
    case .swir1: "short-wave infrared, 1.6 µm"
    case .swir2: "short-wave infrared, 2.2 µm"
    }
  }

  /// The role that is nearest in wavelength, for advice where a product lacks a band.
  var neighbour: BandRole? {
    switch self {
    case .coastal: .blue
    case .green05, .yellow: .green
    case .rededge1: .red
    case .rededge2, .rededge3, .nir08, .nir09, .nir12: .nir
    case .nir: .nir08
    case .swir1: .swir2
    case .swir2: .swir1
    case .blue, .green, .red: nil
    }
  }
}
