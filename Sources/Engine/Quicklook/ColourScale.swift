public import JSON
public import Raster
public import Storage

/// Which colour a value of a variable has in pictures, and what a legend says of it.
///
/// What the variable is decides: named classes have a colour each; vegetation indices, albedo, reflectance, counts and
/// differences from zero have a map of their own. Numbers are stretched from percentile 2 to percentile 98 of all
/// layers, unless limits are given. Places in the palette: 0 is for missing values and transparent, then come the
/// colours, and the last two are a legend's paper and ink.
public enum ColourScale: Hashable, Sendable {
  /// Numbers from the lower to the upper end of a range, in the colours of a map.
  case ramp(ColourMap, ClosedRange<Double>)
  case classes([Class])

  /// A named value and its colour.
  public struct Class: Hashable, Sendable {
    public let value: Int
    public let name: String
    public let colour: PNGImage.Colour

    public init(value: Int, name: String, colour: PNGImage.Colour) {
      (self.value, self.name, self.colour) = (value, name, colour)
    }
  }

  /// Colours between missing values and the legend's two.
  public static let colourCount = 253
  public static let paper: UInt8 = 254
  public static let ink: UInt8 = 255

  /// - Parameters:
  ///   - variable: what the values are: flags get a colour a class, else what is measured chooses the map.
  ///   - statistics: of all layers that are to be compared.
  ///   - limits: the ends of the range, over those that the statistics give.
  ///   - map: over the one that the variable has.
  public init(
    for variable: Variable, statistics: SampleStatistics, limits: ClosedRange<Double>? = nil,
    map: ColourMap? = nil
  ) {
    if case .flags(let flags) = variable.storage, limits == nil, map == nil {
      self = .classes(ColourScale.classes(flags))
      return
    }
    let stretch = ColourScale.stretch(variable, statistics)
    let chosen = map ?? ColourScale.map(for: variable, stretch)
    if let limits {
      self = .ramp(chosen, ColourScale.widened(limits))
    } else if chosen == .redBlue {
      let end = max(abs(stretch.lowerBound), abs(stretch.upperBound))
      self = .ramp(chosen, ColourScale.widened(-end...end))
    } else {
      self = .ramp(chosen, ColourScale.widened(stretch))
    }
  }

  /// All 256 colours of a picture.
  public var palette: [PNGImage.Colour] {
    let colours: [PNGImage.Colour] =
      switch self {
      case .ramp(let map, _):
        (0..<ColourScale.colourCount).map { map.colour(Double($0) / Double(ColourScale.colourCount - 1)) }
      case .classes(let classes):
        classes.prefix(ColourScale.colourCount - 1).map(\.colour)
          + Array(
            repeating: ColourScale.unnamed,
            count: ColourScale.colourCount - min(classes.count, ColourScale.colourCount - 1))
      }
    return [PNGImage.Colour(0, 0, 0, alpha: 0)] + colours + [
      PNGImage.Colour(0xFFFFFF), PNGImage.Colour(0x1A1A1A),
    ]
  }

  /// The places of values in the palette.
  public func indices(_ values: [Float]) -> [UInt8] {
    switch self {
    case .ramp(_, let range):
      let (low, width) = (range.lowerBound, range.upperBound - range.lowerBound)
      let last = Double(ColourScale.colourCount - 1)
      return values.map { value in
        let share = (Double(value) - low) / width
        // Beside 2^52 a double has no fraction left: its lowest bits are the number, rounded. A conversion would be a
        // call for each pixel. The share is not a number also where both the value and the range are infinite.
        let place = (min(max(share, 0), 1) * last + 0x1p52).bitPattern
        return share == share ? UInt8(truncatingIfNeeded: place) &+ 1 : 0
      }
    case .classes(let classes):
      var places = [UInt8](repeating: UInt8(ColourScale.colourCount), count: 256)
      for (place, entry) in classes.prefix(ColourScale.colourCount - 1).enumerated()
      where (0...255).contains(entry.value) {
        places[entry.value] = UInt8(place + 1)
      }
      return values.map { value in
        let whole = value.rounded()
        return (0...254).contains(whole) ? places[Int(whole)] : 0
      }
    }
  }

  /// The value or the name of the class behind a place in the palette; nil for missing values.
  public func text(of index: UInt8) -> String? {
    guard index > 0, Int(index) <= ColourScale.colourCount else { return nil }
    switch self {
    case .ramp(_, let range):
      let share = Double(index - 1) / Double(ColourScale.colourCount - 1)
      return ShortNumber.text(range.lowerBound + share * (range.upperBound - range.lowerBound))
    case .classes(let classes):
      return Int(index) <= classes.count ? classes[Int(index) - 1].name : nil
    }
  }

  /// As pictures carry it, so that whoever has the file knows what its colours mean.
  public var json: JSONValue {
    switch self {
    case .ramp(let map, let range):
      [
        "map": .string(map.rawValue), "low": .number(range.lowerBound), "high": .number(range.upperBound),
        "stops": .array(map.stops.map { .string($0.hexadecimal) }),
      ]
    case .classes(let classes):
      [
        "classes": .array(
          classes.map {
            ["value": .integer($0.value), "name": .string($0.name), "colour": .string($0.colour.hexadecimal)]
          })
      ]
    }
  }

  // MARK: Choice

  /// A class without a colour of its own takes the next of these (Okabe and Ito 2008), apart also for the colour-blind.
  private static let distinct: [UInt32] = [
    0x0072B2, 0xE69F00, 0x009E73, 0xCC79A7, 0x56B4E9, 0xD55E00, 0xF0E442, 0x6A3D9A, 0x8C564B, 0x7F7F7F,
  ]
  private static let unnamed = PNGImage.Colour(0x808080)

  private static func classes(_ flags: [Variable.Flag]) -> [Class] {
    flags.enumerated().map { place, flag in
      Class(
        value: Int(flag.value), name: flag.meaning,
        colour: PNGImage.Colour(flag.colour ?? distinct[place % distinct.count]))
    }
  }

  private static func map(for variable: Variable, _ stretch: ClosedRange<Double>) -> ColourMap {
    let standard = variable.standardName ?? ""
    if variable.isAuxiliary || variable.storage.isWhole { return .viridis }
    if standard.contains("vegetation") || variable.theme == .vegetation { return .redYellowGreen }
    if standard.contains("albedo") || variable.theme == .snow { return .ice }
    if standard.contains("reflectance") { return .greys }
    // A difference: its possible values lie around zero, and the usual ones on both sides of it.
    let range = variable.validRange ?? variable.statisticsRange
    let isAroundZero =
      range.lowerBound < 0 && abs(range.lowerBound + range.upperBound) <= 1e-9 * range.upperBound
    return isAroundZero && stretch.lowerBound < 0 && stretch.upperBound > 0 ? .redBlue : .viridis
  }

  private static func stretch(_ variable: Variable, _ statistics: SampleStatistics) -> ClosedRange<Double> {
    guard statistics.count > 0 else { return 0...1 }
    if variable.storage.isWhole { return min(0, statistics.minimum)...max(statistics.maximum, 1) }
    let low = statistics.percentile(2) ?? statistics.minimum
    let high = statistics.percentile(98) ?? statistics.maximum
    return min(low, high)...max(low, high)
  }

  /// A range that is not empty.
  static func widened(_ range: ClosedRange<Double>) -> ClosedRange<Double> {
    guard range.lowerBound.isFinite, range.upperBound.isFinite else { return 0...1 }
    guard range.lowerBound == range.upperBound else { return range }
    let half = max(abs(range.lowerBound) * 0.01, 1e-6)
    return (range.lowerBound - half)...(range.upperBound + half)
  }
}
