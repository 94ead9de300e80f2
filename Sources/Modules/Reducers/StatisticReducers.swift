internal import Geo
internal import Raster

/// Which reducers compute the statistics of a variable: those that come of the same state share one.
struct StatisticReducers: Sendable {
  /// A reducer to be made.
  enum Kind: Hashable, Sendable {
    case sums
    case moments
    /// Values of one date each, with or without the date's number.
    case choices([ChoiceReducer.Kept])
    case order([OrderStatistic])
  }

  let kinds: [Kind]
  /// Whether counts are asked for as results: then those of `order` have to be known before anything is written.
  private let isCountFirst: Bool

  /// - Parameter withDays: whether the day stands beside values of one date.
  init(_ statistics: [Statistic], withDays: Bool) {
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
      case .mean, .sum: if !kinds.contains(.sums) { kinds.append(.sums) }
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
    // Counts alone: sums have them.
    self.kinds = kinds.isEmpty ? [.sums] : kinds
    isCountFirst = statistics.contains { $0 == .count || $0 == .validFraction }
  }

  /// The place of the reducer that has a statistic, or, for counts, of any.
  func place(of statistic: Statistic) -> Int {
    let place = kinds.firstIndex { kind in
      switch (kind, statistic) {
      case (.sums, .mean), (.sums, .sum), (.moments, .std), (.moments, .variance): true
      case (.choices, .min), (.choices, .max), (.choices, .first), (.choices, .last), (.choices, .range),
        (.choices, .dateOfMin), (.choices, .dateOfMax):
        true
      case (.order, .median), (.order, .percentile), (.order, .iqr), (.order, .mad), (.order, .mode): true
      default: false
      }
    }
    return place ?? 0
  }

  /// The reducers for one chunk.
  func make(pixels: Int, layers: [PeriodLayer], range: ClosedRange<Double>) -> [any VariableReducer] {
    kinds.map { kind in
      switch kind {
      case .sums: MeanReducer(pixels: pixels, range: range)
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
      case .moments: layers.mostOpen * DeviationReducer.bytesPerPixelAndLayer
      case .choices(let kept): layers.mostOpen * ChoiceReducer.bytesPerPixelAndLayer(kept)
      case .order(let wanted):
        RankReducer.bytesPerPixel(layers: layers, wanted: wanted.count, isCountFirst: isCountFirst)
      }
    }.reduce(0, +)
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
