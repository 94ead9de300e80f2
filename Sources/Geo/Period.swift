/// Which dates go together into one layer of a composite.
///
/// A date belongs to one layer of every period but `intervals`, which may overlap or leave dates out, and `whole`, which
/// leaves out the last ones. Bounds are [start, end): the end is the first day that no longer belongs to a layer.
public enum Period: Hashable, Sendable {
  /// Each time step is a layer of its own.
  case date
  /// Each time step is a layer of its own that depends on all of them: it is known when the last one is.
  case everyDate
  /// ISO 8601 weeks, from Monday, labelled by their first day.
  case week
  /// Days 1–10, 11–20 and 21 to the end of each month, labelled by their first day.
  case dekad
  /// Calendar months of each year: "2021-03".
  case month
  /// Calendar quarters of each year: "2021-Q1".
  case quarter
  /// Meteorological seasons of each year, December counting to the year that follows: "2021-DJF".
  case season
  /// Calendar years: "2021".
  case year
  /// So many days each, labelled by their first day.
  case days(Int, from: Origin)
  /// So many calendar months each, labelled by their first month ("2021-03") or, unless they begin with a month, by
  /// their first day.
  case months(Int, from: Origin)
  /// Windows of so many days or months each, the first from the first day of the cube's dates, each of the others from
  /// the end of the one before; a last one that would be cut short is left out. These are pyveg's periods: the month after
  /// 31 January begins on 29 February, and the one after that on 29 March. Labelled by their first day.
  case whole(Int, Unit)
  /// Named intervals of the config's own.
  case intervals([Interval])
  /// January to December, all years together: "01" … "12".
  case monthOfYear
  /// DJF, MAM, JJA and SON, all years together.
  case seasonOfYear
  /// Days 1–10, 11–20 and 21 to the end of each month, all years together: "01" … "36".
  case dekadOfYear
  /// All dates in one layer.
  case all
  /// One layer that belongs to no date: a map that is the same all the time.
  case fixed

  /// What windows are counted in.
  public enum Unit: Hashable, Sendable {
    case days
    case months
  }

  /// Where windows of several days or months are counted from.
  public enum Origin: Hashable, Sendable {
    /// 1 January of every year: the last window of a year is cut short, as in MODIS' 8- and 16-day products.
    case year
    /// The first day of the cube's dates.
    case start
    case date(CalendarDate)
  }

  /// A layer that the config names: from `start` to the day before `end`.
  public struct Interval: Hashable, Sendable {
    public var label: String
    public var start: CalendarDate
    public var end: CalendarDate

    public init(label: String, start: CalendarDate, end: CalendarDate) {
      self.label = label
      self.start = start
      self.end = end
    }
  }

  /// The dimension that layers of this period have in files; nil where there is one layer alone.
  public var dimension: String? {
    switch self {
    case .all, .fixed: nil
    case .monthOfYear: "month"
    case .seasonOfYear: "season"
    case .dekadOfYear: "dekad"
    default: "time"
    }
  }

  /// Whether a layer takes the same part of several years together (CF section 7.4, climatological statistics).
  public var isClimatology: Bool { [.monthOfYear, .seasonOfYear, .dekadOfYear].contains(self) }

  /// The period in one word, for the names of results: `red_month_median`.
  public var name: String {
    switch self {
    case .date: "date"
    case .everyDate: "dates"
    case .week: "week"
    case .dekad: "dekad"
    case .month: "month"
    case .quarter: "quarter"
    case .season: "season"
    case .year: "year"
    case .days(let count, _): "\(count)day"
    case .months(let count, _): "\(count)month"
    case .whole(let count, .days): "\(count)day"
    case .whole(let count, .months): "\(count)month"
    case .intervals: "interval"
    case .monthOfYear: "month_of_year"
    case .seasonOfYear: "season_of_year"
    case .dekadOfYear: "dekad_of_year"
    case .all: "all"
    case .fixed: "fixed"
    }
  }

  /// CF `cell_methods` of a statistic over the dates of each layer (CF sections 7.3 and 7.4).
  public func cellMethods(_ statistic: String) -> String {
    isClimatology ? "time: \(statistic) within years time: \(statistic) over years" : "time: \(statistic)"
  }
}

/// One layer of a period: its label, the days it stands for, and the dates that go into it.
public struct PeriodLayer: Hashable, Sendable {
  /// "2021-03", "DJF", "2021-DJF".
  public let label: String
  /// The days it stands for, [start, end); of a climatology those of its first year's start and last year's end. Nil
  /// where no date goes into a layer of all years, or into `all`.
  public let bounds: Range<CalendarDate>?
  /// The dates that go into it, by position in the cube; the layer is missing without any.
  public let dates: [Int]

  public init(label: String, bounds: Range<CalendarDate>? = nil, dates: [Int]) {
    self.label = label
    self.bounds = bounds
    self.dates = dates
  }
}

extension [PeriodLayer] {
  /// The layers each of so many dates goes into.
  public func layersOfDates(_ count: Int) -> [[Int]] {
    var layers = [[Int]](repeating: [], count: count)
    for (index, layer) in enumerated() {
      for date in layer.dates { layers[date].append(index) }
    }
    return layers
  }
}
