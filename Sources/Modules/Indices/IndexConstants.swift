/// The constants of spectral indices, with the values they have unless a config says otherwise.
public enum IndexConstants {
  /// By name: what it is, and its value in the awesome-spectral-indices list.
  public static let all: [(name: String, value: Double, title: String)] = [
    ("C1", 6, "aerosol resistance, red"),
    ("C2", 7.5, "aerosol resistance, blue"),
    ("L", 1, "canopy background adjustment"),
    ("alpha", 0.1, "weight of near infrared in WDRVI"),
    ("beta", 0.05, "calibration of NDSInw"),
    ("cexp", 1.16, "exponent of OCVI"),
    ("epsilon", 1, "adjustment of EBI, WC1 and WC2"),
    ("eta", 0.5, "mix of green and red in GRARI"),
    ("fdelta", 0.581, "adjustment of SEVI"),
    ("g", 2.5, "gain"),
    ("gamma", 1, "weight of blue in ARVI"),
    ("lmb", 1, "atmospheric correction of GRARI"),
    ("n", 5, "adjustment of RWI"),
    ("nexp", 2, "exponent of GDVI"),
    ("omega", 2, "weight of green in MBWI"),
    ("sla", 1, "slope of the soil line"),
    ("slb", 0, "intercept of the soil line"),
  ]

  /// The values by name.
  static let values = Dictionary(all.map { ($0.name, $0.value) }) { first, _ in first }
}
