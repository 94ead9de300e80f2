extension Period {
  /// The layers of a cube with these dates, in order.
  ///
  /// Calendar periods have every layer that `range` touches, none left out between; climatologies have all twelve, four
  /// or 36; intervals are all there. A layer without any date is there too.
  ///
  /// - Parameters:
  ///   - dates: of the cube, ascending.
  ///   - range: the days the config asks for; the first to the last date when nil.
  public func layers(of dates: [CalendarDate], within range: ClosedRange<CalendarDate>? = nil)
    -> [PeriodLayer]
  {
    switch self {
    case .date, .everyDate:
      return dates.enumerated().map { index, date in
        // Scenes of one day may be time steps of their own.
        let before = dates[..<index].reversed().prefix { $0 == date }.count
        let label = before > 0 && self == .everyDate ? "\(date).\(before + 1)" : date.description
        return PeriodLayer(label: label, bounds: date..<date.next, dates: [index])
      }
    case .all:
      let extent = range ?? Period.extent(of: dates)
      return [
        PeriodLayer(
          label: "all", bounds: extent.map { $0.lowerBound..<$0.upperBound.next }, dates: Array(dates.indices)
        )
      ]
    case .fixed: return [PeriodLayer(label: "fixed", dates: Array(dates.indices))]
    case .intervals(let intervals):
      return intervals.map { interval in
        let bounds = interval.start..<max(interval.start, interval.end)
        return PeriodLayer(
          label: interval.label, bounds: bounds, dates: dates.indices.filter { bounds.contains(dates[$0]) })
      }
    case .monthOfYear:
      return (1...12).map { month in
        climatology(dates.indices.filter { dates[$0].month == month }, of: dates, label: month.padded(2))
      }
    case .seasonOfYear:
      return Season.allCases.map { season in
        climatology(dates.indices.filter { Season(dates[$0]) == season }, of: dates, label: season.label)
      }
    case .dekadOfYear:
      return (1...36).map { dekad in
        climatology(dates.indices.filter { dates[$0].dekad == dekad }, of: dates, label: dekad.padded(2))
      }
    case .whole(let count, let unit):
      return wholeWindows(count, unit, dates, within: range ?? Period.extent(of: dates))
    default: return windows(dates, within: range ?? Period.extent(of: dates))
    }
  }

  private static func extent(of dates: [CalendarDate]) -> ClosedRange<CalendarDate>? {
    guard let first = dates.min(), let last = dates.max() else { return nil }
    return first...last
  }

  /// A layer of all years: bounded by the days its dates come from.
  private func climatology(_ members: [Int], of dates: [CalendarDate], label: String) -> PeriodLayer {
    let days = members.map { dates[$0] }
    let bounds = days.min().flatMap { first in days.max().map { first..<$0.next } }
    return PeriodLayer(label: label, bounds: bounds, dates: members)
  }

  /// Periods that follow one another without gaps.
  private func windows(_ dates: [CalendarDate], within range: ClosedRange<CalendarDate>?) -> [PeriodLayer] {
    guard let range else { return [] }
    var layers: [PeriodLayer] = []
    // Before the calendar's first year there is none.
    var start = min(windowStart(of: range.lowerBound, origin: range.lowerBound), range.lowerBound)
    var position = dates.firstIndex { $0 >= start } ?? dates.endIndex
    while start <= range.upperBound {
      // The last window of the calendar ends with it.
      let next = windowEnd(from: start, origin: range.lowerBound)
      let end = next > start ? next : range.upperBound.next
      var members: [Int] = []
      while position < dates.endIndex, dates[position] < end {
        members.append(position)
        position += 1
      }
      layers.append(PeriodLayer(label: label(of: start), bounds: start..<end, dates: members))
      start = end
    }
    return layers
  }

  /// Periods from the first day on, each from the end of the one before, that end with the last day or earlier.
  private func wholeWindows(
    _ count: Int, _ unit: Unit, _ dates: [CalendarDate], within range: ClosedRange<CalendarDate>?
  ) -> [PeriodLayer] {
    guard let range, count > 0 else { return [] }
    var layers: [PeriodLayer] = []
    var start = range.lowerBound
    while true {
      let end = unit == .days ? start.advanced(by: count) : start.addingMonths(count)
      guard end <= range.upperBound.next, end > start else { return layers }
      let bounds = start..<end
      layers.append(
        PeriodLayer(
          label: start.description, bounds: bounds, dates: dates.indices.filter { bounds.contains(dates[$0]) }
        ))
      start = end
    }
  }

  /// How many layers there are at least of so many days: known without making any.
  public func leastLayers(within range: ClosedRange<CalendarDate>) -> Int {
    let longest =
      switch self {
      case .week: 7
      case .dekad: 11
      case .month: 31
      case .quarter, .season: 92
      case .year: 366
      case .days(let count, _), .whole(let count, .days): max(1, count)
      case .months(let count, _), .whole(let count, .months): max(1, min(count, 1 << 20)) * 31
      case .intervals, .date, .everyDate, .all, .fixed, .monthOfYear, .seasonOfYear, .dekadOfYear: Int.max
      }
    let days = range.upperBound.daysSince1970 - range.lowerBound.daysSince1970 + 1
    return max(1, days / longest)
  }

  /// The first day of the window that a day lies in.
  private func windowStart(of day: CalendarDate, origin: CalendarDate) -> CalendarDate {
    let (year, month, dayOfMonth) = day.components
    switch self {
    case .week: return day.advanced(by: -day.daysSinceMonday)
    case .dekad: return day.advanced(by: 1 + 10 * ((day.dekad - 1) % 3) - dayOfMonth)
    case .month: return CalendarDate(firstOf: month, year)
    case .quarter: return CalendarDate(firstOf: (month - 1) / 3 * 3 + 1, year)
    case .season:
      let back = month % 3
      return CalendarDate(firstOf: month, year).addingMonths(-back)
    case .year: return CalendarDate(firstOf: 1, year)
    case .days(let count, let from):
      let zero = Period.zero(from, origin, year)
      let windows = (day.daysSince1970 - zero.daysSince1970).dividedDown(by: count)
      return zero.advanced(by: windows * count)
    case .months(let count, let from):
      let zero = Period.zero(from, origin, year)
      let months = (year - zero.year) * 12 + month - zero.month
      var start = zero.addingMonths(months.dividedDown(by: count) * count)
      if start > day { start = zero.addingMonths((months.dividedDown(by: count) - 1) * count) }
      return start
    default: return day
    }
  }

  /// The first day after the window that begins with a day.
  private func windowEnd(from start: CalendarDate, origin: CalendarDate) -> CalendarDate {
    let (year, month, day) = start.components
    // The calendar's last year ends after its December.
    let nextYear =
      year < 9999 ? CalendarDate(firstOf: 1, year + 1) : CalendarDate(firstOf: 12, year).advanced(by: 31)
    switch self {
    case .week: return start.advanced(by: 7)
    case .dekad: return day < 21 ? start.advanced(by: 10) : CalendarDate(firstOf: month, year).addingMonths(1)
    case .month: return start.addingMonths(1)
    case .quarter, .season: return start.addingMonths(3)
    case .year: return nextYear
    case .days(let count, let from):
      let end = start.advanced(by: count)
      return from == .year ? min(end, nextYear) : end
    case .months(let count, let from):
      let zero = Period.zero(from, origin, year)
      // Counted from the origin, so that the 31st is the 31st again after a short month.
      let months = (year - zero.year) * 12 + month - zero.month
      let end = zero.addingMonths((months / count + 1) * count)
      return from == .year ? min(end, nextYear) : end
    default: return start.next
    }
  }

  private static func zero(_ origin: Origin, _ start: CalendarDate, _ year: Int) -> CalendarDate {
    switch origin {
    case .year: CalendarDate(firstOf: 1, year)
    case .start: start
    case .date(let date): date
    }
  }

  private func label(of start: CalendarDate) -> String {
    let (year, month, day) = start.components
    switch self {
    case .month: return String(start.description.dropLast(3))
    case .months: return day == 1 ? String(start.description.dropLast(3)) : start.description
    case .quarter: return "\(year.padded(4))-Q\((month + 2) / 3)"
    case .season: return SeasonOfYear(start).label
    case .year: return year.padded(4)
    default: return start.description
    }
  }
}

extension CalendarDate {
  /// The day after.
  public var next: CalendarDate { advanced(by: 1) }

  /// The day `days` later, earlier when negative.
  public func advanced(by days: Int) -> CalendarDate { CalendarDate(daysSince1970: daysSince1970 + days) }

  /// The same day of the month, or the last day of a shorter month, so many months later.
  public func addingMonths(_ months: Int) -> CalendarDate {
    let (year, month, day) = components
    let ordinal = year * 12 + month - 1 + months
    let first = CalendarDate(
      firstOf: ordinal - ordinal.dividedDown(by: 12) * 12 + 1, ordinal.dividedDown(by: 12))
    let length =
      CalendarDate(firstOf: first.month % 12 + 1, first.year + first.month / 12).daysSince1970
      - first.daysSince1970
    return first.advanced(by: min(day, length) - 1)
  }

  /// The first day of a month; years outside the calendar are taken to its ends.
  init(firstOf month: Int, _ year: Int) {
    self = CalendarDate(year: min(max(year, 1), 9999), month: month, day: 1) ?? CalendarDate(daysSince1970: 0)
  }

  /// Which of the year's thirds of months, from 1 to 36.
  var dekad: Int { 3 * (month - 1) + 1 + min(2, (components.day - 1) / 10) }

  /// 0 on Mondays; 1970-01-01 was a Thursday.
  var daysSinceMonday: Int {
    let days = daysSince1970 + 3
    return days - days.dividedDown(by: 7) * 7
  }
}
