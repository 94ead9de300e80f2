internal import Glibc

/// Where an imager on a sun-synchronous orbit looks: the longitudes and latitudes of the pixels of its lines.
///
/// The orbit is a circle 676.5 km above a sphere, the Earth turns below, and each line is one sweep of 56.5 degrees to
/// either side, the view tilted 20 degrees aft: lines are curved on any map, and pixels grow from nadir to the ends.
struct SwathOrbit {
  /// Pixels of a line.
  let columns: Int
  let lines: Int
  /// Radians along the orbit from its node to the middle line.
  private let middle: Double
  /// The longitude of the node at the middle line, in radians.
  private let node: Double
  /// Seconds from line to line.
  let step: Double

  /// Metres: the authalic radius.
  private static let radius = 6_371_007.181
  private static let altitude = 676_500.0
  private static let inclination = radians(98.05)
  private static let tilt = radians(20)
  private static let sweep = radians(56.5)
  /// A granule is five minutes, whatever its number of lines.
  private static let granuleSeconds = 300.0
  private static let gravity = 3.986004418e14
  /// Radians a second along the orbit.
  private static let motion = (gravity / pow(radius + altitude, 3)).squareRoot()
  /// Radians a second that the node moves on the Earth: its turning, less the orbit's own with the sun.
  private static let drift = 2 * Double.pi / 86_164.0905 - 2 * Double.pi / (365.2422 * 86_400)

  /// - Parameters:
  ///   - latitude: of the middle line's nadir, in degrees, within 80 of the equator.
  ///   - longitude: of it.
  init(lines: Int, columns: Int, longitude: Double, latitude: Double) {
    (self.lines, self.columns) = (lines, columns)
    step = Self.granuleSeconds / Double(lines)
    middle = asin(max(-1, min(1, sin(Self.radians(latitude)) / sin(Self.inclination))))
    node = Self.radians(longitude) - atan2(cos(Self.inclination) * sin(middle), cos(middle))
  }

  private static func radians(_ degrees: Double) -> Double { degrees * .pi / 180 }

  /// The positions of a line's pixels, in degrees.
  func line(_ line: Int) -> (longitudes: [Double], latitudes: [Double]) {
    let seconds = (Double(line) - Double(lines - 1) / 2) * step
    let along = middle + Self.motion * seconds
    let node = self.node - Self.drift * seconds
    let (cu, su, ci, si) = (cos(along), sin(along), cos(Self.inclination), sin(Self.inclination))
    // Unit vectors up, ahead, and to the right.
    let up = SIMD3(cos(node) * cu - sin(node) * su * ci, sin(node) * cu + cos(node) * su * ci, su * si)
    let ahead = SIMD3(-cos(node) * su - sin(node) * cu * ci, -sin(node) * su + cos(node) * cu * ci, cu * si)
    let right = SIMD3(
      ahead.y * up.z - ahead.z * up.y, ahead.z * up.x - ahead.x * up.z, ahead.x * up.y - ahead.y * up.x)
    let height = (Self.radius + Self.altitude) / Self.radius
    let down = up * -cos(Self.tilt) - ahead * sin(Self.tilt)
    var (longitudes, latitudes): ([Double], [Double]) = ([], [])
    for column in 0..<columns {
      let half = Double(columns - 1) / 2
      let angle = (Double(column) - half) / half * Self.sweep
      let view = down * cos(angle) + right * sin(angle)
      // Where the line of sight meets the sphere first.
      let facing = height * (view * up).sum()
      let distance = -facing - max(0, facing * facing - (height * height - 1)).squareRoot()
      let point = up * height + view * distance
      longitudes.append(atan2(point.y, point.x) * 180 / .pi)
      latitudes.append(asin(max(-1, min(1, point.z / (point * point).sum().squareRoot()))) * 180 / .pi)
    }
    return (longitudes, latitudes)
  }
}
