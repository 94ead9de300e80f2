/// A published conversion from narrow bands to broadband albedo.
public enum AlbedoFormula: String, CaseIterable, Hashable, Sendable {
  case liang = "liang_2001"
  case bonafoni = "bonafoni_2020"
  case knap = "knap_1999"
  case tasumi = "tasumi_2008"

  /// The weight of each band, for the formulas that are plain sums; empty for `knap_1999`.
  public var weights: [(role: BandRole, weight: Double)] {
    switch self {
    case .liang: [(.blue, 0.356), (.red, 0.130), (.nir, 0.373), (.swir1, 0.085), (.swir2, 0.072)]
    case .bonafoni:
      [
        (.blue, 0.2266), (.green, 0.1236), (.red, 0.1573), (.nir, 0.3417), (.swir1, 0.1170), (.swir2, 0.0338),
      ]
    case .tasumi:
      [(.blue, 0.254), (.green, 0.149), (.red, 0.147), (.nir, 0.311), (.swir1, 0.103), (.swir2, 0.036)]
    case .knap: []
    }
  }

  /// What is added to the sum.
  public var constant: Double { self == .liang ? -0.0018 : 0 }

  /// The bands it needs, in the order a module reads them.
  public var roles: [BandRole] { self == .knap ? [.green, .nir] : weights.map(\.role) }

  /// The bands that any of the formulas needs.
  static let allRoles: [BandRole] = [.blue, .green, .red, .nir, .swir1, .swir2]

  public var reference: String {
    switch self {
    case .liang:
      "Liang 2001, Remote Sensing of Environment 76:213-238; for OLI and MSI Naegeli et al. 2017, "
        + "Remote Sensing 9:110"
    case .bonafoni: "Bonafoni & Sekertekin 2020, IEEE Geoscience and Remote Sensing Letters 17:1618-1622"
    case .knap: "Knap et al. 1999, International Journal of Remote Sensing 20:2091-2109"
    case .tasumi: "Tasumi et al. 2008, Journal of Hydrologic Engineering 13:51-63"
    }
  }

  /// The formula as it is written, and what it was made for.
  public var summary: String {
    switch self {
    case .liang:
      "0.356 blue + 0.130 red + 0.373 nir + 0.085 swir1 + 0.072 swir2 − 0.0018 (TM, ETM+, OLI, MSI)"
    case .bonafoni:
      "0.2266 blue + 0.1236 green + 0.1573 red + 0.3417 nir + 0.1170 swir1 + 0.0338 swir2 (MSI)"
    case .knap: "0.726 green − 0.322 green² − c·nir + 0.581 nir² (glacier ice; c is `nir_coefficient`)"
    case .tasumi:
      "0.254 blue + 0.149 green + 0.147 red + 0.311 nir + 0.103 swir1 + 0.036 swir2 (TM, ETM+)"
    }
  }
}
