internal import Glibc
internal import JSON
public import Raster
public import Storage

/// Three variables as the red, green and blue of pictures.
///
/// All three have the same stretch, so that what is grey on the ground is grey on the picture: from percentile 2 to
/// percentile 98 of all of their values in all layers, unless limits are given or each is to have its own. Where one of
/// them is missing the picture is transparent.
public struct ColourComposite: Sendable {
  /// Of the pictures.
  public let name: String
  /// Of the variables: red, green, blue.
  public let bands: [String]
  /// Of each band the values that are black and fully lit.
  public let ranges: [ClosedRange<Double>]
  /// The exponent's inverse: above 1 brightens what is dark.
  public let gamma: Double

  /// Finds the values that are black and fully lit.
  ///
  /// - Parameters:
  ///   - name: of the picture.
  ///   - bands: three names, for red, green and blue.
  ///   - statistics: of each band over all layers that are to be compared.
  ///   - limits: over those that the statistics give; nil for the second to the 98th percentile.
  ///   - gamma: the exponent's inverse, above 0.
  ///   - isJoint: whether all bands have one stretch; else each has that of its own values.
  public init(
    name: String, bands: [String], statistics: [SampleStatistics], limits: ClosedRange<Double>?,
    gamma: Double, isJoint: Bool = true
  ) {
    precondition(bands.count == 3 && statistics.count == 3 && gamma > 0)
    (self.name, self.bands, self.gamma) = (name, bands, gamma)
    ranges =
      isJoint || limits != nil
      ? Array(repeating: ColourScale.widened(limits ?? ColourComposite.stretch(statistics)), count: 3)
      : statistics.map { ColourScale.widened(ColourComposite.stretch([$0])) }
  }

  private static func stretch(_ statistics: [SampleStatistics]) -> ClosedRange<Double> {
    let counted = statistics.filter { $0.count > 0 }
    guard var whole = counted.first else { return 0...1 }
    for other in counted.dropFirst() where other.range == whole.range { whole.merge(other) }
    // Histograms over other ranges do not add up: then the widest of the stretches is taken.
    let all = counted.contains { $0.range != whole.range } ? counted : [whole]
    let low = all.map { $0.percentile(2) ?? $0.minimum }.min() ?? 0
    let high = all.map { $0.percentile(98) ?? $0.maximum }.max() ?? 1
    return min(low, high)...max(low, high)
  }

  /// A map of one layer.
  ///
  /// - Parameter values: of each band, row by row; NaN where missing.
  func map(width: Int, height: Int, _ values: [[Float]]) -> ColourPicture {
    ColourPicture(width: width, height: height, samples: colours(of: values))
  }

  /// Red, green, blue and opacity of each pixel in turn.
  ///
  /// - Parameter values: of each band as many; NaN where missing.
  public func colours(of values: [[Float]]) -> [UInt8] {
    precondition(values.count == 3 && values.allSatisfy { $0.count == values[0].count })
    var samples = [UInt8](repeating: 0, count: 4 * values[0].count)
    for pixel in values[0].indices {
      guard !values[0][pixel].isNaN, !values[1][pixel].isNaN, !values[2][pixel].isNaN else { continue }
      for band in 0..<3 {
        let (low, high) = (ranges[band].lowerBound, ranges[band].upperBound)
        let share = min(max((Double(values[band][pixel]) - low) / (high - low), 0), 1)
        samples[4 * pixel + band] = UInt8(
          (255 * (gamma == 1 ? share : pow(share, 1 / gamma)) + 0.5).rounded(.down))
      }
      samples[4 * pixel + 3] = 255
    }
    return samples
  }

  /// A legend's colours: which variable is which.
  fileprivate var scale: ColourScale {
    .classes(
      zip(bands, [0xE00000, 0x00A000, 0x2040FF] as [UInt32]).enumerated().map { place, entry in
        ColourScale.Class(value: place, name: entry.0, colour: PNGImage.Colour(entry.1))
      })
  }

  fileprivate func title(_ label: String) -> String {
    let ends = ranges.map { "\(ShortNumber.text($0.lowerBound)) to \(ShortNumber.text($0.upperBound))" }
    return "\(name)\(label) (\(isJoint ? ends[0] : ends.joined(separator: ", ")))"
  }

  /// Whether all bands have the same stretch.
  private var isJoint: Bool { ranges[0] == ranges[1] && ranges[0] == ranges[2] }

  /// As pictures carry it.
  fileprivate var json: JSONValue {
    let (low, high) = (
      ranges.map { JSONValue.number($0.lowerBound) }, ranges.map { JSONValue.number($0.upperBound) }
    )
    return [
      "bands": .array(bands.map(JSONValue.string)), "low": isJoint ? low[0] : .array(low),
      "high": isJoint ? high[0] : .array(high), "gamma": .number(gamma),
    ]
  }

  /// A layer's picture: the map, and below it a legend.
  ///
  /// - Parameters:
  ///   - width: of the map, in pixels.
  ///   - height: of the map, in pixels.
  ///   - values: of each band, row by row; NaN where missing.
  ///   - label: of the layer, for the title.
  ///   - metresPerPixel: of the map; nil for no scale bar.
  public func picture(
    width: Int, height: Int, values: [[Float]], label: String, metresPerPixel: Double?
  ) -> ColourPicture {
    var legend = LegendPicture(
      columns: width, scale: scale, title: title(" " + label), units: "1", metresPerPixel: metresPerPixel,
      map: (width, height))
    // Nothing where the legend is wider than the map.
    legend.prepend(Array(repeating: 0, count: legend.width * height))
    var picture = ColourPicture(legend.picture)
    picture.draw(map(width: width, height: height, values), column: 0, row: 0)
    picture.texts[LegendPicture.scaleKeyword] = json.text()
    return picture
  }

  /// Layers beside each other on one picture.
  public struct Sheet {
    fileprivate let composite: ColourComposite
    fileprivate let width: Int
    fileprivate let height: Int
    private var maps: [(label: String, map: ColourPicture)] = []

    fileprivate init(_ composite: ColourComposite, width: Int, height: Int) {
      (self.composite, self.width, self.height) = (composite, width, height)
    }

    /// Adds a layer.
    ///
    /// - Parameters:
    ///   - values: of each band, row by row; NaN where missing.
    ///   - label: of the layer, below its map.
    ///   - own: the layer's stretch; nil for the sheet's.
    public mutating func add(_ values: [[Float]], label: String, own: ColourComposite? = nil) {
      let map = (own ?? composite).map(width: width, height: height, values)
      maps.append((label, map.reduced(to: ContactSheet.side)))
    }

    /// The sheet with the layers added so far.
    ///
    /// - Parameters:
    ///   - note: what of the layers is shown, for the title.
    ///   - metresPerPixel: of a layer; nil for no scale bar.
    /// - Returns: nil without layers.
    public func picture(note: String, metresPerPixel: Double?) -> ColourPicture? {
      var sheet = ContactSheet(
        width: width, height: height, scale: composite.scale, title: composite.title(note), units: "1",
        metresPerPixel: metresPerPixel)
      let nothing = [Float](repeating: .nan, count: width * height)
      for entry in maps { sheet.add(nothing, label: entry.label) }
      guard let drawn = sheet.picture else { return nil }
      var picture = ColourPicture(drawn)
      for (entry, corner) in zip(maps, sheet.corners) {
        picture.draw(entry.map, column: corner.column, row: corner.row)
      }
      picture.texts[LegendPicture.scaleKeyword] = composite.json.text()
      return picture
    }
  }

  /// An empty sheet.
  ///
  /// - Parameters:
  ///   - width: of a layer, in pixels.
  ///   - height: of a layer, in pixels.
  public func contactSheet(width: Int, height: Int) -> Sheet { Sheet(self, width: width, height: height) }
}
