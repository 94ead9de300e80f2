internal import Geo

/// A statistic over the time steps of a layer: one number from the values a pixel has.
public enum Statistic: Hashable, Sendable {
  case mean, median, min, max, range, std, variance, sum, count, first, last
  /// The mean of the logarithms of positive values, taken back.
  case geometricMean
  /// The part of the layer's time steps that have a value.
  case validFraction
  /// The value below which so many hundredths of the values lie, linear between two values.
  case percentile(Double)
  /// The range between the quartiles, and the median absolute deviation from the median.
  case iqr, mad
  /// The most frequent value.
  case mode
  /// The day of the least or greatest value.
  case dateOfMin, dateOfMax

  /// The words a config uses.
  private static let named: [(word: String, statistic: Statistic)] = [
    ("mean", .mean), ("geometric_mean", .geometricMean), ("median", .median), ("min", .min), ("max", .max),
    ("range", .range), ("std", .std),
    ("var", .variance), ("sum", .sum), ("count", .count), ("first", .first), ("last", .last),
    ("valid_fraction", .validFraction), ("iqr", .iqr), ("mad", .mad), ("mode", .mode),
    ("date_of_min", .dateOfMin), ("date_of_max", .dateOfMax),
  ]

  /// The words a config uses, without percentiles ("p10").
  static var words: [String] { named.map(\.word) }

  /// - Parameter word: "mean", "p10", "p2.5".
  init?(_ word: String) {
    if let statistic = Statistic.named.first(where: { $0.word == word })?.statistic {
      self = statistic
      return
    }
    guard word.hasPrefix("p"), word.dropFirst().allSatisfy({ $0.isNumber || $0 == "." }),
      let percentile = Double(word.dropFirst()), (0...100).contains(percentile)
    else { return nil }
    self = .percentile(percentile)
  }

  /// In one word, for the names of results: "mean", "p10".
  var name: String {
    if case .percentile(let q) = self {
      return "p" + (Int(exactly: q).map { "\($0)" } ?? "\(q)".replacing(".", with: "_"))
    }
    return Statistic.named.first { $0.statistic == self }?.word ?? ""
  }

  /// For people: "standard deviation".
  var title: String {
    switch self {
    case .min: "minimum"
    case .max: "maximum"
    case .geometricMean: "geometric mean"
    case .std: "standard deviation"
    case .variance: "variance"
    case .count: "number of observations"
    case .first: "first value"
    case .last: "last value"
    case .validFraction: "fraction of dates with a value"
    case .percentile(let q): "percentile \(Int(exactly: q).map { "\($0)" } ?? "\(q)")"
    case .iqr: "interquartile range"
    case .mad: "median absolute deviation"
    case .mode: "most frequent value"
    case .dateOfMin: "day of the minimum"
    case .dateOfMax: "day of the maximum"
    case .mean, .median, .range, .sum: name
    }
  }

  /// The method in CF's appendix E; nil where it has none.
  var cellMethod: String? {
    switch self {
    case .mean: "mean"
    case .median: "median"
    case .min: "minimum"
    case .max: "maximum"
    case .range: "range"
    case .std: "standard_deviation"
    case .variance: "variance"
    case .sum, .count: "sum"
    case .first, .last: "point"
    case .mode: "mode"
    case .geometricMean, .percentile, .validFraction, .iqr, .mad, .dateOfMin, .dateOfMax: nil
    }
  }

  /// Whether results are values such as there are among the inputs, or between them.
  var keepsRange: Bool {
    switch self {
    case .mean, .geometricMean, .median, .min, .max, .first, .last, .percentile, .mode: true
    default: false
    }
  }

  /// Whether it means something for flags and classes.
  var takesFlags: Bool {
    switch self {
    case .count, .validFraction, .first, .last, .mode: true
    default: false
    }
  }

  /// Whether values can weigh differently in it.
  var isWeighted: Bool { self == .mean || self == .geometricMean }

  /// Whether it is missing where a layer has no value: counts are 0 there.
  var isMissingWithoutValues: Bool { self != .count && self != .validFraction }

  /// Whether a result is the value of one date, whose day may stand beside it.
  var isOfOneDate: Bool {
    switch self {
    case .min, .max, .first, .last: true
    default: false
    }
  }
}
