/// Mean and sum of squared deviations a pixel, from which standard deviations come.
///
/// Welford 1962, Technometrics 4:419–420: no large squares are subtracted from one another. Values are taken in in the
/// order of time, in Double.
public enum RunningMoments {
  /// Takes in the values of one time step.
  ///
  /// - Parameters:
  ///   - values: NaN is skipped.
  ///   - means: of the values so far; 0 before the first.
  ///   - squares: the sum of their squared deviations from their mean; 0 before the first.
  ///   - counts: how many values went in; at most 65,535 time steps.
  public static func add(
    _ values: Span<Float>, means: inout MutableSpan<Double>, squares: inout MutableSpan<Double>,
    counts: inout MutableSpan<UInt16>
  ) {
    let count = values.count
    precondition(means.count == count && squares.count == count && counts.count == count)
    for index in 0..<count {
      let isThere = values[index] == values[index]
      let (value, mean) = (Double(values[index]), means[index])
      let number = counts[index] &+ (isThere ? 1 : 0)
      let deviation = value - mean
      let moved = mean + deviation / Double(number)
      means[index] = isThere ? moved : mean
      squares[index] = isThere ? squares[index] + deviation * (value - moved) : squares[index]
      counts[index] = number
    }
  }

  /// The standard deviations of the population (÷ n): 0 for one value, NaN for none.
  public static func deviations(
    squares: Span<Double>, counts: Span<UInt16>, into output: inout MutableSpan<Float>
  ) {
    let count = output.count
    precondition(squares.count == count && counts.count == count)
    for index in 0..<count {
      let number = counts[index]
      output[index] = number == 0 ? .nan : Float((squares[index] / Double(number)).squareRoot())
    }
  }
}
