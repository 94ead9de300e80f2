/// The loops over samples in which a run spends its time.
///
/// Compiled for every x86-64 processor, for those with AVX2 and for those with AVX-512 (`KernelsAVX2` and
/// `KernelsAVX512`, the same files): whoever calls chooses. All give the same bits: no operation here is one that a
/// wider vector would round differently.
/// Plain spans and numbers only, so that nothing of one build can end up in the other.
public enum StripKernels {
  /// Copies samples as Float, NaN where the sample is `missing`.
  @inline(never)
  public static func load(
    _ samples: Span<UInt16>, missing: UInt16, into output: inout MutableSpan<Float>
  ) {
    let count = output.count
    precondition(samples.count == count)
    for index in 0..<count {
      let sample = samples[index]
      output[index] = sample == missing ? .nan : Float(sample)
    }
  }

  /// Copies samples as Float, NaN where the sample is `missing` or rejected.
  @inline(never)
  public static func load(
    _ samples: Span<UInt16>, missing: UInt16, rejected: Span<UInt8>, into output: inout MutableSpan<Float>
  ) {
    let count = output.count
    precondition(samples.count == count && rejected.count == count)
    for index in 0..<count {
      let sample = samples[index]
      let isMissing: UInt16 = sample == missing ? 1 : 0
      output[index] = isMissing | UInt16(rejected[index]) != 0 ? .nan : Float(sample)
    }
  }

  /// Makes samples NaN where they are rejected.
  @inline(never)
  public static func reject(_ rejected: Span<UInt8>, in samples: inout MutableSpan<Float>) {
    let count = samples.count
    precondition(rejected.count == count)
    for index in 0..<count {
      let sample = samples[index]
      samples[index] = rejected[index] == 0 ? sample : .nan
    }
  }

  /// `sample · scale + offset`, in Double, rounded once.
  @inline(never)
  public static func scale(
    _ samples: Span<Float>, scale: Double, offset: Double, into output: inout MutableSpan<Float>
  ) {
    let count = output.count
    precondition(samples.count == count)
    for index in 0..<count { output[index] = Float(Double(samples[index]) * scale + offset) }
  }

  /// (a − b) / (a + b) of two bands' physical values; NaN where the sum is zero.
  @inline(never)
  public static func normalizedDifference(
    _ left: Span<Float>, scale scaleA: Double, offset offsetA: Double, _ right: Span<Float>,
    scale scaleB: Double, offset offsetB: Double, into output: inout MutableSpan<Float>
  ) {
    let count = output.count
    precondition(left.count == count && right.count == count)
    for index in 0..<count {
      let first = Double(left[index]) * scaleA + offsetA
      let second = Double(right[index]) * scaleB + offsetB
      let sum = Float(first + second)
      let quotient = Float(first - second) / sum
      output[index] = sum == 0 ? .nan : quotient
    }
  }

  /// (a − b) / (a + b + constant), the sum in Double; NaN where it is zero.
  @inline(never)
  public static func normalizedDifference(
    _ left: Span<Float>, _ right: Span<Float>, plus constant: Double, into output: inout MutableSpan<Float>
  ) {
    let count = output.count
    precondition(left.count == count && right.count == count)
    for index in 0..<count {
      let (first, second) = (left[index], right[index])
      let sum = Float(Double(first) + Double(second) + constant)
      let quotient = (first - second) / sum
      output[index] = sum == 0 ? .nan : quotient
    }
  }

  /// (a − b) / (a + b + whole + part) of whole numbers; NaN where the sum is zero or a number is `missing`.
  ///
  /// - Parameters:
  ///   - left: a, one number a pixel.
  ///   - missingA: the number that means missing in `left`.
  ///   - right: b, one number a pixel.
  ///   - missingB: the number that means missing in `right`.
  ///   - whole: so small that the sum of all but `part` is exact in Float.
  ///   - part: the rest of the constant, added last, in Float.
  ///   - output: filled whole, one quotient a pixel.
  @inline(never)
  public static func normalizedDifference(
    _ left: Span<UInt16>, missing missingA: UInt16, _ right: Span<UInt16>, missing missingB: UInt16,
    plus whole: Int32, _ part: Float, into output: inout MutableSpan<Float>
  ) {
    let count = output.count
    precondition(left.count == count && right.count == count)
    for index in 0..<count {
      let (first, second) = (left[index], right[index])
      let isMissing: UInt16 = (first == missingA ? 1 : 0) | (second == missingB ? 1 : 0)
      output[index] = normalizedDifference(first, second, whole, part, isMissing)
    }
  }

  /// The same, NaN also where a pixel is rejected.
  @inline(never)
  public static func normalizedDifference(
    _ left: Span<UInt16>, missing missingA: UInt16, _ right: Span<UInt16>, missing missingB: UInt16,
    rejected: Span<UInt8>, plus whole: Int32, _ part: Float, into output: inout MutableSpan<Float>
  ) {
    let count = output.count
    precondition(left.count == count && right.count == count && rejected.count == count)
    for index in 0..<count {
      let (first, second) = (left[index], right[index])
      let isMissing: UInt16 = (first == missingA ? 1 : 0) | (second == missingB ? 1 : 0)
      output[index] = normalizedDifference(
        first, second, whole, part, isMissing | UInt16(rejected[index]))
    }
  }

  @inline(__always)
  private static func normalizedDifference(
    _ first: UInt16, _ second: UInt16, _ whole: Int32, _ part: Float, _ isMissing: UInt16
  ) -> Float {
    let sum = Float(Int32(first) &+ Int32(second) &+ whole) + part
    let quotient = Float(Int32(first) &- Int32(second)) / sum
    return isMissing != 0 || sum == 0 ? .nan : quotient
  }

  /// Adds values that are present to sums, rounded to a step (see `RunningMean`).
  @inline(never)
  public static func add(
    _ values: Span<Float>, rounder: Double, to sums: inout MutableSpan<Double>,
    counts: inout MutableSpan<UInt16>
  ) {
    let count = values.count
    precondition(sums.count == count && counts.count == count)
    for index in 0..<count {
      let (value, sum, number) = (values[index], sums[index], counts[index])
      // A missing value is a zero that is not counted.
      sums[index] = sum + ((Double(value == value ? value : 0) + rounder) - rounder)
      counts[index] = number &+ (value == value ? 1 : 0)
    }
  }

  /// Sums over counts; NaN where nothing was counted.
  @inline(never)
  public static func means(
    _ sums: Span<Double>, counts: Span<UInt16>, into output: inout MutableSpan<Float>
  ) {
    let count = output.count
    precondition(sums.count == count && counts.count == count)
    for index in 0..<count {
      let number = counts[index]
      let mean = Float(sums[index] / Double(number))
      output[index] = number == 0 ? .nan : mean
    }
  }

  /// 1 where any of the bits is set, else 0.
  @inline(never)
  public static func test(_ samples: Span<UInt16>, anyOf bits: UInt16, into output: inout MutableSpan<UInt8>)
  {
    let count = output.count
    precondition(samples.count == count)
    for index in 0..<count { output[index] = samples[index] & bits == 0 ? 0 : 1 }
  }
}
