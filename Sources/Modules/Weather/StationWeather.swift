internal import Engine
internal import Geo
internal import Raster

/// Hours of weather at a station, by day.
struct StationWeather {
  /// A moment: the day of the year, the calendar's day where it is known, and the hour.
  private struct Moment: Hashable {
    let date: CalendarDate?
    let day: Int
    let hour: Double
  }

  /// Why weather cannot be used.
  struct Mistake: Error, CustomStringConvertible {
    let description: String
  }

  private var hours: [Moment: EnergyBalance.Hour] = [:]
  /// By day, in order of the hour; days of the calendar, or of any year.
  private var moments: [Int: [Moment]] = [:]
  private var byDate: [CalendarDate: [Moment]] = [:]

  /// What the columns are called.
  static let quantities = ["sw_in", "vapour_pressure", "relative_humidity", "air_temperature", "wind"]
  static let columns = ["time", "year", "day", "hour"] + quantities

  /// A table whose columns are named by `names`, from what Apus calls them.
  init(_ files: [WeatherColumns], names: [String: String]) throws(Mistake) {
    for file in files { try add(file, names: names) }
    for (day, moments) in moments { self.moments[day] = moments.sorted { $0.hour < $1.hour } }
    for (date, moments) in byDate { byDate[date] = moments.sorted { $0.hour < $1.hour } }
  }

  private mutating func add(_ file: WeatherColumns, names: [String: String]) throws(Mistake) {
    func column(_ name: String) throws(Mistake) -> [Double] { try file.numbers(names[name] ?? name) }
    func has(_ name: String) -> Bool { file.has(names[name] ?? name) }
    let when = try file.moments(names: names)
    let shortwave = try column("sw_in")
    let temperature = try column("air_temperature")
    let wind = try column("wind")
    let isHumidity = !has("vapour_pressure") && has("relative_humidity")
    let humidity = try column(isHumidity ? "relative_humidity" : "vapour_pressure")
    try check(shortwave, "sw_in", -50...1800, "W m-2", file)
    try check(temperature, "air_temperature", -90...60, "°C: kelvin are not", file)
    try check(wind, "wind", 0...120, "m s-1", file)
    try check(
      humidity, isHumidity ? "relative_humidity" : "vapour_pressure", isHumidity ? 0...110 : 0...10_000,
      isHumidity ? "%" : "Pa", file)
    if !isHumidity, let most = humidity.filter({ !$0.isNaN }).max(), most < 40 {
      throw Mistake(
        description:
          "\(file.name): vapour_pressure is \(most) at most, which is hPa, and Pa are expected: multiply it "
          + "with 100")
    }
    for (place, moment) in when.enumerated() {
      let key = Moment(date: moment.date, day: moment.day, hour: moment.hour)
      guard hours[key] == nil else {
        throw Mistake(description: "\(file.place(place)): the hour is there twice")
      }
      let air = temperature[place]
      let vapour =
        isHumidity
        ? humidity[place] / 100 * 610.8 * WeatherMath.exponential(17.27 * air / (air + 237.3))
        : humidity[place]
      // Sensors show a little less than nothing at night.
      hours[key] = EnergyBalance.Hour(
        day: Double(moment.day), hour: moment.hour, shortwave: shortwave[place] < 0 ? 0 : shortwave[place],
        vapourPressure: vapour,
        temperature: air, wind: wind[place])
      if let date = moment.date {
        byDate[date, default: []].append(key)
      } else {
        moments[moment.day, default: []].append(key)
      }
    }
  }

  private func check(
    _ numbers: [Double], _ name: String, _ range: ClosedRange<Double>, _ unit: String, _ file: WeatherColumns
  ) throws(Mistake) {
    guard let place = numbers.firstIndex(where: { !$0.isNaN && !range.contains($0) }) else { return }
    throw Mistake(
      description: "\(file.place(place)): \(name) \(numbers[place]) is outside \(range.lowerBound) to "
        + "\(range.upperBound) (\(unit) expected)")
  }

  /// The hours of a day and how long each stands for, in hours.
  ///
  /// - Throws: when there are none, some are missing or without a number, or their steps are not even.
  func hours(of date: CalendarDate) throws(Mistake) -> (hours: [EnergyBalance.Hour], length: Double) {
    let keys = byDate[date] ?? moments[date.dayOfYear] ?? []
    guard !keys.isEmpty else { throw Mistake(description: "there is no weather of \(date)") }
    let found = keys.compactMap { hours[$0] }
    if let hole = found.first(where: {
      [$0.shortwave, $0.vapourPressure, $0.temperature, $0.wind].contains { $0.isNaN }
    }) {
      throw Mistake(description: "the weather of \(date) has a hole at hour \(hole.hour)")
    }
    return (found, 24 / Double(found.count))
  }

  /// The hours of a whole day.
  func day(_ date: CalendarDate) throws(Mistake) -> (hours: [EnergyBalance.Hour], length: Double) {
    let (found, length) = try hours(of: date)
    let isEven = zip(found, found.dropFirst()).allSatisfy { abs($1.hour - $0.hour - length) < 0.02 }
    guard isEven, found.count > 1 else {
      throw Mistake(
        description:
          "the weather of \(date) has \(found.count) times that are not evenly spread over the day: some are "
          + "missing, or there are others")
    }
    return (found, length)
  }
}

extension CalendarDate {
  /// From 1.
  var dayOfYear: Int { daysSince1970 - (CalendarDate(year: year, month: 1, day: 1)?.daysSince1970 ?? 0) + 1 }
}
