internal import Engine
internal import GDAL
internal import Geo

/// Which band of a raster is meant. Where a variable has several times or levels, each is a band: the one of the scene's
/// moment is meant, and where that does not tell, none is taken.
struct LayerChoice {
  let file: BandFile
  let info: RasterInfo
  /// Whether the raster is a variable that was chosen by name in a file of several.
  let isVariable: Bool

  /// The band's number, from 1.
  ///
  /// - Throws: `CellFailure` when it is not known which of several layers is meant, or when there is none of the
  ///   scene's day.
  func number(subject: String) throws -> Int {
    // In a variable of a file of several the catalogue's number is that of the variable.
    let number = isVariable ? 1 : file.number
    var layers = info.bands.enumerated().compactMap { index, band in
      band.layer.map { (number: index + 1, layer: $0) }
    }
    if let level = file.level {
      layers = layers.filter { $0.layer.isOf(level: level) }
      guard let first = layers.first else {
        throw CellFailure(
          "\(subject): no layer of the file is of level \(level)\(dimensions): correct \"level\" in "
            + "\"overrides\" of \"download\"")
      }
      if layers.count == 1 { return first.number }
    } else if layers.count < 2 || file.isNumberStated && !isVariable {
      return number
    }
    guard let time = file.time, layers.contains(where: { $0.layer.time != nil }) else {
      throw CellFailure(
        "\(subject): the variable has \(layers.count) layers\(extent), and which one is meant is not known: "
          + LayerChoice.advice)
    }
    let exact = layers.filter { $0.layer.time == time }
    let found = exact.isEmpty ? layers.filter { $0.layer.time?.date == time.date } : exact
    guard let first = found.first else {
      throw CellFailure(
        "\(subject): none of the \(layers.count) layers of the variable\(extent) is of the scene's day, \(time.date): "
          + "correct the \"datetime\" of the STAC item")
    }
    guard found.count == 1 else {
      throw CellFailure(
        "\(subject): \(found.count) of the \(layers.count) layers of the variable are of the scene's day, "
          + "\(time.date)\(dimensions), and which one is meant is not known: \(LayerChoice.advice)")
    }
    return first.number
  }

  private static let advice =
    "split the file into one for each layer, name the layer's band in the STAC item (\"bands\", in the file's order), or "
    + "give a \"level\" in \"overrides\" of \"download\""

  /// " (2021-05-01 to 2021-05-03)".
  private var extent: String {
    let times = info.bands.compactMap { $0.layer?.time }
    guard let first = times.min(), let last = times.max() else { return dimensions }
    return first.date == last.date ? " (\(first.date))" : " (\(first.date) to \(last.date))"
  }

  /// " (level 850, level 500, …)".
  private var dimensions: String {
    var texts: [String] = []
    for coordinate in info.bands.compactMap(\.layer).flatMap(\.coordinates) {
      let text = "\(coordinate.name) \(coordinate.value)"
      if !texts.contains(text) { texts.append(text) }
    }
    guard !texts.isEmpty else { return "" }
    return " (\(texts.prefix(4).joined(separator: ", "))\(texts.count > 4 ? ", …" : ""))"
  }
}

extension RasterLayer {
  /// Whether the layer has this coordinate along one of its dimensions but time; files say it in float32 at times.
  fileprivate func isOf(level: Double) -> Bool {
    coordinates.contains { coordinate in
      Double(coordinate.value).map { abs($0 - level) <= 1e-6 * max(abs(level), 1e-3) } ?? false
    }
  }
}
