/// A band of the simulated archive, by its common name in Landsat STAC items.
public enum SimulatedBand: String, CaseIterable, Hashable, Sendable {
  case red, green, blue, nir08, swir16, swir22
  /// Landsat Collection 2 `QA_PIXEL`.
  case quality = "qa_pixel"

  /// The number that stands for "no data": 1 (the fill bit) in the quality band, 0 in all others.
  public var nodata: UInt16 { self == .quality ? 1 : 0 }

  /// Reflectance = stored × scale + offset; nil for the quality band.
  public var scale: Double? { self == .quality ? nil : 2.75e-5 }
  public var offset: Double? { self == .quality ? nil : -0.2 }

  /// The place of a reflectance band in the tables of `PixelKind`; the quality band is last.
  var index: Int { SimulatedBand.allCases.firstIndex(of: self) ?? 0 }

  /// The file's band name, as USGS calls it.
  var title: String {
    switch self {
    case .red: "SR_B4"
    case .green: "SR_B3"
    case .blue: "SR_B2"
    case .nir08: "SR_B5"
    case .swir16: "SR_B6"
    case .swir22: "SR_B7"
    case .quality: "QA_PIXEL"
    }
  }
}
