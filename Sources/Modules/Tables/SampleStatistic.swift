internal import Engine
internal import JSON

/// One statistic of the values behind a row.
enum SampleStatistic: Hashable, Sendable {
  /// The value at a point: the mean of what is around it.
  case value
  case count, sum, mean, deviation, variance, minimum, maximum
  case percentile(Double)
  /// The share of one class.
  case fraction(value: UInt8, meaning: String)
  /// The share of each class, before the variable is known.
  case fractions

  /// The statistics that the config asks for; mistakes are reported.
  static func read(_ arguments: ModuleArguments, in scope: ModuleScope) -> [SampleStatistic] {
    guard let nodes = arguments.node("statistics")?.array else {
      return [.count, .mean, .deviation, .minimum, .maximum]
    }
    var seen: [SampleStatistic: String] = [:]
    var statistics: [SampleStatistic] = []
    for (index, node) in nodes.enumerated() {
      guard let word = node.string else { continue }
      let path = arguments.path.appending("statistics").appending(index)
      guard let statistic = SampleStatistic(word) else {
        scope.report(
          Diagnostic(
            path: path, position: node.position, message: "unknown statistic \"\(word)\"", name: word,
            among: words + ["p10", "p90"]))
        continue
      }
      if let other = seen.updateValue(word, forKey: statistic) {
        scope.report(
          Diagnostic(
            path: path, position: node.position,
            message: other == word ? "\"\(word)\" is there twice" : "\"\(word)\" is the same as \"\(other)\"",
            suggestion: "leave one of them out"))
      }
      statistics.append(statistic)
    }
    return statistics
  }

  static let words = [
    "count", "sum", "mean", "std", "var", "min", "max", "median", "fractions",
  ]

  private init?(_ word: String) {
    switch word {
    case "count": self = .count
    case "sum": self = .sum
    case "mean": self = .mean
    case "std": self = .deviation
    case "var": self = .variance
    case "min": self = .minimum
    case "max": self = .maximum
    case "median": self = .percentile(50)
    case "fractions": self = .fractions
    default:
      guard word.hasPrefix("p"), let percent = Double(word.dropFirst()), (0...100).contains(percent) else {
        return nil
      }
      self = .percentile(percent)
    }
  }

  /// The same for a variable: the share of each of its classes.
  func resolved(for variable: Variable) -> [SampleStatistic] {
    guard self == .fractions else { return [self] }
    guard case .flags(let flags) = variable.storage else { return [] }
    return flags.map { .fraction(value: $0.value, meaning: $0.meaning) }
  }

  private var word: String {
    switch self {
    case .value, .fractions: ""
    case .count: "count"
    case .sum: "sum"
    case .mean: "mean"
    case .deviation: "std"
    case .variance: "var"
    case .minimum: "min"
    case .maximum: "max"
    case .percentile(let percent):
      percent == 50 ? "median" : "p\(percent == percent.rounded() ? "\(Int(percent))" : "\(percent)")"
    case .fraction(_, let meaning): "fraction_\(meaning)"
    }
  }

  func column(of variable: Variable) -> TableColumn {
    if self == .value {
      return TableColumn(name: variable.name, longName: variable.longName, units: variable.units)
    }
    let units =
      switch self {
      case .count, .fraction: "1"
      case .variance: variable.units == "1" ? "1" : "(\(variable.units))2"
      default: variable.units
      }
    return TableColumn(
      name: "\(variable.name)_\(word)", longName: "\(word) of \(variable.longName)", units: units,
      isCount: self == .count)
  }

  /// Whether it looks at values again when all are known.
  var needsValues: Bool {
    switch self {
    case .deviation, .variance, .percentile, .fraction, .fractions: true
    case .value, .count, .sum, .mean, .minimum, .maximum: false
    }
  }

  func value(of gathered: inout WeightedStatistics) -> Double {
    switch self {
    case .value, .mean: gathered.mean
    case .count: gathered.count
    case .sum: gathered.sum
    case .deviation: gathered.variance.squareRoot()
    case .variance: gathered.variance
    case .minimum: gathered.minimum
    case .maximum: gathered.maximum
    case .percentile(let percent): gathered.quantile(percent / 100)
    case .fraction(let value, _): gathered.fraction(of: Double(value))
    case .fractions: .nan
    }
  }
}
