/// What an energy balance needs to know of the air, named as in the columns of a file.
enum WeatherQuantity: String, CaseIterable {
  case shortwave = "sw_in"
  case vapourPressure = "vapour_pressure"
  case relativeHumidity = "relative_humidity"
  case dewPoint = "dew_point"
  case temperature = "air_temperature"
  case wind = "wind"

  typealias Mistake = StationWeather.Mistake

  /// How numbers of a file become numbers in the unit that is used.
  enum Conversion: Hashable {
    /// number · factor + offset.
    case linear(Double, Double)
    /// Sums of W m⁻² over time, J m⁻².
    case sums
  }

  /// The unit that is used.
  var unit: String {
    switch self {
    case .shortwave: "W m-2"
    case .vapourPressure: "Pa"
    case .relativeHumidity: "%"
    case .dewPoint, .temperature: "degC"
    case .wind: "m s-1"
    }
  }

  /// Values outside are mistakes.
  private var range: ClosedRange<Double> {
    switch self {
    case .shortwave: -50...1800
    case .vapourPressure: 0...10_000
    case .relativeHumidity: 0...110
    case .dewPoint, .temperature: -90...60
    case .wind: 0...120
    }
  }

  private static let celsius: Set = [
    "c", "°c", "celsius", "degc", "degrees_c", "degree_c", "deg_c", "oc", "degree_celsius", "degrees_celsius",
  ]

  /// - Parameters:
  ///   - unit: as the file gives it; nil or empty for the unit that is used.
  ///   - place: file and variable, for the message.
  /// - Throws: when the unit is none of this quantity.
  func conversion(from unit: String?, of place: String) throws(Mistake) -> Conversion {
    guard let unit, !unit.isEmpty, unit != self.unit else { return .linear(1, 0) }
    // "W m**-2", "W/m^2" and "W m-2" are one.
    let plain = unit.replacing("**", with: "").replacing("^", with: "").replacing(" ", with: "").lowercased()
    switch (self, plain) {
    case (.shortwave, "wm-2"), (.shortwave, "w/m2"), (.shortwave, "wattm-2"): return .linear(1, 0)
    case (.shortwave, "jm-2"), (.shortwave, "j/m2"): return .sums
    case (.vapourPressure, "pa"), (.vapourPressure, "pascal"): return .linear(1, 0)
    case (.vapourPressure, "hpa"), (.vapourPressure, "mbar"), (.vapourPressure, "millibar"):
      return .linear(100, 0)
    case (.vapourPressure, "kpa"): return .linear(1000, 0)
    case (.relativeHumidity, "percent"), (.relativeHumidity, "%"): return .linear(1, 0)
    case (.relativeHumidity, "1"): return .linear(100, 0)
    case (.temperature, "k"), (.dewPoint, "k"), (.temperature, "kelvin"), (.dewPoint, "kelvin"):
      return .linear(1, -273.15)
    case (.temperature, _) where Self.celsius.contains(plain),
      (.dewPoint, _) where Self.celsius.contains(plain):
      return .linear(1, 0)
    case (.wind, _)
    where ["ms-1", "m/s", "m.s-1", "meter/second", "metre/second", "meters/second"].contains(plain):
      return .linear(1, 0)
    default:
      throw Mistake(description: "\(place) is in \"\(unit)\": \(self.unit) is expected for \(rawValue)")
    }
  }

  /// - Parameter place: names the file and the element with the index it is given.
  /// - Throws: when a number is none that this quantity can have; NaN is missing.
  func check(_ numbers: [Double], place: (Int) -> String) throws(Mistake) {
    guard let index = numbers.firstIndex(where: { !$0.isNaN && !range.contains($0) }) else { return }
    let hint = self == .temperature ? "°C: kelvin are not" : unit
    throw Mistake(
      description: "\(place(index)): \(rawValue) \(numbers[index]) is outside \(range.lowerBound) to "
        + "\(range.upperBound) (\(hint) expected)")
  }

  /// - Throws: when relative humidity looks like a fraction.
  static func checkHumidity(_ numbers: [Double], of file: String) throws(Mistake) {
    if let most = numbers.filter({ !$0.isNaN }).max(), most <= 1.2 {
      throw Mistake(
        description:
          "\(file): relative_humidity is \(most) at most, which is a fraction, and % are expected: multiply it "
          + "with 100")
    }
  }

  /// - Throws: when pressures of water vapour look like hPa.
  static func checkPressures(_ numbers: [Double], of file: String) throws(Mistake) {
    if let most = numbers.filter({ !$0.isNaN }).max(), most < 40 {
      throw Mistake(
        description:
          "\(file): vapour_pressure is \(most) at most, which is hPa, and Pa are expected: multiply it with 100"
      )
    }
  }
}
