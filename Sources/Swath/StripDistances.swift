/// Measures the strips of a swath, one after the other: how far neighbours are apart, and the caps around blocks.
///
/// Differences of positions are taken in double precision, and what follows from them in single precision: chords are
/// right to a millionth of themselves. Where a step is long (a gap, the antimeridian, a pole nearby) unit vectors are
/// compared instead.
final class StripDistances {
  private let columns: Int
  /// Radians of the strip's pixels and the cosines of their latitudes, line by line; NaN where navigation is missing.
  private let longitudes: UnsafeMutablePointer<Float>
  private let latitudes: UnsafeMutablePointer<Float>
  private let cosines: UnsafeMutablePointer<Float>
  /// The line before the strip: degrees and cosines.
  private let longitudesBefore: UnsafeMutablePointer<Double>
  private let latitudesBefore: UnsafeMutablePointer<Double>
  private let cosinesBefore: UnsafeMutablePointer<Float>
  /// For each column, the longest step of its two diagonals.
  private let longest: UnsafeMutablePointer<Float>
  /// For each column of a block, the greatest squares of chords from its middle and of differences of longitude.
  private let farthest: UnsafeMutablePointer<Float>
  private let widest: UnsafeMutablePointer<Float>

  /// Bytes a pixel of a strip.
  static let bytesPerPixel = 12
  /// Radians: steps in longitude or latitude up to this are short. The sine's series ends there with its second term.
  private static let short: Float = 0.05
  /// Radians from a block's middle up to which its longitudes are taken as they are.
  private static let narrow: Float = 0.5
  private static let radians = Float.pi / 180

  /// - Parameter lines: of a strip at most.
  init(lines: Int, columns: Int) {
    self.columns = columns
    let count = lines * columns
    (longitudes, latitudes, cosines) = (
      .allocate(capacity: count), .allocate(capacity: count), .allocate(capacity: count)
    )
    (longitudesBefore, latitudesBefore, cosinesBefore) = (
      .allocate(capacity: columns), .allocate(capacity: columns), .allocate(capacity: columns)
    )
    longitudesBefore.initialize(repeating: .nan, count: columns)
    latitudesBefore.initialize(repeating: .nan, count: columns)
    cosinesBefore.initialize(repeating: .nan, count: columns)
    longest = .allocate(capacity: columns)
    (farthest, widest) = (
      .allocate(capacity: SwathSurvey.block), .allocate(capacity: SwathSurvey.block)
    )
  }

  deinit {
    for buffer in [longitudes, latitudes, cosines, cosinesBefore, longest, farthest, widest] {
      buffer.deallocate()
    }
    for buffer in [longitudesBefore, latitudesBefore] { buffer.deallocate() }
  }

  /// Takes a strip in. Its lines are those after the strip's before.
  func load(_ strip: SwathStrip) {
    guard let (fromLongitudes, fromLatitudes) = strip.degrees else { return }
    for index in 0..<(strip.lines.count * columns) {
      longitudes[index] = Float(fromLongitudes[index]) * Self.radians
      let latitude = fromLatitudes[index]
      latitudes[index] = Float(latitude) * Self.radians
      // The sine of the angle from the pole.
      let angle = Float(90 - latitude.magnitude) * Self.radians
      let square = angle * angle
      var series = square * (1 / 362_880 as Float - square * (1 / 39_916_800 as Float)) - 1 / 5040 as Float
      series = square * (square * (series * square + 1 / 120 as Float) - 1 / 6 as Float)
      cosines[index] = angle + angle * series
    }
  }

  /// Keeps the strip's last line for the one that follows.
  func rest(_ strip: SwathStrip) {
    guard let (fromLongitudes, fromLatitudes) = strip.degrees, !strip.lines.isEmpty else { return }
    let start = (strip.lines.count - 1) * columns
    longitudesBefore.update(from: fromLongitudes + start, count: columns)
    latitudesBefore.update(from: fromLatitudes + start, count: columns)
    cosinesBefore.update(from: cosines + start, count: columns)
  }

  // MARK: Diagonals

  /// The squares of the longer diagonal of each quadrilateral between a line of the strip and the one before it; of
  /// those with a corner missing, of the one that is left.
  func diagonals(_ strip: SwathStrip, line: Int, into output: UnsafeMutablePointer<Float>) {
    guard let (x, y) = strip.degrees else { return }
    let start = line * columns
    let (lon, lat, cos) = (x + start, y + start, cosines + start)
    let isFirst = line == 0
    let lonBefore = isFirst ? longitudesBefore : x + (start - columns)
    let latBefore = isFirst ? latitudesBefore : y + (start - columns)
    let cosBefore = isFirst ? cosinesBefore : cosines + (start - columns)
    let toRadians = Double.pi / 180
    let longest = longest
    for column in 0..<(columns - 1) {
      let (east, south) = (
        Float((lon[column &+ 1] - lonBefore[column]) * toRadians),
        Float((lat[column &+ 1] - latBefore[column]) * toRadians)
      )
      let (west, north) = (
        Float((lon[column] - lonBefore[column &+ 1]) * toRadians),
        Float((lat[column] - latBefore[column &+ 1]) * toRadians)
      )
      let falling = Self.square(south) + cos[column &+ 1] * cosBefore[column] * Self.square(east)
      let rising = Self.square(north) + cos[column] * cosBefore[column &+ 1] * Self.square(west)
      output[column] = Self.greater(rising, falling)
      let (fallingStep, risingStep) = (
        Self.greater(east.magnitude, south.magnitude), Self.greater(west.magnitude, north.magnitude)
      )
      longest[column] = Self.greater(risingStep, fallingStep)
    }
    // Numbers of one sign are ordered as their bits are, with those that are missing behind them.
    var most: Int32 = 0
    for column in 0..<(columns - 1) { most = max(most, Int32(bitPattern: longest[column].bitPattern)) }
    guard most > Int32(bitPattern: Self.short.bitPattern) else { return }
    for column in 0..<(columns - 1) where longest[column] > Self.short {
      let vectors = Trigonometry.unitVectors(
        longitudes: SIMD4(lonBefore[column], lonBefore[column + 1], lon[column], lon[column + 1]),
        latitudes: SIMD4(latBefore[column], latBefore[column + 1], lat[column], lat[column + 1]))
      let (falling, rising) = (Self.square(vectors, 0, 3), Self.square(vectors, 1, 2))
      output[column] = Float(rising > falling || falling.isNaN ? rising : falling)
    }
  }

  /// The greater of two numbers, either of which may be missing.
  @inline(__always)
  private static func greater(_ one: Float, _ other: Float) -> Float {
    let greater = one > other ? one : other
    return greater == greater ? greater : one
  }

  /// The square of the step from the line before, of a swath of one column.
  func step(_ strip: SwathStrip, line: Int) -> Float {
    guard let (x, y) = strip.degrees else { return .nan }
    let (lon, lat) = line == 0 ? (longitudesBefore[0], latitudesBefore[0]) : (x[line - 1], y[line - 1])
    let vectors = Trigonometry.unitVectors(
      longitudes: SIMD4(lon, x[line], 0, 0), latitudes: SIMD4(lat, y[line], 0, 0))
    return Float(Self.square(vectors, 0, 1))
  }

  /// The square of the chord under a short angle.
  @inline(__always)
  private static func square(_ angle: Float) -> Float {
    let square = angle * angle
    return square - square * square * (1 / 12 as Float)
  }

  @inline(__always)
  private static func square(
    _ points: (x: SIMD4<Double>, y: SIMD4<Double>, z: SIMD4<Double>), _ one: Int, _ other: Int
  ) -> Double {
    let (x, y, z) = (
      points.x[one] - points.x[other], points.y[one] - points.y[other], points.z[one] - points.z[other]
    )
    return x * x + y * y + z * z
  }

  // MARK: Caps

  /// A cap that holds all centres of some columns of the strip; nil where none has a position.
  func cap(_ strip: SwathStrip, columns part: Range<Int>) -> SphericalCap? {
    guard let middle = middle(strip, part) else { return exactCap(strip, part) }
    let width = part.count
    for column in 0..<width { (farthest[column], widest[column]) = (0, 0) }
    let (longitude, latitude) = (middle.longitude, middle.latitude)
    let cosine = middle.cosine
    for line in 0..<strip.lines.count {
      let start = line * columns + part.lowerBound
      let (lon, lat, cos) = (longitudes + start, latitudes + start, cosines + start)
      for column in 0..<width {
        let (east, south) = (lon[column] - longitude, lat[column] - latitude)
        let square = south * south + cosine * cos[column] * (east * east)
        // What is missing is never greater.
        farthest[column] = square > farthest[column] ? square : farthest[column]
        widest[column] = east.magnitude > widest[column] ? east.magnitude : widest[column]
      }
    }
    var (most, mostEast): (Float, Float) = (0, 0)
    for column in 0..<width {
      (most, mostEast) = (max(most, farthest[column]), max(mostEast, widest[column]))
    }
    guard mostEast < Self.narrow else { return exactCap(strip, part) }
    let vectors = Trigonometry.unitVectors(
      longitudes: SIMD4(repeating: Double(longitude) * 180 / .pi),
      latitudes: SIMD4(repeating: Double(latitude) * 180 / .pi))
    // Squares of angles are greater than those of chords; single precision is off by less than a millionth.
    let chord = Double(most).squareRoot() * 1.000_01
    let angle = 2 * Sphere.arcsine(min(1, chord / 2)) + 2e-6
    return SphericalCap(x: vectors.x[0], y: vectors.y[0], z: vectors.z[0], angle: angle)
  }

  /// About the middle of some columns of the strip, from a few of its pixels; nil where those have no position.
  private func middle(
    _ strip: SwathStrip, _ part: Range<Int>
  ) -> (longitude: Float, latitude: Float, cosine: Float)? {
    var (longitude, latitude, count): (Float, Float, Float) = (0, 0, 0)
    for line in [0, (strip.lines.count - 1) / 2, strip.lines.count - 1] {
      for column in [part.lowerBound, (part.lowerBound + part.upperBound - 1) / 2, part.upperBound - 1] {
        let index = line * columns + column
        guard !longitudes[index].isNaN else { continue }
        longitude += longitudes[index]
        latitude += latitudes[index]
        count += 1
      }
    }
    guard count > 0 else { return nil }
    let middle = (longitude: longitude / count, latitude: latitude / count)
    let vectors = Trigonometry.unitVectors(
      longitudes: SIMD4(repeating: 0), latitudes: SIMD4(repeating: Double(middle.latitude) * 180 / .pi))
    return (middle.longitude, middle.latitude, Float(vectors.x[0]))
  }

  /// The same by unit vectors, wherever the pixels lie.
  private func exactCap(_ strip: SwathStrip, _ part: Range<Int>) -> SphericalCap? {
    strip.locate(columns: part)
    func square(_ x: Double, _ y: Double, _ z: Double) -> Double { x * x + y * y + z * z }
    var (sumX, sumY, sumZ, count) = (0.0, 0.0, 0.0, 0)
    for line in 0..<strip.lines.count {
      for index in (line * columns + part.lowerBound)..<(line * columns + part.upperBound)
      where !strip.x[index].isNaN {
        sumX += strip.x[index]
        sumY += strip.y[index]
        sumZ += strip.z[index]
        count += 1
      }
    }
    guard count > 0 else { return nil }
    let length = square(sumX, sumY, sumZ).squareRoot()
    // Points all around the Earth have no middle: any of them is as good.
    let (x, y, z) = length > 1e-9 * Double(count) ? (sumX / length, sumY / length, sumZ / length) : (0, 0, 1)
    var farthest = 0.0
    for line in 0..<strip.lines.count {
      for index in (line * columns + part.lowerBound)..<(line * columns + part.upperBound) {
        let distance = square(strip.x[index] - x, strip.y[index] - y, strip.z[index] - z)
        // NaN is never greater.
        if distance > farthest { farthest = distance }
      }
    }
    let angle = 2 * Sphere.arcsine(min(1, farthest.squareRoot() / 2))
    return SphericalCap(x: x, y: y, z: z, angle: angle + 1e-9)
  }
}
