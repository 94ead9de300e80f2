/// How vegetation follows rain: their correlation with vegetation so many steps later.
public struct LagCorrelation: Hashable, Sendable {
  /// For lags 0, 1, 2 …; NaN where a lag leaves fewer than 2 pairs, or nothing varies.
  public let correlations: [Double]

  /// - Parameters:
  ///   - vegetation: evenly spaced in time; missing values (NaN) are left out.
  ///   - rain: of the same times.
  ///   - lags: how many.
  public init(vegetation: [Double], rain: [Double], lags: Int = 6) {
    precondition(vegetation.count == rain.count && lags > 0)
    correlations = (0..<lags).map { lag in Statistics.pearson(vegetation.dropFirst(lag), rain) }
  }

  /// The lag with the highest correlation; nil where there is none.
  public var best: Int? {
    correlations.indices.filter { !correlations[$0].isNaN }.max { correlations[$0] < correlations[$1] }
  }
}
