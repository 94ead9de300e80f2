internal import Geo
internal import Raster

/// Which reducers compute the statistics of a variable: those that come of the same state share one.
struct StatisticReducers: Sendable {
  /// A reducer to be made.
  enum Kind: Hashable, Sendable {
    case sums
    /// Means of values that weigh differently, or of their logarithms.
    case weighted(WeightedMean.Scale, WeightedMean.Weights)
    case moments
    /// Values of one date each, with or without the date's number.
    case choices([ChoiceReducer.Kept])
    case order([OrderStatistic])
  }

  let kinds: [Kind]
  /// Whether counts are asked for as results: then those of `order` have to be known before anything is written.
  private let isCountFirst: Bool

  /// - Parameters:
  ///   - withDays: whether the day stands beside values of one date.
  ///   - weights: what the values of a date weigh in means.
  init(_ statistics: [Statistic], withDays: Bool, weights: WeightedMean.Weights = .scenes) {
    var kept: [ChoiceReducer.Kept] = []
    func keep(_ choice: RunningStatistics.Choice, day: Bool) {
      if let place = kept.firstIndex(where: { $0.choice == choice }) {
        kept[place].isDayKept = kept[place].isDayKept || day
      } else {
        kept.append(ChoiceReducer.Kept(choice: choice, isDayKept: day))
      }
    }
    var order: [OrderStatistic] = []
    var kinds: [Kind] = []
    for statistic in statistics {
      switch statistic {
      case .mean where weights != .scenes: kinds.append(.weighted(.linear, weights))
      case .mean, .sum: if !kinds.contains(.sums) { kinds.append(.sums) }
      case .geometricMean: kinds.append(.weighted(.logarithmic, weights))
      case .std, .variance: if !kinds.contains(.moments) { kinds.append(.moments) }
      case .min: keep(.least, day: withDays)
      case .max: keep(.greatest, day: withDays)
      case .first: keep(.first, day: withDays)
      case .last: keep(.last, day: withDays)
      case .dateOfMin: keep(.least, day: true)
      case .dateOfMax: keep(.greatest, day: true)
      case .range:
        keep(.least, day: false)
        keep(.greatest, day: false)
      case .count, .validFraction: break
      case .median, .percentile, .iqr, .mad, .mode:
        if let wanted = statistic.orderStatistic, !order.contains(wanted) { order.append(wanted) }
      }
    }
    if !kept.isEmpty { kinds.append(.choices(kept)) }
    if !order.isEmpty { kinds.append(.order(order)) }
    let isCounted = statistics.contains { $0 == .count || $0 == .validFraction }
    // Counts alone: sums have them. Of logarithms only positive values are counted.
    if kinds.isEmpty || (isCounted && !kinds.contains(where: \.countsAll)) { kinds.append(.sums) }
    self.kinds = kinds
    isCountFirst = isCounted
  }

  /// The place of the reducer that has a statistic, or, for counts, of any.
  func place(of statistic: Statistic) -> Int {
    let place = kinds.firstIndex { kind in
      switch (kind, statistic) {
      case (.weighted(.linear, _), .mean), (.weighted(.logarithmic, _), .geometricMean): true
      case (.sums, .mean), (.sums, .sum), (.moments, .std), (.moments, .variance): true
      case (.choices, .min), (.choices, .max), (.choices, .first), (.choices, .last), (.choices, .range),
        (.choices, .dateOfMin), (.choices, .dateOfMax):
        true
      case (.order, .median), (.order, .percentile), (.order, .iqr), (.order, .mad), (.order, .mode): true
      default: false
      }
    }
    return place ?? kinds.firstIndex(where: \.countsAll) ?? 0
  }

  /// The reducers for one chunk.
  func make(pixels: Int, layers: [PeriodLayer], range: ClosedRange<Double>) -> [any VariableReducer] {
    kinds.map { kind in
      switch kind {
      case .sums: MeanReducer(pixels: pixels, range: range)
      case .weighted(let scale, let weights): WeightedMeanReducer(scale, weights, pixels: pixels)
      case .moments: DeviationReducer(pixels: pixels)
      case .choices(let kept): ChoiceReducer(kept, pixels: pixels)
      case .order(let wanted): RankReducer(wanted, pixels: pixels, layers: layers)
      }
    }
  }

  /// The most bytes the reducers hold for each pixel at once.
  func bytesPerPixel(layers: [PeriodLayer]) -> Int {
    kinds.map { kind in
      switch kind {
      case .sums: layers.mostOpen * MeanReducer.bytesPerPixelAndLayer
      case .weighted: layers.mostOpen * WeightedMeanReducer.bytesPerPixelAndLayer
      case .moments: layers.mostOpen * DeviationReducer.bytesPerPixelAndLayer
      case .choices(let kept): layers.mostOpen * ChoiceReducer.bytesPerPixelAndLayer(kept)
      case .order(let wanted):
        RankReducer.bytesPerPixel(layers: layers, wanted: wanted.count, isCountFirst: isCountFirst)
      }
    }.reduce(0, +)
  }
}

extension StatisticReducers.Kind {
  /// Whether every value that is there is counted.
  fileprivate var countsAll: Bool {
    if case .weighted = self { return false }
    return true
  }
}

extension Statistic {
  /// How it comes of values in order; nil where it does not.
  var orderStatistic: OrderStatistic? {
    switch self {
    case .median: .percentile(50)
    case .percentile(let percentile): .percentile(percentile)
    case .iqr: .interquartileRange
    case .mad: .medianDeviation
    case .mode: .mode
    default: nil
    }
  }
}
