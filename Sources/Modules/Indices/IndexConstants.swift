/// The constants of spectral indices, with the values they have unless a config says otherwise.
public enum IndexConstants {
  /// By name: what it is, and its value in the awesome-spectral-indices list; nil where that has none.
  public static let all: [(name: String, value: Double?, title: String)] = [
    ("C1", 6, "aerosol resistance, red"),
    ("C2", 7.5, "aerosol resistance, blue"),
    ("L", 1, "canopy background adjustment"),
    ("PAR", nil, "photosynthetically active radiation, in the unit that the result is to have"),
    ("alpha", 0.1, "weight of near infrared in WDRVI"),
    ("beta", 0.05, "calibration of NDSInw"),
    ("cexp", 1.16, "exponent of OCVI"),
    ("epsilon", 1, "adjustment of EBI, WC1 and WC2"),
    ("eta", 0.5, "mix of green and red in GRARI"),
    ("fdelta", 0.581, "adjustment of SEVI"),
    ("g", 2.5, "gain"),
    ("gamma", 1, "weight of blue in ARVI"),
    ("k", 0, "slope of the soil's reflectance, per nanometre"),
    ("lambdaG", nil, "wavelength of green, in nanometres"),
    ("lambdaN", nil, "wavelength of near infrared, in nanometres"),
    ("lambdaN2", nil, "wavelength of near infrared, narrow, in nanometres"),
    ("lambdaR", nil, "wavelength of red, in nanometres"),
    ("lambdaS1", nil, "wavelength of short-wave infrared, 1.6 µm, in nanometres"),
    ("lambdaS2", nil, "wavelength of short-wave infrared, 2.2 µm, in nanometres"),
    ("lmb", 1, "atmospheric correction of GRARI"),
    ("n", 5, "adjustment of RWI"),
    ("nexp", 2, "exponent of GDVI"),
    ("omega", 2, "weight of green in MBWI"),
    ("sla", 1, "slope of the soil line"),
    ("slb", 0, "intercept of the soil line"),
  ]

  /// The values by name, of those that have one.
  static let values = Dictionary(all.compactMap { constant in constant.value.map { (constant.name, $0) } }) {
    first, _ in first
  }

  /// The band whose wavelength a constant is.
  static func band(ofWavelength name: String) -> IndexBand? {
    name.hasPrefix("lambda") ? IndexBand(rawValue: String(name.dropFirst("lambda".count))) : nil
  }

  /// Any value for each name, for reading a formula before its constants are known.
  static let placeholders = Dictionary(
    all.enumerated().map { place, constant in (constant.name, constant.value ?? Double(place)) }
  ) { first, _ in first }
}
