internal import Catalog
internal import Engine
internal import JSON
internal import Modules

/// What variables that are computed from granules say of themselves, by what their bands' files say: the unit, the name,
/// how pixels became cells.
struct SwathDescription {
  private let regridding: Regridding
  /// What the scenes say of each band.
  private let assets: [String: JSONValue]

  /// Nil where no scene is a granule.
  init?(_ scenes: [Scene], _ download: Download) {
    let granules = scenes.filter(\.isSwath)
    guard !granules.isEmpty else { return nil }
    regridding = download.swathRegridding
    var assets: [String: JSONValue] = [:]
    for band in download.bands where assets[band.name] == nil {
      assets[band.name] = granules.lazy.compactMap { $0.document["assets"]?[band.name] }.first
    }
    self.assets = assets
  }

  /// A variable as it is described in files.
  func described(_ variable: Variable) -> Variable {
    guard let origin = variable.origin, let asset = assets[origin.band] else { return variable }
    var described = variable
    if let units = asset["apus:units"]?.string { described.units = origin.units(units) }
    if origin.isQuantity, described.standardName == nil {
      described.standardName = asset["apus:standard_name"]?.string
    }
    if let title = asset["title"]?.string {
      described.longName = described.longName.split(separator: " ", omittingEmptySubsequences: false)
        .map { $0 == origin.band ? title : String($0) }.joined(separator: " ")
    }
    described.cellMethods = described.cellMethods.map { "\(regridding.cellMethod) \($0)" }
    described.attributes["regridding"] = words
    return described
  }

  private var words: String {
    switch regridding.method {
    case .nearest: "nearest pixel centre"
    case .bilinear: "bilinear between pixel centres"
    case .bin: "\(regridding.statistic.rawValue) of the pixels whose centres lie in the cell"
    case .area: "mean of pixels weighted by the share of the cell that their footprints cover"
    }
  }
}
