internal import Glibc

/// The scale of a Lambert conformal conic projection with one standard parallel (EPSG method 9801) along its cone.
///
/// CF has no scale factor for it; a cone that cuts the ellipsoid touches it at two parallels, which say the same
/// (EPSG Guidance Note 7-2, 3.1.1).
struct ConicScale {
  private let origin: Double
  private let factor: Double
  private let eccentricity: Double

  init(_ handle: borrowing SpatialReferenceHandle) {
    origin = (handle.parameter("latitude_of_origin") ?? 0) * .pi / 180
    factor = handle.parameter("scale_factor") ?? 1
    let ratio = handle.semiMinorAxis / handle.semiMajorAxis
    eccentricity = max(0, 1 - ratio * ratio).squareRoot()
  }

  /// The parallels of true scale in degrees, the northern one first; nil where there are none.
  var standardParallels: [Double]? {
    if factor == 1 { return [origin * 180 / .pi] }
    guard factor < 1, factor > 0.5, abs(origin) > 1e-6, abs(origin) < .pi / 2 - 1e-6 else { return nil }
    let limit = Double.pi / 2 - 1e-9
    guard let north = trueParallel(between: origin, and: limit),
      let south = trueParallel(between: origin, and: -limit)
    else { return nil }
    return [north * 180 / .pi, south * 180 / .pi]
  }

  /// Bisection: the scale grows away from the origin.
  private func trueParallel(between near: Double, and far: Double) -> Double? {
    var (inside, outside) = (near, far)
    guard scale(outside) > 1 else { return nil }
    for _ in 0..<100 {
      let middle = (inside + outside) / 2
      if scale(middle) < 1 { inside = middle } else { outside = middle }
    }
    return (inside + outside) / 2
  }

  private func scale(_ latitude: Double) -> Double {
    factor * radius(origin) / radius(latitude) * pow(conformal(latitude) / conformal(origin), sin(origin))
  }

  /// Of the parallel, in semi-major axes.
  private func radius(_ latitude: Double) -> Double {
    let part = eccentricity * sin(latitude)
    return cos(latitude) / (1 - part * part).squareRoot()
  }

  private func conformal(_ latitude: Double) -> Double {
    let part = eccentricity * sin(latitude)
    return tan(.pi / 4 - latitude / 2) / pow((1 - part) / (1 + part), eccentricity / 2)
  }
}
