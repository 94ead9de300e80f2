/// Some lines of a swath: where the centres of their pixels lie.
///
/// Memory is used again from strip to strip. Belongs to one thread.
public final class SwathStrip {
  /// The lines, counted in the swath.
  public private(set) var lines: Range<Int> = 0..<0
  public private(set) var columns = 0
  /// Degrees, line by line; NaN where either is missing.
  public private(set) var longitudes = UnsafeMutableBufferPointer<Double>(start: nil, count: 0)
  public private(set) var latitudes = UnsafeMutableBufferPointer<Double>(start: nil, count: 0)
  /// Unit vectors; NaN where navigation is missing.
  private(set) var x = UnsafeMutableBufferPointer<Double>(start: nil, count: 0)
  private(set) var y = UnsafeMutableBufferPointer<Double>(start: nil, count: 0)
  private(set) var z = UnsafeMutableBufferPointer<Double>(start: nil, count: 0)

  public init() {}

  deinit {
    for buffer in [longitudes, latitudes, x, y, z] { buffer.deallocate() }
  }

  /// Bytes a pixel.
  public static let bytesPerPixel = 40

  /// Takes lines in.
  ///
  /// Navigation is valid where both numbers are finite, latitudes are within 90 degrees and longitudes from -180 to 360.
  ///
  /// - Parameters:
  ///   - lines: the lines, counted from 0 in the swath.
  ///   - columns: pixels of a line.
  ///   - fill: writes longitudes and latitudes, line by line, NaN for fill values.
  public func load<Failure: Error>(
    lines: Range<Int>, columns: Int,
    fill: (_ longitudes: UnsafeMutableBufferPointer<Double>, _ latitudes: UnsafeMutableBufferPointer<Double>)
      throws(Failure) -> Void
  ) throws(Failure) {
    let count = lines.count * columns
    let padded = (count + 3) & ~3
    (self.lines, self.columns) = (lines, columns)
    if longitudes.count < padded {
      for buffer in [longitudes, latitudes, x, y, z] { buffer.deallocate() }
      (longitudes, latitudes) = (.allocate(capacity: padded), .allocate(capacity: padded))
      (x, y, z) = (.allocate(capacity: padded), .allocate(capacity: padded), .allocate(capacity: padded))
      for buffer in [longitudes, latitudes, x, y, z] { buffer.initialize(repeating: .nan) }
    }
    try fill(
      UnsafeMutableBufferPointer(rebasing: longitudes[..<count]),
      UnsafeMutableBufferPointer(rebasing: latitudes[..<count]))
    for index in 0..<count {
      let isValid =
        latitudes[index].magnitude <= 90 && longitudes[index] >= -180 && longitudes[index] <= 360
      longitudes[index] = isValid ? longitudes[index] : .nan
      latitudes[index] = isValid ? latitudes[index] : .nan
    }
    for index in count..<padded { longitudes[index] = .nan }
  }

  /// Where a pixel of the swath is in the strip; nil where its line is none of the strip's.
  func index(of pixel: Int32) -> Int? {
    let index = Int(pixel) - lines.lowerBound * columns
    return index >= 0 && index < lines.count * columns ? index : nil
  }

  /// Whether two pixels lie on one parallel, as far east of a meridian as west of it.
  func isMirrored(_ one: Int, _ other: Int, about longitude: Double) -> Bool {
    func offset(_ index: Int) -> Double {
      let degrees = longitudes[index] - longitude
      return degrees - 360 * (degrees / 360).rounded()
    }
    return latitudes[one] == latitudes[other] && offset(one) == -offset(other)
  }

  /// Where longitudes and latitudes begin; nil before any lines were taken in.
  var degrees: (longitudes: UnsafeMutablePointer<Double>, latitudes: UnsafeMutablePointer<Double>)? {
    guard let longitudes = longitudes.baseAddress, let latitudes = latitudes.baseAddress else { return nil }
    return (longitudes, latitudes)
  }

  /// Finds the unit vectors of all pixels.
  public func locate() { locate(columns: 0..<columns) }

  /// Finds the unit vectors of some columns, and perhaps of a few beside them.
  func locate(columns part: Range<Int>) {
    let (lon, lat) = (UnsafeRawBufferPointer(longitudes), UnsafeRawBufferPointer(latitudes))
    let (toX, toY, toZ) = (
      UnsafeMutableRawBufferPointer(x), UnsafeMutableRawBufferPointer(y), UnsafeMutableRawBufferPointer(z)
    )
    for line in 0..<lines.count {
      var index = (line * columns + part.lowerBound) & ~3
      let end = line * columns + part.upperBound
      while index < end {
        let byte = index * MemoryLayout<Double>.stride
        let vectors = Trigonometry.unitVectors(
          longitudes: lon.loadUnaligned(fromByteOffset: byte, as: SIMD4<Double>.self),
          latitudes: lat.loadUnaligned(fromByteOffset: byte, as: SIMD4<Double>.self))
        toX.storeBytes(of: vectors.x, toByteOffset: byte, as: SIMD4<Double>.self)
        toY.storeBytes(of: vectors.y, toByteOffset: byte, as: SIMD4<Double>.self)
        toZ.storeBytes(of: vectors.z, toByteOffset: byte, as: SIMD4<Double>.self)
        index += 4
      }
    }
  }
}
