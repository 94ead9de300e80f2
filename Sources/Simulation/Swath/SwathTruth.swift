internal import Glibc

/// What an imager of ocean colour would see without clouds and faults, at any place.
enum SwathTruth {
  /// Chlorophyll in mg m⁻³ at a place in degrees, some days after the first: smooth, and known everywhere.
  static func chlorophyll(longitude: Double, latitude: Double, day: Double) -> Double {
    let (lambda, phi) = (longitude * .pi / 180, latitude * .pi / 180)
    let (x, y, z) = (cos(phi) * cos(lambda), cos(phi) * sin(lambda), sin(phi))
    let broad = 0.55 * sin(7 * x + 3 * z) * cos(5 * y)
    let fine = 0.22 * sin(43 * x) * sin(41 * z + 0.1 * day) + 0.08 * sin(97 * y)
    return pow(10, -0.4 + 0.05 * sin(day) + broad + fine)
  }

  /// Whether a place is land: some round continents with bays.
  static func isLand(longitude: Double, latitude: Double) -> Bool {
    continents.contains { land in
      let turn = ((longitude - land.longitude) / 360).rounded() * 360
      let x = (longitude - land.longitude - turn) / land.width
      let y = (latitude - land.latitude) / land.height
      return x * x + y * y + 0.12 * sin(9 * atan2(y, x)) < 1
    }
  }

  private static let continents = [
    (longitude: -80.5, latitude: 39.5, width: 4.6, height: 5.0),
    (longitude: -79, latitude: 34, width: 2.0, height: 1.2),
    (longitude: -70.6, latitude: 43.4, width: 2.2, height: 1.3),
    (longitude: -75.6, latitude: 38.6, width: 0.35, height: 0.8),
  ]
}
