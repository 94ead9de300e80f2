/// Means and sums of squared deviations of each pixel over dates, by Welford's recurrence in Double.
///
/// Results are those of adding the dates in the same order, bit for bit, however pixels are cut into runs. The
/// deviations are taken from the mean so far: nothing cancels where values are large and differ little.
///
/// Welford 1962, Note on a method for calculating corrected sums of squares and products, Technometrics 4:419-420.
public enum RunningVariance {
  /// Adds one date.
  ///
  /// - Parameters:
  ///   - values: NaN is skipped.
  ///   - counts: begin with 0; at most 65,535 dates.
  ///   - means: begin with 0.
  ///   - squares: the sums of squared deviations from the mean; begin with 0.
  public static func add(
    _ values: Span<Float>, counts: inout MutableSpan<UInt16>, means: inout MutableSpan<Double>,
    squares: inout MutableSpan<Double>
  ) {
    let count = values.count
    precondition(counts.count == count && means.count == count && squares.count == count)
    for index in 0..<count {
      let (value, mean) = (values[index], means[index])
      let isPresent = value == value
      let number = counts[index] &+ (isPresent ? 1 : 0)
      // A missing value deviates by nothing; of no value at all the divisor is 1.
      let deviation = isPresent ? Double(value) - mean : 0
      let newMean = mean + deviation / Double(number == 0 ? 1 : number)
      counts[index] = number
      means[index] = newMean
      squares[index] = squares[index] + deviation * (isPresent ? Double(value) - newMean : 0)
    }
  }

  /// The means: NaN where nothing was counted.
  public static func means(
    _ means: Span<Double>, counts: Span<UInt16>, into output: inout MutableSpan<Float>
  ) {
    let count = output.count
    precondition(means.count == count && counts.count == count)
    for index in 0..<count {
      let (mean, number) = (Float(means[index]), counts[index])
      output[index] = number == 0 ? .nan : mean
    }
  }

  /// The variances, or their square roots: squares / (count - ddof), in Double, rounded once.
  ///
  /// - Parameters:
  ///   - squares: the sums of squared deviations, as `add` leaves them.
  ///   - counts: how many values went in.
  ///   - ddof: taken from the count: 0 for the population's variance, 1 for a sample's.
  ///   - isRoot: whether standard deviations are wanted.
  ///   - output: filled whole; NaN where no more than `ddof` values were counted.
  public static func variances(
    squares: Span<Double>, counts: Span<UInt16>, ddof: UInt16 = 0, isRoot: Bool = false,
    into output: inout MutableSpan<Float>
  ) {
    let count = output.count
    precondition(squares.count == count && counts.count == count)
    for index in 0..<count {
      let number = counts[index]
      let divisor = Double(number) - Double(ddof)
      let variance = squares[index] / divisor
      let value = Float(isRoot ? variance.squareRoot() : variance)
      output[index] = number > ddof ? value : .nan
    }
  }

  /// The standard deviations; see `variances`.
  public static func standardDeviations(
    squares: Span<Double>, counts: Span<UInt16>, ddof: UInt16 = 0, into output: inout MutableSpan<Float>
  ) {
    variances(squares: squares, counts: counts, ddof: ddof, isRoot: true, into: &output)
  }
}
