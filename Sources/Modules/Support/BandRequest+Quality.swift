public import Engine

extension BandRequest {
  /// The statistics range of stored numbers: every uint16.
  static let rawRange = 0.0...65535.0

  /// Whether the config asks for the numbers as they are stored (`"scale": "none"`).
  public var isRaw: Bool { !isQuality && variable.statisticsRange == BandRequest.rawRange }

  /// The same band read as bits or classes: what a mask's band is, whether or not its name is known.
  public var asQualityLayer: BandRequest {
    guard !isQuality else { return self }
    var copy = self
    copy.isQuality = true
    copy.variable = Variable(
      name: name, longName: "quality layer \(name)", statisticsRange: BandRequest.rawRange)
    copy.override = SampleEncoding(nodata: override.nodata)
    copy.fallback = SampleEncoding()
    return copy
  }
}
