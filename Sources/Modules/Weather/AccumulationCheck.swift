internal import Geo

/// Whether hourly values look as if they were accumulated over each day, or not.
enum AccumulationCheck {
  /// What hourly values look like.
  enum Finding: Hashable, Sendable {
    /// They rise through each day and begin again at its end.
    case accumulations
    /// They fall within days.
    case rates
    /// Too little happens in them to say.
    case unknown
  }

  /// - Parameters:
  ///   - times: ascending.
  ///   - values: nil where missing.
  static func finding(times: [Instant], values: [Double?]) -> Finding {
    var days: [Int: [Double]] = [:]
    for (time, value) in zip(times, values) {
      // The value of 00 UTC is the last of the day before.
      let day = (Double(time.microsecondsSince1970 - 1) / Double(WeatherSeries.microsecondsPerDay)).rounded(
        .down)
      if let value { days[Int(day), default: []].append(value) }
    }
    let eventful = days.values.filter { $0.count >= 4 && ($0.max() ?? 0) > 1e-6 }
    guard eventful.count >= 3 else { return .unknown }
    let rising = eventful.count { day in zip(day, day.dropFirst()).allSatisfy { $1 >= $0 - 1e-9 } }
    if rising == eventful.count { return .accumulations }
    return rising * 2 < eventful.count ? .rates : .unknown
  }
}
