/// Sums over narrow bands that give broadband albedo. Bands are surface reflectance, 0...1; NaN is missing.
public enum BroadbandAlbedo {
  /// Adds `weight` times the band's values to a running sum.
  ///
  /// - Parameter sum: as many values as the band has samples; missing samples make it NaN.
  public static func add(_ band: LinearSamples, weight: Double, to sum: inout MutableSpan<Double>) {
    let samples = band.samples.span
    let count = sum.count
    // weight · (sample · scale + offset), with the constant part folded once.
    let (slope, constant) = (weight * band.scale, weight * band.offset)
    precondition(samples.count == count)
    for index in 0..<count {
      sum[index] += Double(samples[index]) * slope + constant
    }
  }

  /// Adds `weight` times the square of the band's values to a running sum.
  public static func addSquare(_ band: LinearSamples, weight: Double, to sum: inout MutableSpan<Double>) {
    let samples = band.samples.span
    let count = sum.count
    let (scale, offset) = (band.scale, band.offset)
    precondition(samples.count == count)
    for index in 0..<count {
      let value = Double(samples[index]) * scale + offset
      sum[index] += weight * value * value
    }
  }

  /// Sets every value of a running sum.
  public static func start(_ sum: inout MutableSpan<Double>, at constant: Double) {
    let count = sum.count
    for index in 0..<count { sum[index] = constant }
  }

  /// Rounds the finished sum to Float.
  public static func finish(_ sum: Span<Double>, into output: inout MutableSpan<Float>) {
    let count = output.count
    precondition(sum.count == count)
    for index in 0..<count { output[index] = Float(sum[index]) }
  }
}
