public import Geo

/// What comes before y and x in a data variable.
public enum LeadingAxis: Hashable, Sendable {
  /// Nothing: the variable is (y, x).
  case none
  /// Moments, ascending: (time, y, x).
  case time([TimeStep])
  /// Named groups of dates: (season, y, x).
  case season([SeasonStep])

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

  /// A season and, for climatologies, the dates from its first beginning to its last end.
  public struct SeasonStep: Hashable, Sendable {
    /// "DJF", or "2021-DJF".
    public var label: String
    /// The first day of the season in the first year, and the day after its last day in the last year.
    public var start: CalendarDate?
    public var end: CalendarDate?

    public init(_ label: String, start: CalendarDate? = nil, end: CalendarDate? = nil) {
      self.label = label
      self.start = start
      self.end = end
    }
  }

  /// How many steps there are; nil without an axis.
  var count: Int? {
    switch self {
    case .none: nil
    case .time(let steps): steps.count
    case .season(let steps): steps.count
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

  /// Auxiliary coordinates that data variables have to name.
  var auxiliaryCoordinates: [String] {
    if case .season(let steps) = self, steps.hasPeriods { ["time"] } else { [] }
  }

  /// Dimensions besides the axis itself.
  var extraDimensions: [FileDimension] {
    switch self {
    case .time(let steps) where steps.hasPeriods: [FileDimension("nv", 2)]
    case .season(let steps) where steps.hasPeriods: [FileDimension("nv", 2)]
    default: []
    }
  }

  var variables: [FileVariable] {
    switch self {
    case .none: []
    case .time(let steps): LeadingAxis.variables(steps)
    case .season(let steps): LeadingAxis.variables(steps)
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

  private static func variables(_ steps: [SeasonStep]) -> [FileVariable] {
    let label = FileVariable(
      "season",
      .string,
      dimensions: ["season"],
      attributes: [FileAttribute("long_name", "season")],
      values: .strings(steps.map(\.label))
    )
    let edges = steps.compactMap { step in
      if let start = step.start, let end = step.end { [start, end] } else { nil }
    }
    guard edges.count == steps.count, !steps.isEmpty else { return [label] }
    return [
      label,
      FileVariable(
        "time",
        .float64,
        dimensions: ["season"],
        attributes: [
          FileAttribute("standard_name", "time"),
          FileAttribute("long_name", "middle of the season's first year"),
          FileAttribute("units", "days since 1970-01-01 00:00:00"), FileAttribute("calendar", "standard"),
          FileAttribute("climatology", "climatology_bnds"),
        ],
        values: .numbers(edges.map { Double($0[0].daysSince1970) + 45 })
      ),
      FileVariable(
        "climatology_bnds",
        .float64,
        dimensions: ["season", "nv"],
        values: .numbers(edges.flatMap { $0.map { Double($0.daysSince1970) } })
      ),
    ]
  }
}

extension [LeadingAxis.TimeStep] {
  /// Whether every step stands for a period.
  fileprivate var hasPeriods: Bool { !isEmpty && allSatisfy { $0.start != nil && $0.end != nil } }
}

extension [LeadingAxis.SeasonStep] {
  /// Whether the period of every season is known.
  fileprivate var hasPeriods: Bool { !isEmpty && allSatisfy { $0.start != nil && $0.end != nil } }
}

extension Instant {
  /// Seconds since 1970; 64-bit numbers hold microseconds exactly for some centuries.
  var seconds: Double { Double(microsecondsSince1970) / 1_000_000 }
}
