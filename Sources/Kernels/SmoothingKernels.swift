/// The loops of a smoothing filter over rows of values in Double (see `GaussianFilter` in Raster).
public enum SmoothingKernels {
  /// Widens samples, missing ones included.
  @inline(never)
  public static func widen(_ samples: Span<Float>, into values: inout MutableSpan<Double>) {
    let count = values.count
    precondition(samples.count == count)
    for index in 0..<count { values[index] = Double(samples[index]) }
  }

  /// Values with 0 for the missing ones, and weights that are 1 where there is a value and 0 where there is none.
  @inline(never)
  public static func separate(
    _ samples: Span<Float>, values: inout MutableSpan<Double>, weights: inout MutableSpan<Double>
  ) {
    let count = samples.count
    precondition(values.count == count && weights.count == count)
    for index in 0..<count {
      let sample = samples[index]
      values[index] = Double(sample == sample ? sample : 0)
      weights[index] = sample == sample ? 1 : 0
    }
  }

  /// How many samples are missing.
  @inline(never)
  public static func countMissing(_ samples: Span<Float>) -> Int {
    var missing: Int32 = 0
    for index in 0..<samples.count { missing &+= samples[index] == samples[index] ? 0 : 1 }
    return Int(missing)
  }

  /// `weight · centre`.
  @inline(never)
  public static func begin(
    _ centre: Span<Double>, weight: Double, into sums: inout MutableSpan<Double>
  ) {
    let count = sums.count
    precondition(centre.count == count)
    for index in 0..<count { sums[index] = centre[index] * weight }
  }

  /// Adds `weight · (a + b)`.
  @inline(never)
  public static func add(
    _ a: Span<Double>, _ b: Span<Double>, weight: Double, to sums: inout MutableSpan<Double>
  ) {
    let count = sums.count
    precondition(a.count == count && b.count == count)
    for index in 0..<count { sums[index] = sums[index] + (a[index] + b[index]) * weight }
  }

  /// Adds `weight · (a + b)`, then `nextWeight · (c + d)`: the sums are read and written once for both.
  @inline(never)
  public static func add(
    _ a: Span<Double>, _ b: Span<Double>, weight: Double, _ c: Span<Double>, _ d: Span<Double>,
    nextWeight: Double, to sums: inout MutableSpan<Double>
  ) {
    let count = sums.count
    precondition(a.count == count && b.count == count && c.count == count && d.count == count)
    for index in 0..<count {
      let sum = sums[index] + (a[index] + b[index]) * weight
      sums[index] = sum + (c[index] + d[index]) * nextWeight
    }
  }

  /// Rounds to Float.
  @inline(never)
  public static func round(_ sums: Span<Double>, into output: inout MutableSpan<Float>) {
    let count = output.count
    precondition(sums.count == count)
    for index in 0..<count { output[index] = Float(sums[index]) }
  }

  /// Sums over the sums of their weights; NaN where no value had a weight, and where the sample is missing.
  @inline(never)
  public static func divide(
    _ sums: Span<Double>, weights: Span<Double>, where samples: Span<Float>,
    into output: inout MutableSpan<Float>
  ) {
    let count = output.count
    precondition(sums.count == count && weights.count == count && samples.count == count)
    for index in 0..<count {
      let (sample, value) = (samples[index], Float(sums[index] / weights[index]))
      output[index] = sample == sample ? value : .nan
    }
  }

  /// Sums over the sums of their weights; NaN where no value had a weight.
  @inline(never)
  public static func divide(
    _ sums: Span<Double>, weights: Span<Double>, into output: inout MutableSpan<Float>
  ) {
    let count = output.count
    precondition(sums.count == count && weights.count == count)
    for index in 0..<count {
      let (weight, value) = (weights[index], Float(sums[index] / weights[index]))
      output[index] = weight > 0 ? value : .nan
    }
  }
}
