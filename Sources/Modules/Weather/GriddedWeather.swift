internal import Geo
internal import Raster

/// Weather on a grid of longitudes and latitudes: a pixel has that of the cell it lies in.
struct GriddedWeather: Sendable {
  /// The file, for messages.
  let file: String
  private let longitudes: CellAxis
  private let latitudes: CellAxis
  private let times: [Instant]
  /// By day, which of the times are its.
  private let days: [CalendarDate: Range<Int>]
  /// By time and cell: W m⁻², Pa, °C, m s⁻¹ 2 m above the ground.
  private let shortwave: [[Double]]
  private let vapourPressure: [[Double]]
  private let temperature: [[Double]]
  private let wind: [[Double]]
  /// Of the cells' ground, m; nil where the file has none.
  private let elevations: [Double]?

  typealias Mistake = StationWeather.Mistake

  /// The fields must have the same times and cells.
  init(
    file: String, cells: GridSeries, shortwave: [[Double]], vapourPressure: [[Double]],
    temperature: [[Double]], wind: [[Double]], elevations: [Double]?
  ) {
    self.file = file
    longitudes = CellAxis(cells.longitudes, turns: true)
    latitudes = CellAxis(cells.latitudes, turns: false)
    times = cells.times
    var days: [CalendarDate: Range<Int>] = [:]
    for (index, time) in cells.times.enumerated() {
      days[time.date] = (days[time.date]?.lowerBound ?? index)..<(index + 1)
    }
    self.days = days
    self.shortwave = shortwave
    self.vapourPressure = vapourPressure
    self.temperature = temperature
    self.wind = wind
    self.elevations = elevations
  }

  /// The cell that a place lies in; nil outside the grid. A cell reaches half way to its neighbours.
  func cell(longitude: Double, latitude: Double) -> Int? {
    guard let column = longitudes.index(of: longitude), let row = latitudes.index(of: latitude) else {
      return nil
    }
    return row * longitudes.count + column
  }

  var hasElevations: Bool { elevations != nil }

  /// How high the ground of a cell lies, m; nil where the file does not say.
  func elevation(of cell: Int) -> Double? { elevations?[cell] }

  /// The hours of a date in a cell, and how long each stands for.
  ///
  /// - Throws: when there are none, or one is without a number.
  func hours(of date: CalendarDate, cell: Int) throws(Mistake) -> MeltWeather.Hours {
    guard let range = days[date] else {
      throw Mistake(description: "there is no weather of \(date) in \(file)")
    }
    let start = Instant(date).microsecondsSince1970
    let hours = try range.map { index throws(Mistake) in
      let hour = EnergyBalance.Hour(
        day: Double(date.dayOfYear), hour: Double(times[index].microsecondsSince1970 - start) / 3.6e9,
        shortwave: max(0, shortwave[index][cell]), vapourPressure: vapourPressure[index][cell],
        temperature: temperature[index][cell], wind: wind[index][cell])
      let isWhole = [shortwave[index][cell], hour.vapourPressure, hour.temperature, hour.wind].allSatisfy {
        $0.isFinite
      }
      guard isWhole else {
        throw Mistake(description: "the weather of \(date) in \(file) has a hole at hour \(hour.hour)")
      }
      return hour
    }
    return (hours, 24 / Double(hours.count))
  }

  /// Whether a cell has no numbers at all on a date, as over the sea in a reanalysis of the land.
  func isEmpty(_ cell: Int, on date: CalendarDate) -> Bool {
    (days[date] ?? 0..<0).allSatisfy { temperature[$0][cell].isNaN }
  }

  /// What is wrong with the weather of a date over an area; nil where nothing is.
  ///
  /// - Parameter check: throws what is wrong with a cell's hours.
  func gap(
    on date: CalendarDate, over area: PositionLattice, check: (_ cell: Int) throws(Mistake) -> Void
  ) -> String? {
    var cells: Set<Int> = []
    for (longitude, latitude) in area.points {
      guard let cell = cell(longitude: longitude, latitude: latitude) else {
        return "\(file) covers \(extent), and the area reaches to longitude \(longitude.fixed(3)), latitude "
          + "\(latitude.fixed(3))"
      }
      cells.insert(cell)
    }
    let sorted = cells.sorted()
    let withNumbers = sorted.filter { !isEmpty($0, on: date) }
    // Where no cell has numbers, the first says why.
    for cell in withNumbers.isEmpty ? Array(sorted.prefix(1)) : withNumbers {
      do throws(Mistake) { try check(cell) } catch { return error.description }
    }
    return nil
  }

  private var extent: String {
    "longitude \(longitudes.low.fixed(3)) to \(longitudes.high.fixed(3)), latitude "
      + "\(latitudes.low.fixed(3)) to \(latitudes.high.fixed(3))"
  }
}

/// The cells along an axis of a grid of longitudes and latitudes.
private struct CellAxis: Sendable {
  /// Rising; one more than cells.
  private let edges: [Double]
  private let isDescending: Bool
  private let turns: Bool

  /// - Parameters:
  ///   - centres: rising or falling throughout.
  ///   - turns: whether numbers 360 apart are one place.
  init(_ centres: [Double], turns: Bool) {
    self.turns = turns
    isDescending = (centres.last ?? 0) < (centres.first ?? 0)
    let rising = isDescending ? centres.reversed() : centres
    let steps = zip(rising, rising.dropFirst()).map { $1 - $0 }
    let (first, last) = (steps.first ?? 1, steps.last ?? 1)
    edges =
      [(rising.first ?? 0) - first / 2] + zip(rising, rising.dropFirst()).map { ($0 + $1) / 2 }
      + [(rising.last ?? 0) + last / 2]
  }

  var count: Int { edges.count - 1 }
  var low: Double { edges[0] }
  var high: Double { edges[count] }

  /// The cell of a number, counted as the file has them; nil outside.
  func index(of value: Double) -> Int? {
    for turn in turns ? [0.0, 360, -360] : [0.0] {
      let own = value + turn
      guard own >= low, own <= high else { continue }
      var (first, end) = (0, count)
      while end - first > 1 {
        let middle = (first + end) / 2
        if own < edges[middle] { end = middle } else { first = middle }
      }
      return isDescending ? count - 1 - first : first
    }
    return nil
  }
}
