/// All points of the unit sphere within an angle of a centre.
public struct SphericalCap: Hashable, Sendable {
  public let x: Double
  public let y: Double
  public let z: Double
  /// Radians.
  public let angle: Double

  public init(x: Double, y: Double, z: Double, angle: Double) {
    (self.x, self.y, self.z, self.angle) = (x, y, z, angle)
  }

  /// Whether two caps have points within a distance of each other; may say so of caps that just miss it.
  ///
  /// - Parameter reach: radians that may lie between the two.
  @inline(__always)
  func meets(_ other: SphericalCap, reach: Double) -> Bool {
    let (dx, dy, dz) = (x - other.x, y - other.y, z - other.z)
    let sum = angle + other.angle + reach
    if sum >= 3 { return true }
    let half = sum / 2
    let square = half * half
    // The chord under the sum, by the series of the sine, and a little more.
    let sine = half * (1 - square / 6 * (1 - square / 20 * (1 - square / 42 * (1 - square / 72))))
    let chord = 2 * sine * 1.0002 + 1e-12
    return dx * dx + dy * dy + dz * dz <= chord * chord
  }

  /// The latitudes and longitudes of the cap, in degrees: west may be below -180 or east above 180, and they are -180
  /// and 180 where the cap holds a pole.
  public var box: (west: Double, south: Double, east: Double, north: Double) {
    let degrees = 180 / Double.pi
    let latitude = Sphere.arcsine(z)
    let (south, north) = (latitude - angle, latitude + angle)
    let limits = (max(south * degrees, -90), min(north * degrees, 90))
    let cosine = (x * x + y * y).squareRoot()
    guard south > -Double.pi / 2, north < Double.pi / 2, Sphere.sine(min(angle, .pi / 2)) < cosine else {
      return (-180, limits.0, 180, limits.1)
    }
    let reach = Sphere.arcsine(Sphere.sine(angle) / cosine) * degrees
    let longitude = SphericalCap.longitude(x: x, y: y)
    return (longitude - reach, limits.0, longitude + reach, limits.1)
  }

  /// Degrees, from -180 to 180.
  static func longitude(x: Double, y: Double) -> Double {
    let length = (x * x + y * y).squareRoot()
    guard length > 0 else { return 0 }
    let degrees = 180 / Double.pi
    // From whichever of sine and cosine is the smaller.
    if x.magnitude >= y.magnitude {
      let angle = Sphere.arcsine(y / length) * degrees
      return x >= 0 ? angle : (y >= 0 ? 180 - angle : -180 - angle)
    }
    let angle = Sphere.arcsine(x / length) * degrees
    return y >= 0 ? 90 - angle : -90 + angle
  }
}

extension SphericalCap {
  /// A cap around points in degrees; nil where none is finite.
  public init?(longitudes: [Double], latitudes: [Double]) {
    var points: [SIMD3<Double>] = []
    for (longitude, latitude) in zip(longitudes, latitudes) where longitude.isFinite && latitude.isFinite {
      let vectors = Trigonometry.unitVectors(
        longitudes: SIMD4(repeating: longitude), latitudes: SIMD4(repeating: latitude))
      points.append(SIMD3(vectors.x[0], vectors.y[0], vectors.z[0]))
    }
    guard let first = points.first else { return nil }
    let sum = points.reduce(SIMD3(repeating: 0), +)
    let length = (sum * sum).sum().squareRoot()
    let centre = length > 1e-9 ? sum / length : first
    let farthest = points.reduce(0.0) { max($0, (($1 - centre) * ($1 - centre)).sum()) }
    self.init(
      x: centre.x, y: centre.y, z: centre.z,
      angle: 2 * Sphere.arcsine(min(1, farthest.squareRoot() / 2)) + 1e-9)
  }

  /// Whether two caps come within an angle of each other, in radians; may say so of caps that just do not.
  public func meets(_ other: SphericalCap, within reach: Double) -> Bool { meets(other, reach: reach) }
}
