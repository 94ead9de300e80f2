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
  /// - Parameter fill: writes longitudes and latitudes, line by line, NaN for fill values.
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

  /// Finds the unit vectors of all pixels.
  public func locate() { locate(columns: 0..<columns) }

  /// Finds the unit vectors of some columns, and perhaps of a few beside them.
  func locate(columns part: Range<Int>) {
    for line in 0..<lines.count {
      var index = (line * columns + part.lowerBound) & ~3
      let end = line * columns + part.upperBound
      while index < end {
        let (lon, lat) = (
          SIMD4(longitudes[index], longitudes[index + 1], longitudes[index + 2], longitudes[index + 3]),
          SIMD4(latitudes[index], latitudes[index + 1], latitudes[index + 2], latitudes[index + 3])
        )
        let vectors = Trigonometry.unitVectors(longitudes: lon, latitudes: lat)
        for lane in 0..<4 {
          x[index + lane] = vectors.x[lane]
          y[index + lane] = vectors.y[lane]
          z[index + lane] = vectors.z[lane]
        }
        index += 4
      }
    }
  }
}
