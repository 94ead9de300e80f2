internal import Geo

/// The reducer of each statistic.
enum StatisticReducers {
  static func make(
    _ statistic: Statistic, pixels: Int, layers: [PeriodLayer], range: ClosedRange<Double>
  ) -> any VariableReducer {
    switch statistic {
    case .median: RankReducer(pixels: pixels, layers: layers)
    case .percentile(let q): RankReducer(pixels: pixels, layers: layers, quantile: q / 100)
    case .sum: MeanReducer(pixels: pixels, range: range, isSum: true)
    case .mean, .count, .min, .max, .std, .first, .last: MeanReducer(pixels: pixels, range: range)
    }
  }

  /// The most bytes a reducer holds for each pixel at once.
  static func bytesPerPixel(_ statistic: Statistic, layers: [PeriodLayer]) -> Int {
    switch statistic {
    case .median, .percentile: RankReducer.bytesPerPixel(layers: layers)
    case .mean, .sum, .count, .min, .max, .std, .first, .last:
      layers.mostOpen * MeanReducer.bytesPerPixelAndLayer
    }
  }
}
