/// Statistics of each pixel over dates, to which one date after the other is added.
///
/// NaN is missing and skipped. Sums that do not depend on the order of dates are those of `RunningMean`; here are those
/// that go by size or by date. Every kernel's spans have one length.
public enum RunningStatistics {
  /// Which of a pixel's values is kept; of equal ones the earliest.
  public enum Choice: Hashable, Sendable {
    case least, greatest, first, last
  }

  /// Keeps the chosen values so far.
  ///
  /// - Parameters:
  ///   - values: of the date.
  ///   - choice: which value is kept.
  ///   - chosen: NaN before the first value.
  public static func add(_ values: Span<Float>, _ choice: Choice, to chosen: inout MutableSpan<Float>) {
    switch choice {
    case .least: add(values, &chosen) { $0 < $1 }
    case .greatest: add(values, &chosen) { $0 > $1 }
    case .first: add(values, &chosen) { _, _ in false }
    case .last: add(values, &chosen) { value, _ in value == value }
    }
  }

  /// Keeps the chosen values so far and which date each is of.
  ///
  /// - Parameters:
  ///   - values: of the date.
  ///   - step: the date's number, above those of earlier dates.
  ///   - choice: which value is kept.
  ///   - chosen: NaN before the first value.
  ///   - steps: the number of the date that the chosen value is of; anything before the first.
  public static func add(
    _ values: Span<Float>, step: UInt16, _ choice: Choice, to chosen: inout MutableSpan<Float>,
    steps: inout MutableSpan<UInt16>
  ) {
    switch choice {
    case .least: add(values, step, &chosen, &steps) { $0 < $1 }
    case .greatest: add(values, step, &chosen, &steps) { $0 > $1 }
    case .first: add(values, step, &chosen, &steps) { _, _ in false }
    case .last: add(values, step, &chosen, &steps) { value, _ in value == value }
    }
  }

  /// - Parameter isBetter: false where the value is missing.
  @inline(__always)
  private static func add(
    _ values: Span<Float>, _ chosen: inout MutableSpan<Float>, _ isBetter: (Float, Float) -> Bool
  ) {
    let count = values.count
    precondition(chosen.count == count)
    for index in 0..<count {
      let (value, other) = (values[index], chosen[index])
      // Where nothing has been seen, anything is better, a missing value as well.
      chosen[index] = isBetter(value, other) || (other != other) ? value : other
    }
  }

  @inline(__always)
  private static func add(
    _ values: Span<Float>, _ step: UInt16, _ chosen: inout MutableSpan<Float>,
    _ steps: inout MutableSpan<UInt16>, _ isBetter: (Float, Float) -> Bool
  ) {
    let count = values.count
    precondition(chosen.count == count && steps.count == count)
    for index in 0..<count {
      let (value, other, before) = (values[index], chosen[index], steps[index])
      let isTaken = isBetter(value, other) || (other != other)
      chosen[index] = isTaken ? value : other
      steps[index] = isTaken ? step : before
    }
  }

  /// How many values there have been; begin with 0. At most 65,535 dates.
  public static func count(_ values: Span<Float>, into counts: inout MutableSpan<UInt16>) {
    let count = values.count
    precondition(counts.count == count)
    for index in 0..<count {
      let (value, number) = (values[index], counts[index])
      counts[index] = number &+ (value == value ? 1 : 0)
    }
  }

  /// The greatest less the least value.
  public static func range(
    least: Span<Float>, greatest: Span<Float>, into output: inout MutableSpan<Float>
  ) {
    let count = output.count
    precondition(least.count == count && greatest.count == count)
    for index in 0..<count { output[index] = Float(Double(greatest[index]) - Double(least[index])) }
  }

  /// Makes values missing where fewer than `minimumCount` went in.
  public static func require(
    _ minimumCount: UInt16, counts: Span<UInt16>, in values: inout MutableSpan<Float>
  ) {
    let count = values.count
    precondition(counts.count == count)
    for index in 0..<count {
      let (value, number) = (values[index], counts[index])
      values[index] = number < minimumCount ? .nan : value
    }
  }
}
