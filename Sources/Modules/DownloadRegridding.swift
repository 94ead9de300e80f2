internal import Engine
internal import JSON

/// The parameter `regrid` of `download`: how granules are brought onto the grid.
enum DownloadRegridding {
  static let parameter = ModuleParameter(
    "regrid",
    .either([
      .choice(Regridding.Method.allCases.map(\.rawValue)),
      .object([
        .init("method", .choice(Regridding.Method.allCases.map(\.rawValue)), "As without the braces."),
        .init(
          "statistic", .choice(Regridding.Statistic.allCases.map(\.rawValue)),
          "What \"bin\" makes of the pixels in a cell: \"mean\" by default."),
        .init(
          "radius", .either([.choice(["auto"]), .number(0.001...20_000_000)]),
          "How far pixels reach, in metres; \"auto\" follows the spacing of each column."),
        .init(
          "valid_range", .boolean,
          "Whether values beyond a variable's valid_min and valid_max are missing, as CF has it: true by default."
        ),
        .init(
          "min_weight", .number(0...1),
          "The least share of a cell that valid pixels must cover, for \"area\"; 0 by default."),
        .init("longitude", .text, "The variable with the longitudes, where it is not found by itself."),
        .init("latitude", .text, "The variable with the latitudes."),
      ]),
    ]),
    "How granules are brought onto the grid: \"nearest\" (the default), \"bilinear\", \"bin\" or \"area\". Given with a "
      + "STAC source it says that the scenes' files are granules.")

  /// GiB that copies take if the config does not say.
  static let usualSpace = 10.0

  static let copies = ModuleParameter(
    "copies", .either([.choice(["keep"]), .number(0.001...1_000_000)]),
    "GiB of disk that copies of granules from servers may take; 10 when absent. Each is removed when the last cell "
      + "that needs it is done, and brought again if it had to make room before. \"keep\" leaves all of them for other "
      + "runs.")

  static let access = ModuleParameter(
    "access", .choice(["https", "s3"]),
    "How granules that CMR finds are brought: over \"https\" (when absent), or from their archive's \"s3\" bucket with "
      + "keys that Earthdata Login hands out for an hour, on machines in AWS us-west-2.")

  /// Whether a source is NASA's Common Metadata Repository.
  static func isCMR(_ source: String) -> Bool { source == "cmr" || source.hasPrefix("cmr:") }

  static let discussion = """
    `"source": "cmr"` asks NASA's Common Metadata Repository for granules of a `collection` (its short name) in a \
    `version`, and brings them with Earthdata Login (EARTHDATA_TOKEN, EARTHDATA_USERNAME and EARTHDATA_PASSWORD, or .netrc) into a \
    folder: APUS_GRANULES, else `apus/granules` in your cache folder. A few are brought ahead of what reads them, each is \
    checked against size and checksum, and removed when the last cell that needs it is done (`copies`).

    Granules (Level-2 files of PACE, MODIS, VIIRS, Sentinel-3, AMSR2, ASCAT and others) have a longitude and latitude for \
    every pixel. Bands are named by variable ("chlor_a"), by path ("geophysical_data/chlor_a"), with a band axis by \
    wavelength ("Rrs@443") or number ("Rrs[3]"). `regrid` brings them onto the grid: `nearest` takes the pixel whose centre \
    is nearest to the cell's, valid or not (clouds are not filled from beside), within its reach, half the diagonal of its \
    column; `bilinear` interpolates between four pixel centres; `bin` takes all pixels whose centres lie in the cell; \
    `area` weighs pixels by the share of the cell that their footprints cover. Distances are those of a sphere. Values \
    outside a variable's valid range are missing.
    """
}

extension Regridding {
  /// The variable of a band in cells, where their statistic is another quantity.
  func described(_ variable: Variable) -> Variable {
    var described = variable
    guard method == .bin else { return variable }
    switch statistic {
    case .count:
      described.longName = "number of pixels of \(variable.longName)"
      described.standardName = "number_of_observations"
      described.origin = variable.origin?.derived(power: 0)
      (described.units, described.validRange) = ("1", nil)
      described.statisticsRange = 0...4096
    case .std:
      described.longName = "standard deviation of \(variable.longName) in the cell"
      (described.standardName, described.validRange) = (nil, nil)
      described.origin = variable.origin?.derived()
      described.statisticsRange =
        0...(variable.statisticsRange.upperBound - variable.statisticsRange.lowerBound)
    case .mean, .geometricMean, .min, .max: break
    }
    return described
  }
}

extension Download {
  /// Whether it asks NASA's Common Metadata Repository.
  public var searchesCMR: Bool { DownloadRegridding.isCMR(source) }

  /// The band of what the cells of another weigh; nil where each is one pixel, or between four.
  func weight(of band: BandRequest) -> BandRequest? {
    guard !band.isQuality, !band.isWeight, let method = regridding?.method, method == .bin || method == .area
    else { return nil }
    var weight = band
    weight.name = "\(band.name)_weight"
    weight.isWeight = true
    weight.variable = Variable(
      name: weight.name,
      longName: method == .bin ? "number of pixels of \(band.name)" : "share of the cell with \(band.name)",
      statisticsRange: 0...4096)
    weight.variable.isAuxiliary = true
    return weight
  }
}

extension DownloadBands {
  /// What the config says of regridding, whether it makes sense or not; nil when it says nothing.
  var statedRegridding: Regridding? {
    guard let node = arguments.node("regrid") else { return nil }
    if let method = node.string.flatMap(Regridding.Method.init(rawValue:)) {
      return Regridding(method: method)
    }
    let method = node["method"]?.string.flatMap(Regridding.Method.init(rawValue:)) ?? .nearest
    let statistic = node["statistic"]?.string.flatMap(Regridding.Statistic.init(rawValue:))
    return Regridding(
      method: method, statistic: statistic ?? .mean, radius: node["radius"]?.double,
      appliesRange: node["valid_range"]?.bool ?? true, leastWeight: node["min_weight"]?.double ?? 0,
      longitude: node["longitude"]?.string, latitude: node["latitude"]?.string)
  }

  /// What the config says of regridding; nil when it says nothing.
  func regridding() -> Regridding? {
    guard let node = arguments.node("regrid"), let regridding = statedRegridding else { return nil }
    let method = regridding.method
    let path = arguments.path.appending("regrid")
    func refuse(_ key: String, unless isUsed: Bool, _ reason: String) {
      guard let wrong = node[key], !isUsed else { return }
      scope.report(
        Diagnostic(
          path: path.appending(key), position: wrong.position,
          message: "\"\(key)\" would do nothing: \(reason)"))
    }
    refuse("statistic", unless: method == .bin, "only \"bin\" has statistics")
    refuse("min_weight", unless: method == .area, "only \"area\" has weights")
    refuse(
      "radius", unless: method == .nearest || method == .bilinear, "\"\(method.rawValue)\" has no radius")
    for (key, other) in [("longitude", "latitude"), ("latitude", "longitude")]
    where node[key] != nil && node[other] == nil {
      scope.report(
        Diagnostic(
          path: path.appending(key), position: node[key]?.position ?? node.position,
          message: "\"\(key)\" needs \"\(other)\" beside it"))
    }
    return regridding
  }
}
