import Engine
import Raster
import Storage

/// The colours of a variable's pictures: 255 steps over a range of values; missing is transparent.
struct ColourRamp {
  /// Place 0 is for missing values.
  let palette: [PNGImage.Colour]
  private let range: ClosedRange<Double>
  /// The values that have a colour of their own, as far as they have; then no ramp counts.
  private let colours: [UInt8: PNGImage.Colour]

  /// - Parameter statistics: of the layer; where the variable has no customary range, its percentiles 2 and 98 are the
  ///   ends.
  init(for variable: Variable, statistics: SampleStatistics) {
    let colours = ColourRamp.colours(of: variable)
    self.colours = colours
    guard colours.isEmpty else {
      range = 0...254
      palette =
        [PNGImage.Colour(0, 0, 0, alpha: 0)]
        + (0..<255).map { colours[UInt8($0)] ?? PNGImage.Colour(128, 128, 128) }
      return
    }
    let (stops, range) = ColourRamp.choice(variable, statistics)
    self.range = range
    palette =
      [PNGImage.Colour(0, 0, 0, alpha: 0)]
      + (0..<255).map { ColourRamp.colour(Double($0) / 254, between: stops) }
  }

  /// The place of a value in the palette.
  func index(_ value: Float) -> UInt8 {
    guard colours.isEmpty else {
      let whole = value.rounded()
      return (0...254).contains(whole) ? UInt8(whole) + 1 : 0
    }
    let share = (Double(value) - range.lowerBound) / (range.upperBound - range.lowerBound)
    // Also where both the value and the range are infinite.
    guard !share.isNaN else { return 0 }
    return UInt8(1 + (min(max(share, 0), 1) * 254).rounded())
  }

  /// The colours of named values.
  private static func colours(of variable: Variable) -> [UInt8: PNGImage.Colour] {
    guard case .flags(let flags) = variable.storage else { return [:] }
    return Dictionary(
      flags.compactMap { flag in
        flag.colour.map { colour in
          func part(_ shift: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: colour >> shift) }
          return (flag.value, PNGImage.Colour(part(16), part(8), part(0)))
        }
      }
    ) { first, _ in first }
  }

  private static func choice(
    _ variable: Variable, _ statistics: SampleStatistics
  ) -> ([PNGImage.Colour], ClosedRange<Double>) {
    let name = (variable.standardName ?? "") + " " + variable.name + " " + variable.longName.lowercased()
    if variable.storage.isWhole {
      // Counts from none to the most there are; the classes of a mask.
      return (sequential, 0...max(statistics.maximum, 1))
    }
    if name.contains("ndvi") || name.contains("normalized_difference_vegetation_index") {
      return (vegetation, -0.2...0.9)
    }
    if name.contains("albedo") { return (grey, 0...0.9) }
    let low = statistics.percentile(2) ?? statistics.minimum
    let high = statistics.percentile(98) ?? statistics.maximum
    return (grey, high > low ? low...high : low...(low + 1))
  }

  private static func colour(_ share: Double, between stops: [PNGImage.Colour]) -> PNGImage.Colour {
    let place = share * Double(stops.count - 1)
    let first = min(Int(place), stops.count - 2)
    let part = place - Double(first)
    func mix(_ from: UInt8, _ to: UInt8) -> UInt8 {
      UInt8((Double(from) + part * (Double(to) - Double(from))).rounded())
    }
    let (low, high) = (stops[first], stops[first + 1])
    return PNGImage.Colour(mix(low.red, high.red), mix(low.green, high.green), mix(low.blue, high.blue))
  }

  /// Bare ground to dense green.
  private static let vegetation: [PNGImage.Colour] = [
    .init(110, 92, 82), .init(206, 186, 150), .init(236, 226, 176), .init(166, 204, 104), .init(72, 152, 54),
    .init(8, 84, 32), .init(2, 48, 22),
  ]
  private static let grey: [PNGImage.Colour] = [.init(0, 0, 0), .init(255, 255, 255)]
  /// Dark blue to yellow, even to the eye and in print.
  private static let sequential: [PNGImage.Colour] = [
    .init(68, 1, 84), .init(59, 82, 139), .init(33, 145, 140), .init(94, 201, 98), .init(253, 231, 37),
  ]
}
