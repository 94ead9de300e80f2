public import Geo

/// What comes before y and x in a data variable.
public enum LeadingAxis: Hashable, Sendable {
  /// Nothing, with the period that the one layer stands for where it is said: the variable is (y, x).
  case none(PeriodLayer? = nil)
  /// Moments, ascending: (time, y, x).
  case time([Instant])
  /// Periods that follow one another, at their starts, with bounds and labels: (time, y, x).
  case periods([PeriodLayer])
  /// Parts of the year, all years together: (season, y, x), (month, y, x) or (dekad, y, x), with climatology bounds (CF section 7.4).
  case climatology(Climatology, [PeriodLayer])

  /// Which parts of the year there are.
  public enum Climatology: String, Hashable, Sendable {
    /// Labelled by the months' initials.
    case season
    /// Numbered from 1.
    case month, dekad

    /// What its numbers are; nil where it has labels.
    var longName: String? {
      switch self {
      case .season: nil
      case .month: "month of the year"
      case .dekad: "dekad of the year: days 1 to 10, 11 to 20 and 21 to the end of each month"
      }
    }
  }

  /// How many steps there are; nil without an axis.
  var count: Int? {
    switch self {
    case .none: nil
    case .time(let times): times.count
    case .periods(let layers), .climatology(_, let layers): layers.count
    }
  }

  /// The name of the dimension; nil without an axis.
  var dimension: String? {
    switch self {
    case .none: nil
    case .time, .periods: "time"
    case .climatology(let part, _): part.rawValue
    }
  }

  /// Dimensions besides the axis itself.
  var extraDimensions: [FileDimension] {
    switch self {
    case .none(let layer): layer?.bounds == nil ? [] : [FileDimension("nv", 2)]
    case .time: []
    case .periods(let layers): [LeadingAxis.length(of: layers), FileDimension("nv", 2)]
    case .climatology(.season, let layers): [LeadingAxis.length(of: layers), FileDimension("nv", 2)]
    case .climatology: [FileDimension("nv", 2)]
    }
  }

  private static func length(of layers: [PeriodLayer]) -> FileDimension {
    FileDimension("strlen", max(1, layers.map(\.label.utf8.count).max() ?? 1))
  }

  /// Auxiliary coordinates that data variables have to name (CF section 5).
  var auxiliaryCoordinates: [String] {
    switch self {
    case .none(let layer): layer?.bounds == nil ? [] : ["time"]
    case .time: []
    case .periods: ["label"]
    case .climatology: ["time"]
    }
  }

  var variables: [FileVariable] {
    switch self {
    case .none(let layer):
      guard let layer, layer.bounds != nil else { return [] }
      return LeadingAxis.days([layer], dimensions: [], bounds: "time_bnds", isClimatology: false)
    case .time(let times): return [LeadingAxis.moments(times)]
    case .periods(let layers):
      return LeadingAxis.days(layers, dimensions: ["time"], bounds: "time_bnds", isClimatology: false)
        + [LeadingAxis.labels(layers, "label", dimension: "time", longName: "label of the period")]
    case .climatology(let part, let layers):
      return [LeadingAxis.parts(part, layers)]
        + LeadingAxis.days(
          layers, dimensions: [part.rawValue], bounds: "climatology_bounds", isClimatology: true)
    }
  }

  private static func moments(_ times: [Instant]) -> FileVariable {
    FileVariable(
      "time",
      .float64,
      dimensions: ["time"],
      attributes: [
        FileAttribute("standard_name", "time"), FileAttribute("long_name", "time of acquisition"),
        FileAttribute("units", "seconds since 1970-01-01 00:00:00"), FileAttribute("calendar", "standard"),
        FileAttribute("axis", "T"),
      ],
      values: .numbers(times.map(\.seconds))
    )
  }

  /// The start of each layer with the days it stands for as bounds; missing for a layer of no dates.
  private static func days(
    _ layers: [PeriodLayer], dimensions: [String], bounds: String, isClimatology: Bool
  ) -> [FileVariable] {
    let edges = layers.map { layer in
      layer.bounds.map { (Double($0.lowerBound.daysSince1970), Double($0.upperBound.daysSince1970)) }
        ?? (.nan, .nan)
    }
    let isAxis = dimensions == ["time"]
    return [
      FileVariable(
        "time",
        .float64,
        dimensions: dimensions,
        // A coordinate variable is never missing (CF section 2.5.1).
        fill: isAxis ? nil : .double(.nan),
        attributes: [
          FileAttribute("standard_name", "time"),
          FileAttribute(
            "long_name", isClimatology ? "first day that the layer comes from" : "start of the period"),
          FileAttribute("units", "days since 1970-01-01 00:00:00"), FileAttribute("calendar", "standard"),
          FileAttribute(isClimatology ? "climatology" : "bounds", bounds),
        ] + (isAxis ? [FileAttribute("axis", "T")] : []),
        values: .numbers(edges.map(\.0))
      ),
      // Units and calendar are those of the coordinate (CF section 7.1).
      FileVariable(
        bounds,
        .float64,
        dimensions: dimensions + ["nv"],
        values: .numbers(edges.flatMap { [$0.0, $0.1] })
      ),
    ]
  }

  private static func parts(_ part: Climatology, _ layers: [PeriodLayer]) -> FileVariable {
    guard let longName = part.longName else {
      // Characters, not NC_STRING: CDO refuses a file with a string variable named like its dimension, and a CF
      // coordinate variable would have to be numeric. xarray decodes them, `_Encoding` given, to an index.
      return labels(layers, part.rawValue, dimension: part.rawValue, longName: part.rawValue)
    }
    return FileVariable(
      part.rawValue, .int32, dimensions: [part.rawValue],
      attributes: [FileAttribute("long_name", longName), FileAttribute("units", "1")],
      values: .numbers(layers.indices.map { Double($0 + 1) }))
  }

  private static func labels(
    _ layers: [PeriodLayer], _ name: String, dimension: String, longName: String
  ) -> FileVariable {
    FileVariable(
      name,
      .character,
      dimensions: [dimension, "strlen"],
      attributes: [FileAttribute("long_name", longName), FileAttribute("_Encoding", "utf-8")],
      values: .strings(layers.map(\.label))
    )
  }
}

extension Instant {
  /// Seconds since 1970; 64-bit numbers hold microseconds exactly for some centuries.
  var seconds: Double { Double(microsecondsSince1970) / 1_000_000 }
}
