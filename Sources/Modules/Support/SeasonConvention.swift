public import Engine
public import Geo

/// How dates are put together into seasons.
public enum SeasonConvention: String, CaseIterable, Hashable, Sendable {
  /// DJF, MAM, JJA, SON over all years, each date by its month: xarray's `time.season`.
  case calendar
  /// One layer a season and year; December belongs to the winter of the year that follows.
  case seasonYear = "season_year"

  /// The seasons of these dates, in order; every date goes to exactly one.
  public func layers(for dates: [CalendarDate]) -> [ReductionLayer] {
    switch self {
    case .calendar:
      return Season.allCases.map { season in
        ReductionLayer(label: season.label, dates: dates.indices.filter { Season(dates[$0]) == season })
      }
    case .seasonYear:
      let seasons = dates.map { SeasonOfYear($0) }
      guard let first = seasons.min(), let last = seasons.max() else { return [] }
      var layers: [ReductionLayer] = []
      var season = first
      while season <= last {
        layers.append(
          ReductionLayer(label: season.label, dates: seasons.indices.filter { seasons[$0] == season }))
        season = season.next
      }
      return layers
    }
  }
}

extension [ReductionLayer] {
  /// The layer each of so many dates goes to.
  func layerOfDate(dates: Int) -> [Int] {
    var layerOfDate = [Int](repeating: 0, count: dates)
    for (index, layer) in enumerated() {
      for date in layer.dates { layerOfDate[date] = index }
    }
    return layerOfDate
  }
}
