/// The sphere on which swaths are measured.
///
/// Geodetic latitudes are taken as if they were spherical, for pixels and grids alike, as pyresample does: distances
/// differ by 0.3 % at most, and hardly ever which of two pixels is nearer.
public enum Sphere {
  /// Metres: the authalic radius, as MODIS and NASA's ocean bins use it.
  public static let radius = 6_371_007.181

  /// The chord of the unit sphere under an arc in metres.
  public static func chord(ofArc metres: Double) -> Double {
    2 * sine(min(max(metres / (2 * radius), 0), .pi / 2))
  }

  /// Metres along the sphere under a chord of the unit sphere.
  public static func arc(ofChord chord: Double) -> Double { 2 * radius * arcsine(min(max(chord / 2, 0), 1)) }

  /// The sine of an angle of at most half a circle, in radians.
  static func sine(_ angle: Double) -> Double {
    Trigonometry.sineAndCosine(degrees: SIMD4(repeating: angle * 180 / .pi)).sine[0]
  }

  /// The angle whose sine is given, in radians: by Newton's method, from the chord's own first guess.
  static func arcsine(_ value: Double) -> Double {
    let bounded = min(max(value, -1), 1)
    if bounded.magnitude > 0.999_999 {
      // Near the end of its range the cosine is the better known of the two.
      let rest = (1 - bounded.magnitude) * 2
      let angle = .pi / 2 - (rest + rest * rest / 12).squareRoot()
      return bounded < 0 ? -angle : angle
    }
    var angle = bounded * (1 + bounded * bounded / 6)
    for _ in 0..<12 {
      let (sine, cosine) = Trigonometry.sineAndCosine(degrees: SIMD4(repeating: angle * 180 / .pi))
      let step = (sine[0] - bounded) / max(cosine[0], 1e-9)
      angle = min(max(angle - step, -.pi / 2), .pi / 2)
      if step.magnitude < 1e-16 { break }
    }
    return angle
  }
}

/// Sines and cosines, several at once, and the same on every machine.
enum Trigonometry {
  /// - Parameter degrees: within a few turns around zero; what is not finite gives NaN.
  /// - Returns: both to one unit in the last place or so.
  @inline(__always)
  static func sineAndCosine(degrees: SIMD4<Double>) -> (sine: SIMD4<Double>, cosine: SIMD4<Double>) {
    // Whole quarters are taken off in degrees, where that is exact. A number added to this one is rounded to a whole
    // number, which stands in the lowest bits of the sum.
    let wholes = SIMD4(repeating: 6_755_399_441_055_744.0)
    let shifted = degrees * (1 / 90.0) + wholes
    let quarter = shifted - wholes
    let rest = (degrees - quarter * 90) * (Double.pi / 180)
    let square = rest * rest
    // Minimax polynomials for a quarter around zero (Cephes, S. L. Moshier).
    var sine = SIMD4(repeating: 1.58962301576546568060E-10)
    sine = sine * square - 2.50507477628578072866E-8
    sine = sine * square + 2.75573136213857245213E-6
    sine = sine * square - 1.98412698295895385996E-4
    sine = sine * square + 8.33333333332211858878E-3
    sine = sine * square - 1.66666666666666307295E-1
    sine = rest + rest * square * sine
    var cosine = SIMD4(repeating: -1.13585365213876817300E-11)
    cosine = cosine * square + 2.08757008419747316778E-9
    cosine = cosine * square - 2.75573141792967388112E-7
    cosine = cosine * square + 2.48015872888517045348E-5
    cosine = cosine * square - 1.38888888888730564116E-3
    cosine = cosine * square + 4.16666666666665929218E-2
    cosine = 1 - square * 0.5 + square * square * cosine
    // Which quarter it is, modulo 4: in odd ones the two change places, in half of them the sign.
    let turn = unsafeBitCast(shifted, to: SIMD4<UInt64>.self)
    let isOdd = (unsafeBitCast(shifted, to: SIMD4<Int64>.self) & 1) .== 1
    return (
      negated(sine.replacing(with: cosine, where: isOdd), ifSecondBitOf: turn),
      negated(cosine.replacing(with: sine, where: isOdd), ifSecondBitOf: turn &+ 1)
    )
  }

  @inline(__always)
  private static func negated(_ value: SIMD4<Double>, ifSecondBitOf turn: SIMD4<UInt64>) -> SIMD4<Double> {
    unsafeBitCast(unsafeBitCast(value, to: SIMD4<UInt64>.self) ^ ((turn & 2) &<< 62), to: SIMD4<Double>.self)
  }

  /// Unit vectors of longitudes and latitudes in degrees; NaN where either is.
  @inline(__always)
  static func unitVectors(
    longitudes: SIMD4<Double>, latitudes: SIMD4<Double>
  ) -> (x: SIMD4<Double>, y: SIMD4<Double>, z: SIMD4<Double>) {
    let (sineOfLatitude, cosineOfLatitude) = sineAndCosine(degrees: latitudes)
    let (sineOfLongitude, cosineOfLongitude) = sineAndCosine(degrees: longitudes)
    return (cosineOfLatitude * cosineOfLongitude, cosineOfLatitude * sineOfLongitude, sineOfLatitude)
  }
}
