public import Geo
internal import Glibc

/// The mean year of a series: the mean of each calendar month over all years.
public struct Climatology: Hashable, Sendable {
  /// January to December; NaN for a month without any value.
  public let months: [Double]

  /// - Parameters:
  ///   - dates: of the values.
  ///   - values: missing ones (NaN) are left out.
  public init(dates: [CalendarDate], values: [Double]) {
    precondition(dates.count == values.count)
    var groups = [[Double]](repeating: [], count: 12)
    for (date, value) in zip(dates, values) { groups[date.month - 1].append(value) }
    months = groups.map(Statistics.mean)
  }

  /// The greatest less the smallest of the months; nil where no month has a value.
  public var amplitude: Double? {
    let present = Statistics.present(months)
    guard let least = present.min(), let greatest = present.max() else { return nil }
    return greatest - least
  }

  /// How fast the mean year falls from its greatest to its smallest month: ln(smallest / greatest) over the months
  /// between them, negative.
  ///
  /// - Parameter adjusted: whether the year is shifted first, so that its smallest month is 1: for series that
  ///   are not above 0.
  /// - Returns: nil where a month is missing, where it is not above 0, or where all are equal.
  public func decayRate(adjusted: Bool = false) -> Double? {
    guard !months.contains(where: \.isNaN), var least = months.min(), var greatest = months.max(),
      let bottom = months.firstIndex(of: least), let top = months.firstIndex(of: greatest)
    else { return nil }
    if adjusted { (least, greatest) = (1, greatest - least + 1) }
    guard least > 0, greatest > least else { return nil }
    let steps = (bottom - top + 12) % 12
    return log(least / greatest) / Double(steps)
  }
}
