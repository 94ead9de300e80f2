/// Sums and counts a pixel, from which means come.
public enum RunningMean {
  /// Adds the values that are present.
  ///
  /// - Parameters:
  ///   - values: one date's values; NaN is skipped.
  ///   - sums: in Double, so that folding in date order always gives the same result.
  ///   - counts: how many values went in; at most 65,535 dates.
  public static func add(
    _ values: Span<Float>, to sums: inout MutableSpan<Double>, counts: inout MutableSpan<UInt16>
  ) {
    let count = values.count
    precondition(sums.count == count && counts.count == count)
    for index in 0..<count {
      let value = values[index]
      let isPresent = value == value
      sums[index] = sums[index] + (isPresent ? Double(value) : 0)
      counts[index] = counts[index] &+ (isPresent ? 1 : 0)
    }
  }

  /// The means: NaN where nothing was counted.
  public static func means(
    sums: Span<Double>, counts: Span<UInt16>, into output: inout MutableSpan<Float>
  ) {
    let count = output.count
    precondition(sums.count == count && counts.count == count)
    for index in 0..<count {
      output[index] = counts[index] == 0 ? .nan : Float(sums[index] / Double(counts[index]))
    }
  }
}
