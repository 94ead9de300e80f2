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

  /// The files, for messages.
  private var names: [String] = []

  /// What the columns are called.
  static let columns = ["time", "year", "day", "hour"] + WeatherQuantity.allCases.map(\.rawValue)

  /// A table whose columns are named by `names`, from what Apus calls them.
  init(_ files: [WeatherColumns], names: [String: String]) throws(Mistake) {
    for file in files { try add(file, names: names) }
    self.names = files.map(\.name)
    for (day, moments) in moments { self.moments[day] = moments.sorted { $0.hour < $1.hour } }
    for (date, moments) in byDate { byDate[date] = moments.sorted { $0.hour < $1.hour } }
  }

  private mutating func add(_ file: WeatherColumns, names: [String: String]) throws(Mistake) {
    func column(_ name: String) throws(Mistake) -> [Double] {
      let own = names[name] ?? name
      let numbers = try file.numbers(own)
      guard let quantity = WeatherQuantity(rawValue: name) else { return numbers }
      let place = "\(file.name): \"\(own)\""
      switch try quantity.conversion(from: file.unit(of: own), of: place) {
      case .linear(let factor, let offset): return numbers.map { $0 * factor + offset }
      case .sums:
        throw Mistake(description: "\(place) holds sums in J m-2: a station's are expected in W m-2")
      }
    }
    func has(_ name: String) -> Bool { file.has(names[name] ?? name) }
    let when = try file.moments(names: names)
    let shortwave = try column("sw_in")
    let temperature = try column("air_temperature")
    let wind = try column("wind")
    let isHumidity = !has("vapour_pressure") && has("relative_humidity")
    let humidity = try column(isHumidity ? "relative_humidity" : "vapour_pressure")
    try WeatherQuantity.shortwave.check(shortwave) { file.place($0) }
    try WeatherQuantity.temperature.check(temperature) { file.place($0) }
    try WeatherQuantity.wind.check(wind) { file.place($0) }
    let moisture: WeatherQuantity = isHumidity ? .relativeHumidity : .vapourPressure
    try moisture.check(humidity) { file.place($0) }
    if isHumidity {
      try WeatherQuantity.checkHumidity(humidity, of: file.name)
    } else {
      try WeatherQuantity.checkPressures(humidity, of: file.name)
    }
    for (place, moment) in when.enumerated() {
      let key = Moment(date: moment.date, day: moment.day, hour: moment.hour)
      guard hours[key] == nil else {
        throw Mistake(description: "\(file.place(place)): the hour is there twice")
      }
      let air = temperature[place]
      let vapour =
        isHumidity
        ? humidity[place] / 100 * WeatherMath.saturationPressure(at: air)
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

  var title: String { names.count == 1 ? names[0] : "\(names.first ?? "") …" }

  /// The hours of a day and how long each stands for, in hours.
  ///
  /// - Throws: when there are none, some are missing or without a number, or their steps are not even.
  func hours(of date: CalendarDate) throws(Mistake) -> (hours: [EnergyBalance.Hour], length: Double) {
    let keys = byDate[date] ?? moments[date.dayOfYear] ?? []
    guard !keys.isEmpty else { throw Mistake(description: "there is no weather of \(date) in \(title)") }
    let found = keys.compactMap { hours[$0] }
    if let hole = found.first(where: {
      [$0.shortwave, $0.vapourPressure, $0.temperature, $0.wind].contains { $0.isNaN }
    }) {
      throw Mistake(description: "the weather of \(date) in \(title) has a hole at hour \(hole.hour)")
    }
    return (found, 24 / Double(found.count))
  }
}

extension CalendarDate {
  /// From 1.
  var dayOfYear: Int { daysSince1970 - (CalendarDate(year: year, month: 1, day: 1)?.daysSince1970 ?? 0) + 1 }
}
