internal import Geo

/// What happened over periods, from the steps of a series over one area.
struct WeatherSeries: Sendable {
  /// What one value of the series stands for.
  enum Convention: String, CaseIterable, Sendable {
    /// A moment; it holds until the next.
    case moment
    /// The hour that ends at its time: hourly ERA5.
    case hour
    /// The UTC day that its time lies in.
    case day
    /// All since midnight UTC: ERA5-Land. Of its totals the one of a day stands at 00 UTC of the day after.
    case sinceMidnight = "since_midnight"
    /// The total, or the mean, of the calendar month that its time lies in.
    case month
    /// The mean of a calendar month for one day: ERA5's monthly means, in which precipitation is a depth a day.
    case monthMean = "month_mean"
    /// Nothing is known: the values dated in a period are taken as they are.
    case period
  }

  enum Statistic: String, CaseIterable, Sendable { case sum, mean, min, max }

  let convention: Convention
  let statistic: Statistic
  /// Ascending; without those that stand for nothing.
  private let steps: [Step]

  private struct Step: Sendable {
    let start: Int
    let end: Int
    let value: Double?
    /// What it adds to a sum when it lies wholly inside.
    let factor: Double
  }

  static let microsecondsPerDay = 86_400_000_000

  /// - Parameters:
  ///   - times: ascending.
  ///   - values: the area's mean at each; nil where missing.
  init(
    times: [Instant], values: [Double?], convention: Convention, statistic: Statistic, hoursPerStep: Double?
  ) {
    self.convention = convention
    self.statistic = statistic
    let day = Self.microsecondsPerDay
    let usual = Int((hoursPerStep ?? 24) * 3.6e9)
    steps = zip(times, values).compactMap { time, value in
      let moment = time.microsecondsSince1970
      let midnight = (Double(moment) / Double(day)).rounded(.down)
      let first = Int(midnight) * day
      switch convention {
      case .moment: return Step(start: moment, end: moment + usual, value: value, factor: 1)
      case .period: return Step(start: moment, end: moment, value: value, factor: 1)
      case .hour: return Step(start: moment - day / 24, end: moment, value: value, factor: 1)
      case .day: return Step(start: first, end: first + day, value: value, factor: 1)
      case .sinceMidnight:
        return moment == first ? Step(start: first - day, end: first, value: value, factor: 1) : nil
      case .month, .monthMean:
        let date = CalendarDate(daysSince1970: Int(midnight))
        let start = date.advanced(by: 1 - date.components.day)
        let days = start.addingMonths(1).daysSince1970 - start.daysSince1970
        return Step(
          start: start.daysSince1970 * day, end: (start.daysSince1970 + days) * day, value: value,
          factor: convention == .monthMean ? Double(days) : 1)
      }
    }
  }

  /// A number, or why there is none.
  enum Outcome: Hashable, Sendable {
    case value(Double)
    case missing(String)

    var value: Double? { if case .value(let value) = self { value } else { nil } }
    var reason: String? { if case .missing(let reason) = self { reason } else { nil } }
  }

  /// What happened from the first day of a period to the last.
  ///
  /// Where a step lies partly inside, its part counts. A period is missing unless steps with values cover it whole.
  func outcome(over bounds: Range<CalendarDate>) -> Outcome {
    let start = bounds.lowerBound.daysSince1970 * Self.microsecondsPerDay
    let end = bounds.upperBound.daysSince1970 * Self.microsecondsPerDay
    guard convention != .period else { return asDated(start..<end) }
    var (sum, covered, lacking) = (0.0, 0, 0)
    var (least, greatest) = (Double.infinity, -Double.infinity)
    for step in steps where step.start < end && step.end > start {
      let part = min(step.end, end) - max(step.start, start)
      guard let value = step.value else {
        lacking += 1
        continue
      }
      covered += part
      let share = Double(part) / Double(step.end - step.start)
      sum += statistic == .sum ? value * step.factor * share : value * Double(part)
      (least, greatest) = (min(least, value), max(greatest, value))
    }
    guard covered == end - start else { return .missing(reason(covered, lacking, start..<end)) }
    switch statistic {
    case .sum: return .value(sum)
    case .mean: return .value(sum / Double(covered))
    case .min: return .value(least)
    case .max: return .value(greatest)
    }
  }

  private func asDated(_ range: Range<Int>) -> Outcome {
    let inside = steps.filter { range.contains($0.start) }
    let values = inside.compactMap(\.value)
    guard !inside.isEmpty else { return .missing("the file has no time in it") }
    guard values.count == inside.count else {
      return .missing(
        "\(inside.count - values.count) of its \(inside.count) times have no values over the area")
    }
    let sum = values.reduce(0, +)
    switch statistic {
    case .sum: return .value(sum)
    case .mean: return .value(sum / Double(values.count))
    case .min: return .value(values.min() ?? .nan)
    case .max: return .value(values.max() ?? .nan)
    }
  }

  private func reason(_ covered: Int, _ lacking: Int, _ range: Range<Int>) -> String {
    if lacking > 0 { return "\(lacking) of the file's times in it have no values over the area" }
    guard let first = steps.first, let last = steps.last else { return "the file has no times of use" }
    if covered > range.upperBound - range.lowerBound { return "times of the file overlap in it" }
    func date(_ moment: Int) -> CalendarDate {
      CalendarDate(daysSince1970: Int((Double(moment) / Double(Self.microsecondsPerDay)).rounded(.down)))
    }
    if range.upperBound > last.end { return "the file ends before it does, with \(date(last.end - 1))" }
    if range.lowerBound < first.start { return "the file begins after it does, with \(date(first.start))" }
    let share = Double(covered) / Double(range.upperBound - range.lowerBound)
    return "the file's times cover \((share * 1000).rounded() / 10) % of it"
  }
}
