/// A meteorological season, in the order the field writes them.
public enum Season: Int, CaseIterable, Hashable, Sendable {
  case winter, spring, summer, autumn

  /// "DJF", "MAM", "JJA", "SON": the months' initials (names of the northern seasons are only Swift's here).
  public var label: String {
    switch self {
    case .winter: "DJF"
    case .spring: "MAM"
    case .summer: "JJA"
    case .autumn: "SON"
    }
  }

  /// The season of a month, 1...12.
  public init(month: Int) {
    self = Season.allCases[month % 12 / 3]
  }

  /// The season of a day.
  public init(_ date: CalendarDate) {
    self.init(month: date.month)
  }
}

/// A season of one year, where December counts to the year that follows it.
public struct SeasonOfYear: Hashable, Sendable {
  public let year: Int
  public let season: Season

  /// The season-year of a day: December 2020 belongs to DJF 2021.
  public init(_ date: CalendarDate) {
    let parts = date.components
    year = parts.month == 12 ? parts.year + 1 : parts.year
    season = Season(month: parts.month)
  }

  /// "2021-DJF".
  public var label: String { "\(year.padded(4))-\(season.label)" }
}
