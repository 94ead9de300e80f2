/// The steps of a selection network over rows of many pixels (see `Median`).
public enum SelectionKernels {
  /// Leaves the smaller number of each pair in `low`, the larger in `high`.
  @inline(never)
  public static func order(_ low: inout MutableSpan<Float>, _ high: inout MutableSpan<Float>) {
    let count = low.count
    precondition(high.count == count)
    for index in 0..<count {
      let (a, b) = (low[index], high[index])
      low[index] = a < b ? a : b
      // Not `a < b ? b : a`: of one comparison for both the optimiser makes a branch, 10 times slower.
      high[index] = a > b ? a : b
    }
  }

  @inline(never)
  public static func keepSmaller(in low: inout MutableSpan<Float>, of high: Span<Float>) {
    let count = low.count
    precondition(high.count == count)
    for index in 0..<count {
      let (a, b) = (low[index], high[index])
      low[index] = a < b ? a : b
    }
  }

  @inline(never)
  public static func keepLarger(in high: inout MutableSpan<Float>, of low: Span<Float>) {
    let count = high.count
    precondition(low.count == count)
    for index in 0..<count {
      let (a, b) = (low[index], high[index])
      high[index] = a > b ? a : b
    }
  }

  /// Takes a plane's values, with infinities for the missing ones, and counts those that are present.
  @inline(never)
  public static func take(
    _ values: Span<Float>, into samples: inout MutableSpan<Float>, substitutes: inout MutableSpan<Float>,
    counts: inout MutableSpan<Int32>
  ) {
    let width = values.count
    precondition(samples.count == width && substitutes.count == width && counts.count == width)
    for index in 0..<width {
      let (value, infinity) = (values[index], substitutes[index])
      let isPresent = value == value
      samples[index] = isPresent ? value : infinity
      substitutes[index] = isPresent ? infinity : -infinity
      counts[index] = counts[index] &+ (isPresent ? 1 : 0)
    }
  }

  /// The medians from the two numbers in the middle.
  @inline(never)
  public static func medians(
    lower: Span<Float>, upper: Span<Float>, counts: Span<Int32>, into medians: inout MutableSpan<Float>,
    counts output: inout MutableSpan<UInt16>
  ) {
    let width = medians.count
    precondition(lower.count == width && upper.count == width && counts.count == width)
    precondition(output.count == width)
    for index in 0..<width {
      let (low, high, count) = (lower[index], upper[index], counts[index])
      // Halved before they are added: the sum of large values would be infinite.
      let mean = low * 0.5 + high * 0.5
      let median = count & 1 == 1 ? low : mean
      // Adding zero makes −0 and +0, which compare equal, the same.
      medians[index] = count == 0 ? .nan : median + 0
      output[index] = UInt16(truncatingIfNeeded: count)
    }
  }
}
