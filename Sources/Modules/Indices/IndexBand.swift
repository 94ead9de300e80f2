/// The bands of spectral indices, by the letters that their formulas use: those of the awesome-spectral-indices list.
public enum IndexBand: String, CaseIterable, Hashable, Sendable {
  case coastal = "A"
  case blue = "B"
  case green05 = "G1"
  case green = "G"
  case yellow = "Y"
  case red = "R"
  case rededge1 = "RE1"
  case rededge2 = "RE2"
  case rededge3 = "RE3"
  case nir = "N"
  case nir08 = "N2"
  case nir09 = "WV"
  /// Not in the list: for the tasselled cap of MODIS.
  case nir12 = "N3"
  case swir1 = "S1"
  case swir2 = "S2"

  /// What a sensor's band is asked for.
  public var role: BandRole {
    switch self {
    case .coastal: .coastal
    case .blue: .blue
    case .green05: .green05
    case .green: .green
    case .yellow: .yellow
    case .red: .red
    case .rededge1: .rededge1
    case .rededge2: .rededge2
    case .rededge3: .rededge3
    case .nir: .nir
    case .nir08: .nir08
    case .nir09: .nir09
    case .nir12: .nir12
    case .swir1: .swir1
    case .swir2: .swir2
    }
  }
}
