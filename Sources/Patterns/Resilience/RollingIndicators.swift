internal import Glibc

/// Figures of a window that moves along a series: early warning signals of a loss of resilience.
///
/// A system that recovers more slowly from disturbances varies more and remembers longer: variance and lag-1
/// autocorrelation rise. Each figure stands at the last value of its window; before the first whole window it is NaN.
///
/// Dakos, V. et al. (2012): Methods for detecting early warnings of critical transitions in time series. PLoS ONE 7,
/// e41010.
public struct RollingIndicators: Sendable {
  /// Values a window.
  public let window: Int
  /// Of the sample.
  public private(set) var variance: [Double]
  public private(set) var standardDeviation: [Double]
  /// Of the sample, without bias.
  public private(set) var skewness: [Double]
  /// The excess over 3 of a normal distribution, of the sample, without bias.
  public private(set) var kurtosis: [Double]
  /// The correlation of values with those before them, each with a mean of its own.
  public private(set) var autocorrelation: [Double]

  /// - Parameters:
  ///   - values: none is missing.
  ///   - share: the window's share of all values, above 0 and up to 1, rounded down.
  ///   - lag: of the autocorrelation, 1 or more.
  public init(_ values: [Double], share: Double = 0.5, lag: Int = 1) {
    precondition(share > 0 && share <= 1 && lag >= 1)
    let count = values.count
    window = Int((share * Double(count)).rounded(.down))
    let none = [Double](repeating: .nan, count: count)
    (variance, standardDeviation, skewness, kurtosis, autocorrelation) = (none, none, none, none, none)
    guard window >= 2, window <= count else { return }
    for end in (window - 1)..<count {
      let part = Array(values[(end - window + 1)...end])
      set(end, part, lag)
    }
  }

  private mutating func set(_ end: Int, _ part: [Double], _ lag: Int) {
    let size = Double(part.count)
    let mean = part.reduce(0, +) / size
    var (second, third, fourth) = (0.0, 0.0, 0.0)
    for value in part {
      let square = (value - mean) * (value - mean)
      second += square
      third += square * (value - mean)
      fourth += square * square
    }
    (second, third, fourth) = (second / size, third / size, fourth / size)
    variance[end] = second * size / (size - 1)
    standardDeviation[end] = variance[end].squareRoot()
    if part.count > 2, second > 0 {
      skewness[end] = (size * (size - 1)).squareRoot() / (size - 2) * third / (second * second.squareRoot())
    }
    if part.count > 3, second > 0 {
      let ratio = (size + 1) * (fourth / (second * second)) - 3 * (size - 1)
      kurtosis[end] = (size - 1) / ((size - 2) * (size - 3)) * ratio
    }
    autocorrelation[end] = Statistics.pearson(part.dropLast(lag), part.dropFirst(lag))
  }
}
