internal import Geo

/// A statistic over the time steps of a layer: one number from the values a pixel has.
public enum Statistic: Hashable, Sendable {
  case mean, median, min, max, std, sum, count, first, last
  /// The value below which so many hundredths of the values lie, linear between two values.
  case percentile(Double)

  /// The words a config uses, without `percentile`'s number.
  static let words = ["mean", "median", "min", "max", "std", "sum", "count", "first", "last", "percentile"]

  /// - Parameter q: of a percentile.
  init?(_ word: String, q: Double?) {
    switch word {
    case "mean": self = .mean
    case "median": self = .median
    case "min": self = .min
    case "max": self = .max
    case "std": self = .std
    case "sum": self = .sum
    case "count": self = .count
    case "first": self = .first
    case "last": self = .last
    case "percentile": self = .percentile(q ?? 50)
    default: return nil
    }
  }

  /// In one word, for the names of results: "mean", "p10".
  var name: String {
    switch self {
    case .mean: "mean"
    case .median: "median"
    case .min: "min"
    case .max: "max"
    case .std: "std"
    case .sum: "sum"
    case .count: "count"
    case .first: "first"
    case .last: "last"
    case .percentile(let q):
      "p" + (Int(exactly: q).map { "\($0)" } ?? "\(q)".replacing(".", with: "_"))
    }
  }

  /// For people: "standard deviation".
  var title: String {
    switch self {
    case .min: "minimum"
    case .max: "maximum"
    case .std: "standard deviation"
    case .count: "number of observations"
    case .first: "first value"
    case .last: "last value"
    case .percentile(let q): "percentile \(Int(exactly: q).map { "\($0)" } ?? "\(q)")"
    default: name
    }
  }

  /// The method in CF's appendix E; nil where it has none.
  var cellMethod: String? {
    switch self {
    case .mean: "mean"
    case .median: "median"
    case .min: "minimum"
    case .max: "maximum"
    case .std: "standard_deviation"
    case .sum, .count: "sum"
    case .first, .last: "point"
    case .percentile: nil
    }
  }

  /// Whether results are values such as there are among the inputs, or between them.
  var keepsRange: Bool {
    switch self {
    case .std, .sum, .count: false
    default: true
    }
  }
}
