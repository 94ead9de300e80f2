public import Geo

/// Prepares a series for analysis. Missing values are NaN.
public enum SeriesCleaning {
  /// The series without values that are more than so many standard deviations (of the sample) from its mean.
  public static func withoutOutliers(_ values: [Double], limit: Double = 3) -> [Double] {
    let (mean, deviation) = (Statistics.mean(values), Statistics.variance(values).squareRoot())
    return values.map { abs($0 - mean) > limit * deviation ? .nan : $0 }
  }

  /// The series with the mean of the same calendar month in other years where a value is missing; what no year has stays
  /// missing.
  public static func filled(_ values: [Double], dates: [CalendarDate]) -> [Double] {
    let climatology = Climatology(dates: dates, values: values)
    return zip(dates, values).map { date, value in
      value.isNaN ? climatology.months[date.month - 1] : value
    }
  }

  /// The series with straight lines across what is missing between two values; ends stay missing.
  public static func interpolated(_ values: [Double]) -> [Double] {
    var result = values
    var last: Int?
    for index in values.indices where !values[index].isNaN {
      if let last, index - last > 1 {
        for place in (last + 1)..<index {
          let share = Double(place - last) / Double(index - last)
          result[place] = values[last] + (values[index] - values[last]) * share
        }
      }
      last = index
    }
    return result
  }

  /// Each value less the one a season before; the first season is NaN.
  public static func seasonalDifference(_ values: [Double], period: Int = 12) -> [Double] {
    values.indices.map { $0 < period ? .nan : values[$0] - values[$0 - period] }
  }

  /// The means of each calendar month from the first to the last, NaN where there is none.
  public static func monthly(_ values: [Double], dates: [CalendarDate])
    -> (dates: [CalendarDate], values: [Double])
  {
    precondition(dates.count == values.count)
    guard let first = dates.min(), let last = dates.max() else { return ([], []) }
    var groups: [Int: [Double]] = [:]
    func ordinal(_ date: CalendarDate) -> Int { date.year * 12 + date.month - 1 }
    for (date, value) in zip(dates, values) { groups[ordinal(date), default: []].append(value) }
    let months = Array(ordinal(first)...ordinal(last))
    return (
      months.compactMap { CalendarDate(year: $0 / 12, month: $0 % 12 + 1, day: 1) },
      months.map { groups[$0].map(Statistics.mean) ?? .nan }
    )
  }
}
