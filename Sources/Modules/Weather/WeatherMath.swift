internal import Glibc

enum WeatherMath {
  static func exponential(_ x: Double) -> Double { exp(x) }

  /// The pressure of water vapour that saturates air, in Pa, by Magnus' formula.
  ///
  /// - Parameter temperature: °C; the dew point gives the pressure that the air has.
  static func saturationPressure(at temperature: Double) -> Double {
    610.8 * exp(17.27 * temperature / (temperature + 237.3))
  }

  /// What a wind speed 10 m above a surface is 2 m above it, by the logarithmic profile of neutral air.
  ///
  /// - Parameter roughness: the aerodynamic roughness of the surface, m.
  static func windFactor(roughness: Double) -> Double { log(2 / roughness) / log(10 / roughness) }

  static func speed(_ east: Double, _ north: Double) -> Double {
    (east * east + north * north).squareRoot()
  }
}
