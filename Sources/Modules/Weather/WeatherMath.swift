internal import Glibc

enum WeatherMath {
  static func exponential(_ x: Double) -> Double { exp(x) }
}
