internal import Geo
internal import JSON
internal import Patterns

/// What is found in one series.
struct ResilienceAnalysis {
  /// How series are looked at.
  struct Settings: Sendable {
    /// The window's share of a series.
    var window = 0.5
    /// Of the Gaussian that takes the trend out, in steps.
    var bandwidth = 6.0
    var surrogates = 1000
    var seed: UInt64 = 1
  }

  let series: ResilienceSeries
  let settings: Settings
  /// From here to there no value is missing: ends without values are left out, gaps between have straight lines.
  private let range: Range<Int>
  private let whole: [Double]

  init(_ series: ResilienceSeries, _ settings: Settings) {
    self.series = series
    self.settings = settings
    let present = series.values.indices.filter { !series.values[$0].isNaN }
    range = (present.first ?? 0)..<((present.last ?? -1) + 1)
    whole = Array(SeriesCleaning.interpolated(series.values)[range])
  }

  /// The smooth course: LOWESS over four neighbours, as pyveg has it.
  var smooth: [Double] {
    guard whole.count >= 4 else { return series.values }
    let days = series.dates[range].map { Double($0.daysSince1970) }
    let fit = Lowess(fraction: min(4 / Double(whole.count), 1)).smooth(x: days, y: whole)
    var result = [Double](repeating: .nan, count: series.values.count)
    for (index, value) in zip(range, fit) { result[index] = value }
    return result
  }

  var value: JSONValue {
    var result: JSONValue = [
      "values": list(series.values), "standard_deviation": list(series.deviations),
      "count": .array(series.counts.map(JSONValue.integer)), "smooth": list(smooth),
      "outliers_dropped": .integer(series.dropped), "gaps_filled": .integer(series.filled),
      "statistics": statistics(whole),
    ]
    result["climatology"] = climatology
    result["early_warning"] = earlyWarning(whole, detrending: true)
    let monthly = SeriesCleaning.monthly(series.values, dates: series.dates)
    let complete = SeriesCleaning.interpolated(monthly.values)
    guard !complete.isEmpty, !complete.contains(where: \.isNaN), let stl = SeasonalTrend(complete) else {
      result["season"] = .null
      return result
    }
    let difference = Array(SeriesCleaning.seasonalDifference(complete).dropFirst(12))
    result["season"] = [
      "months": .array(monthly.dates.map { .string($0.description) }), "trend": list(stl.trend),
      "season": list(stl.season), "rest": list(stl.rest),
      "early_warning_rest": earlyWarning(stl.rest, detrending: false),
      "early_warning_difference": earlyWarning(difference, detrending: true),
      "statistics_rest": statistics(stl.rest),
    ]
    return result
  }

  private var climatology: JSONValue {
    let climatology = Climatology(dates: series.dates, values: series.values)
    return [
      "months": list(climatology.months), "amplitude": number(climatology.amplitude),
      "decay_rate": number(climatology.decayRate()),
      "decay_rate_adjusted": number(climatology.decayRate(adjusted: true)),
    ]
  }

  private func statistics(_ values: [Double]) -> JSONValue {
    let sorted = values.sorted()
    let model = FirstOrderModel(values)
    let mean = values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    let middle = sorted.count / 2
    let all = RollingIndicators(values, share: 1)
    return [
      "count": .integer(values.count), "minimum": number(sorted.first), "maximum": number(sorted.last),
      "mean": number(mean),
      "median": number(
        sorted.isEmpty
          ? nil : sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2),
      "standard_deviation": number(all.standardDeviation.last),
      "variance": number(all.variance.last), "autocorrelation": number(all.autocorrelation.last),
      "first_order": [
        "coefficient": number(model?.coefficient), "standard_error": number(model?.standardError),
      ],
    ]
  }

  /// Indicators of moving windows, each with its trend and how probable that is.
  private func earlyWarning(_ values: [Double], detrending: Bool) -> JSONValue {
    guard values.count >= 8 else { return .null }
    let residual: [Double]
    if detrending {
      residual = zip(values, GaussianTrend.smooth(values, bandwidth: settings.bandwidth)).map { $0 - $1 }
    } else {
      residual = values
    }
    let share = settings.window
    let indicators = RollingIndicators(residual, share: share)
    let kinds: [(String, [Double], @Sendable ([Double]) -> [Double])] = [
      ("variance", indicators.variance, { RollingIndicators($0, share: share).variance }),
      (
        "autocorrelation", indicators.autocorrelation, { RollingIndicators($0, share: share).autocorrelation }
      ),
      ("skewness", indicators.skewness, { RollingIndicators($0, share: share).skewness }),
    ]
    var result: JSONValue = ["window": .integer(indicators.window)]
    let test = SurrogateTest(surrogates: settings.surrogates, seed: settings.seed)
    for (name, course, indicator) in kinds {
      let trend = KendallTau(course)
      let chance = trend.flatMap { test.probability(of: $0.tau, residual, indicator: indicator) }
      result[name] = [
        "values": list(course), "kendall_tau": number(trend?.tau), "p": number(trend?.probability),
        "surrogate_p": number(chance),
      ]
    }
    return result
  }

  private func list(_ values: [Double]) -> JSONValue { .array(values.map { number($0) }) }

  private func number(_ value: Double?) -> JSONValue {
    value.flatMap { $0.isFinite ? .number($0) : nil } ?? .null
  }
}
