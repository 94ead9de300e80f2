internal import Geo
internal import Raster

/// How a composite takes all bands of a pixel together.
enum WholePixel: Sendable {
  /// The observation where another variable, or one of the bands, is highest or lowest.
  case best(by: String, isHighest: Bool)
  /// The observation nearest in time to a day.
  case nearest(TargetDay)
  /// The last observation before a day, or the first after it.
  case beside(CalendarDate, isBefore: Bool)
  /// The observation with the smallest sum of distances to the others, or the nearest to the medians of the bands.
  case medoid(toMedian: Bool)
  case geomedian(GeometricMedian, withSpreads: Bool)

  /// In one word, for the names of results.
  var name: String {
    switch self {
    case .best: "best"
    case .nearest: "nearest"
    case .beside(_, let isBefore): isBefore ? "before" : "after"
    case .medoid: "medoid"
    case .geomedian: "geomedian"
    }
  }

  /// For people.
  var title: String {
    switch self {
    case .best(let variable, let isHighest): "value where \(variable) is \(isHighest ? "highest" : "lowest")"
    case .nearest(let day): "value nearest to \(day)"
    case .beside(let day, let isBefore): isBefore ? "last value before \(day)" : "first value after \(day)"
    case .medoid(let toMedian): toMedian ? "value nearest to the medians of the bands" : "medoid value"
    case .geomedian: "geometric median"
    }
  }

  /// The scores of days where these alone decide, the highest is taken, and days without one are not; else nil.
  func scores(of days: [CalendarDate]) -> [Float]? {
    switch self {
    case .nearest(let target): days.map { -Float(target.distance(to: $0)) }
    case .beside(let day, true): days.map { $0 < day ? Float($0.daysSince1970) : .nan }
    case .beside(let day, false): days.map { $0 > day ? -Float($0.daysSince1970) : .nan }
    case .best, .medoid, .geomedian: nil
    }
  }

  /// Whether a result is an observation of one date.
  var isOfOneDate: Bool {
    if case .geomedian = self { return false }
    return true
  }
}

/// A day that observations are near to: of one year, or the same of every year.
enum TargetDay: Hashable, Sendable, CustomStringConvertible {
  case day(CalendarDate)
  /// The month and the day of the month; 29 February counts as 1 March where there is none.
  case yearly(month: Int, day: Int)

  /// "2021-07-15" or "07-15".
  init?(_ text: String) {
    if let day = CalendarDate(text) {
      self = .day(day)
      return
    }
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ $0.count == 2 }), let day = CalendarDate("2000-" + text) else {
      return nil
    }
    self = .yearly(month: day.components.month, day: day.components.day)
  }

  var description: String {
    switch self {
    case .day(let day): day.description
    case .yearly(let month, let day):
      String(CalendarDate(year: 2000, month: month, day: day)?.description.dropFirst(5) ?? "")
    }
  }

  /// How many days away a day is.
  func distance(to day: CalendarDate) -> Int {
    switch self {
    case .day(let target): return abs(day.daysSince1970 - target.daysSince1970)
    case .yearly(let month, let dayOfMonth):
      let year = day.components.year
      let targets = (-1...1).compactMap { offset in
        CalendarDate(year: year + offset, month: month, day: dayOfMonth)
          ?? CalendarDate(year: year + offset, month: 3, day: 1)
      }
      return targets.map { abs(day.daysSince1970 - $0.daysSince1970) }.min() ?? 0
    }
  }
}
