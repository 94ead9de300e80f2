internal import Engine
internal import Geo

extension Period {
  /// Whether layers of this period can be put together into those of another, each into one.
  ///
  /// Calendar months, and what is made of whole ones, must make up the other's exactly. Windows of days need only be
  /// shorter: one that lies in two layers of the other goes to that in which it begins.
  func divides(_ outer: Period) -> Bool {
    switch (length, outer.length) {
    case (.unknown, _), (_, .unknown): true
    case (.months(let inner, let first), .months(let count, let start)):
      (inner < count || outer.isClimatology && inner == count) && count % inner == 0
        && (first == nil || start == nil || ((start ?? 0) - (first ?? 0)) % inner == 0)
    case (.days(let inner), .months(let count, _)): inner <= 31 * count
    case (.days(let inner), .days(let count)):
      inner < count || self == .dekad && outer == .dekadOfYear
    case (.months, .days): false
    }
  }

  private enum Length {
    case days(Int)
    /// So many, from a month of the year, counted from 0; nil where any month may be the first.
    case months(Int, first: Int?)
    case unknown
  }

  private var length: Length {
    switch self {
    case .week: .days(7)
    case .dekad, .dekadOfYear: .days(10)
    case .days(let count, _), .whole(let count, .days): .days(count)
    case .month, .monthOfYear: .months(1, first: 0)
    case .quarter: .months(3, first: 0)
    case .season, .seasonOfYear: .months(3, first: 11)
    case .year: .months(12, first: 0)
    case .months(let count, .year): .months(count, first: 0)
    case .months(let count, _), .whole(let count, .months): .months(count, first: nil)
    case .date, .everyDate, .intervals, .all, .fixed: .unknown
    }
  }
}
