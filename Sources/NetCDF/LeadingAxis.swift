public import Geo

/// What comes before y and x in a data variable.
public enum LeadingAxis: Hashable, Sendable {
  /// Nothing: the variable is (y, x).
  case none
  /// Moments, ascending: (time, y, x).
  case time([TimeStep])
  /// Named groups of dates, "DJF" or "2021-DJF": (season, y, x).
  ///
  /// - periods: for each layer the days its data come from; empty when none are to be said.
  case season([String], periods: [Period?] = [])

  /// From the first day to the day after the last.
  public struct Period: Hashable, Sendable {
    public var start: CalendarDate
    public var end: CalendarDate

    public init(start: CalendarDate, end: CalendarDate) {
      self.start = start
      self.end = end
    }
  }

  /// A moment and, where it stands for a period, the period.
  public struct TimeStep: Hashable, Sendable {
    public var time: Instant
    public var start: Instant?
    public var end: Instant?

    public init(_ time: Instant, start: Instant? = nil, end: Instant? = nil) {
      self.time = time
      self.start = start
      self.end = end
    }
  }

  /// How many steps there are; nil without an axis.
  var count: Int? {
    switch self {
    case .none: nil
    case .time(let steps): steps.count
    case .season(let labels, _): labels.count
    }
  }

  /// The name of the dimension; nil without an axis.
  var dimension: String? {
    switch self {
    case .none: nil
    case .time: "time"
    case .season: "season"
    }
  }

  /// Dimensions besides the axis itself.
  var extraDimensions: [FileDimension] {
    switch self {
    case .none: []
    case .time(let steps): steps.hasPeriods ? [FileDimension("nv", 2)] : []
    case .season(let labels, let periods):
      [FileDimension("strlen", max(1, labels.map(\.utf8.count).max() ?? 1))]
        + (periods.isEmpty ? [] : [FileDimension("nv", 2)])
    }
  }

  var variables: [FileVariable] {
    switch self {
    case .none: []
    case .time(let steps): LeadingAxis.variables(steps)
    case .season(let labels, let periods):
      LeadingAxis.variables(labels) + (periods.isEmpty ? [] : LeadingAxis.times(periods))
    }
  }

  private static func variables(_ steps: [TimeStep]) -> [FileVariable] {
    let bounds = steps.hasPeriods ? [FileAttribute("bounds", "time_bnds")] : []
    let time = FileVariable(
      "time",
      .float64,
      dimensions: ["time"],
      attributes: [
        FileAttribute("standard_name", "time"), FileAttribute("long_name", "time of acquisition"),
        FileAttribute("units", "seconds since 1970-01-01 00:00:00"), FileAttribute("calendar", "standard"),
        FileAttribute("axis", "T"),
      ] + bounds,
      values: .numbers(steps.map(\.time.seconds))
    )
    guard steps.hasPeriods else { return [time] }
    let edges = steps.flatMap { [$0.start ?? $0.time, $0.end ?? $0.time] }
    return [
      time,
      // Units and calendar are those of the coordinate (CF section 7.1).
      FileVariable(
        "time_bnds",
        .float64,
        dimensions: ["time", "nv"],
        values: .numbers(edges.map(\.seconds))
      ),
    ]
  }

  /// Auxiliary coordinates that data variables have to name (CF section 5).
  var auxiliaryCoordinates: [String] {
    if case .season(_, let periods) = self, !periods.isEmpty { ["time"] } else { [] }
  }

  /// The time of each layer, with the days it comes from as bounds (CF section 7.1); missing for a layer of no dates.
  private static func times(_ periods: [Period?]) -> [FileVariable] {
    let edges = periods.map { period in
      period.map { (Double($0.start.daysSince1970), Double($0.end.daysSince1970)) } ?? (.nan, .nan)
    }
    return [
      FileVariable(
        "time",
        .float64,
        dimensions: ["season"],
        fill: .double(.nan),
        attributes: [
          FileAttribute("standard_name", "time"),
          FileAttribute("long_name", "middle of the days the layer comes from"),
          FileAttribute("units", "days since 1970-01-01 00:00:00"), FileAttribute("calendar", "standard"),
          FileAttribute("bounds", "time_bnds"),
        ],
        values: .numbers(edges.map { ($0.0 + $0.1) / 2 })
      ),
      FileVariable(
        "time_bnds",
        .float64,
        dimensions: ["season", "nv"],
        values: .numbers(edges.flatMap { [$0.0, $0.1] })
      ),
    ]
  }

  private static func variables(_ labels: [String]) -> [FileVariable] {
    // Characters, not NC_STRING: CDO refuses a file with a string variable named like its dimension, and a CF
    // coordinate variable would have to be numeric. xarray decodes them, `_Encoding` given, to an index. There is
    // no climatological time (CF section 7.4): with it CDO takes the seasons for one.
    [
      FileVariable(
        "season",
        .character,
        dimensions: ["season", "strlen"],
        attributes: [FileAttribute("long_name", "season"), FileAttribute("_Encoding", "utf-8")],
        values: .strings(labels)
      )
    ]
  }
}

extension [LeadingAxis.TimeStep] {
  /// Whether every step stands for a period.
  fileprivate var hasPeriods: Bool { !isEmpty && allSatisfy { $0.start != nil && $0.end != nil } }
}

extension Instant {
  /// Seconds since 1970; 64-bit numbers hold microseconds exactly for some centuries.
  var seconds: Double { Double(microsecondsSince1970) / 1_000_000 }
}
