/// Published coefficients of the tasselled cap: brightness, greenness and wetness of a sensor.
public enum TasselledCap: String, CaseIterable, Hashable, Sendable {
  case crist = "crist_1985"
  case huang = "huang_2002"
  case baig = "baig_2014"
  case shi = "shi_2019"
  case lobser = "lobser_2007"

  /// The names of its three results.
  public static let names = ["TCB", "TCG", "TCW"]

  /// The coefficients for the numbers a product has; nil where the product is not known.
  public static func standard(forSensor id: String) -> TasselledCap? {
    switch id {
    case "landsat-c2-l2", "ga-landsat", "hls-l30", "hls-s30": .crist
    case "sentinel-2-l2a": .shi
    case "modis-09": .lobser
    default: nil
    }
  }

  public var reference: String {
    switch self {
    case .crist: "Crist 1985, Remote Sensing of Environment 17:301-306"
    case .huang: "Huang et al. 2002, International Journal of Remote Sensing 23:1741-1748"
    case .baig: "Baig et al. 2014, Remote Sensing Letters 5:423-431"
    case .shi: "Shi & Xu 2019, IEEE JSTARS 12:4038-4048, https://doi.org/10.1109/JSTARS.2019.2938388"
    case .lobser: "Lobser & Cohen 2007, International Journal of Remote Sensing 28:5079-5101"
    }
  }

  /// What the coefficients were made for.
  public var title: String {
    switch self {
    case .crist:
      "reflectance factors in TM's bands; the usual ones for surface reflectance of Landsat and HLS"
    case .huang: "at-satellite reflectance of ETM+"
    case .baig: "at-satellite reflectance of OLI"
    case .shi: "at-satellite reflectance of MSI"
    case .lobser: "MODIS, reflectance at nadir"
    }
  }

  /// The bands in the order of the coefficients.
  private var bands: [IndexBand] {
    self == .lobser
      ? [.red, .nir, .blue, .green, .nir12, .swir1, .swir2] : [.blue, .green, .red, .nir, .swir1, .swir2]
  }

  /// Brightness, greenness, wetness.
  private var coefficients: [[String]] {
    switch self {
    case .crist:
      [
        ["0.2043", "0.4158", "0.5524", "0.5741", "0.3124", "0.2303"],
        ["-0.1603", "-0.2819", "-0.4934", "0.7940", "-0.0002", "-0.1446"],
        ["0.0315", "0.2021", "0.3102", "0.1594", "-0.6806", "-0.6109"],
      ]
    case .huang:
      [
        ["0.3561", "0.3972", "0.3904", "0.6966", "0.2286", "0.1596"],
        ["-0.3344", "-0.3544", "-0.4556", "0.6966", "-0.0242", "-0.2630"],
        ["0.2626", "0.2141", "0.0926", "0.0656", "-0.7629", "-0.5388"],
      ]
    case .baig:
      [
        ["0.3029", "0.2786", "0.4733", "0.5599", "0.5080", "0.1872"],
        ["-0.2941", "-0.2430", "-0.5424", "0.7276", "0.0713", "-0.1608"],
        ["0.1511", "0.1973", "0.3283", "0.3407", "-0.7117", "-0.4559"],
      ]
    case .shi:
      [
        ["0.3510", "0.3813", "0.3437", "0.7196", "0.2396", "0.1949"],
        ["-0.3599", "-0.3533", "-0.4734", "0.6633", "0.0087", "-0.2856"],
        ["0.2578", "0.2305", "0.0883", "0.1071", "-0.7611", "-0.5308"],
      ]
    case .lobser:
      [
        ["0.4395", "0.5945", "0.2460", "0.3918", "0.3506", "0.2136", "0.2678"],
        ["-0.4064", "0.5129", "-0.2744", "-0.2893", "0.4882", "-0.0036", "-0.4169"],
        ["0.1147", "0.2489", "0.2408", "0.3132", "-0.3122", "-0.6416", "-0.5087"],
      ]
    }
  }

  /// Its three results as indices.
  public var indices: [SpectralIndex] {
    let titles = ["brightness", "greenness", "wetness"]
    let ranges = [0.0...2.0, -0.6...0.6, -0.8...0.6]
    return TasselledCap.names.indices.compactMap { place in
      let formula = zip(coefficients[place], bands).enumerated().map { term, pair in
        let isNegative = pair.0.hasPrefix("-")
        let sign = term == 0 ? (isNegative ? "-" : "") : (isNegative ? " - " : " + ")
        return "\(sign)\(isNegative ? String(pair.0.dropFirst()) : pair.0) * \(pair.1.rawValue)"
      }.joined()
      return try? SpectralIndex(
        name: TasselledCap.names[place], longName: "tasselled cap \(titles[place]) (\(rawValue))",
        domain: .tasselledCap, formula: formula, range: ranges[place], reference: reference)
    }
  }
}
