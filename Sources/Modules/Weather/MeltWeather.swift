internal import Geo
internal import Raster

/// The weather of an energy balance: measured at one station, or given for the cells of a grid.
enum MeltWeather: Sendable {
  case station(StationWeather)
  case grid(GriddedWeather)

  typealias Mistake = StationWeather.Mistake
  /// Hours, and how long each stands for, in hours.
  typealias Hours = (hours: [EnergyBalance.Hour], length: Double)

  /// The file, for messages.
  var title: String {
    switch self {
    case .station(let station): station.title
    case .grid(let grid): grid.file
    }
  }

  /// Whether it says how high the ground lies that it is of.
  var hasElevation: Bool {
    if case .grid(let grid) = self { grid.hasElevations } else { false }
  }

  /// The hours of a date in a cell; a station's count for every cell.
  func hours(of date: CalendarDate, cell: Int) throws(Mistake) -> Hours {
    switch self {
    case .station(let station): try station.hours(of: date)
    case .grid(let grid): try grid.hours(of: date, cell: cell)
    }
  }

  /// The hours of a whole day.
  ///
  /// - Throws: when they are not evenly spread over it.
  func day(_ date: CalendarDate, cell: Int) throws(Mistake) -> Hours {
    let (found, length) = try hours(of: date, cell: cell)
    let isEven = zip(found, found.dropFirst()).allSatisfy { abs($1.hour - $0.hour - length) < 0.02 }
    guard isEven, found.count > 1 else {
      throw Mistake(
        description:
          "the weather of \(date) in \(title) has \(found.count) times that are not evenly spread over the day: some are "
          + "missing, or there are others")
    }
    return (found, length)
  }
}
