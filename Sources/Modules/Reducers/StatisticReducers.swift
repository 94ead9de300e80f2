internal import Geo
internal import Raster

/// The reducer of each statistic.
enum StatisticReducers {
  static func make(
    _ statistic: Statistic, pixels: Int, layers: [PeriodLayer], range: ClosedRange<Double>
  ) -> any VariableReducer {
    switch statistic {
    case .median: RankReducer(pixels: pixels, layers: layers)
    case .percentile(let q): RankReducer(pixels: pixels, layers: layers, quantile: q / 100)
    case .sum: MeanReducer(pixels: pixels, range: range, isSum: true)
    case .mean, .count: MeanReducer(pixels: pixels, range: range)
    case .min: ChoiceReducer(.least, pixels: pixels)
    case .max: ChoiceReducer(.greatest, pixels: pixels)
    case .first: ChoiceReducer(.first, pixels: pixels)
    case .last: ChoiceReducer(.last, pixels: pixels)
    case .std: DeviationReducer(pixels: pixels)
    }
  }

  /// The most bytes a reducer holds for each pixel at once.
  static func bytesPerPixel(_ statistic: Statistic, layers: [PeriodLayer]) -> Int {
    switch statistic {
    case .median, .percentile: RankReducer.bytesPerPixel(layers: layers)
    case .mean, .sum, .count: layers.mostOpen * MeanReducer.bytesPerPixelAndLayer
    case .min, .max, .first, .last: layers.mostOpen * ChoiceReducer.bytesPerPixelAndLayer
    case .std: layers.mostOpen * DeviationReducer.bytesPerPixelAndLayer
    }
  }
}
