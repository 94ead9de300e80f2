internal import Engine
internal import Geo

/// Reads weather on a grid from NetCDF or GRIB files that follow one another in time.
struct GriddedWeatherReader {
  let files: [(file: ModuleFile, arrays: ArrayFile)]
  /// What the file calls things, by what they are called here.
  let names: [String: String]
  /// Of the surface, m: the wind of reanalyses is that of 10 m above it.
  let roughness: Double
  /// Whether sums in J m⁻² go on through the day, as in ERA5-Land.
  let sumsFromMidnight: Bool

  typealias Mistake = StationWeather.Mistake

  /// The names of ECMWF, in NetCDF and GRIB.
  private static let usual: [WeatherQuantity: [String]] = [
    .shortwave: ["sw_in", "ssrd"], .temperature: ["air_temperature", "t2m", "2t"],
    .dewPoint: ["dew_point", "d2m", "2d"], .vapourPressure: ["vapour_pressure"],
    .relativeHumidity: ["relative_humidity"], .wind: ["wind"],
  ]

  /// Whether a file's variables lie along longitude and latitude.
  static func isGrid(_ arrays: ArrayFile) -> Bool {
    let axes = arrays.variables.filter { $0.dimensions == [$0.name] }.map(\.name)
    return arrays.variables.contains { variable in
      variable.dimensions.count >= 3
        && variable.dimensions.contains { axes.contains($0) && ["latitude", "lat"].contains($0) }
        && variable.dimensions.contains { axes.contains($0) && ["longitude", "lon"].contains($0) }
    }
  }

  /// - Throws: what of the files cannot be used.
  func read() throws(Mistake) -> GriddedWeather {
    let radiation = try series(.shortwave)
    let temperature = try values(.temperature)
    let pressure = try moisture(temperature.fields)
    let wind = try windFields()
    for other in [temperature.cells, pressure.cells, wind.cells] where !other.hasPlaces(of: radiation) {
      throw Mistake(description: "\(title): \(other.name) has other times or cells than \(radiation.name)")
    }
    let shortwave = try flux(radiation)
    try WeatherQuantity.shortwave.check(shortwave.flatMap { $0 }) { place($0, of: radiation) }
    return GriddedWeather(
      file: title, cells: radiation, shortwave: shortwave, vapourPressure: pressure.fields,
      temperature: temperature.fields, wind: wind.fields, elevations: try elevations(radiation))
  }

  private var title: String {
    files.count == 1 ? files[0].file.name : "\(files[0].file.name) …"
  }

  /// What a quantity is called in the files; nil where they lack it.
  private func name(of quantity: WeatherQuantity) -> String? {
    if let own = names[quantity.rawValue] { return own }
    return Self.usual[quantity]?.first { files[0].arrays.variable($0) != nil }
  }

  private func series(_ quantity: WeatherQuantity) throws(Mistake) -> GridSeries {
    guard let name = name(of: quantity) else {
      let known = Self.usual[quantity]?.joined(separator: ", ") ?? quantity.rawValue
      throw Mistake(
        description:
          "\(title): it has no variable of \(quantity.rawValue) (\(known)); \"columns\" may say what it is called"
      )
    }
    return try series(named: name)
  }

  private func series(named name: String) throws(Mistake) -> GridSeries {
    do {
      var series = try GridSeries(name, in: files[0].arrays, at: [:])
      for next in files.dropFirst() {
        try series.append(try GridSeries(name, in: next.arrays, at: [:]), from: next.file.lastName)
      }
      return series
    } catch {
      throw Mistake(description: "\(title): \(error)")
    }
  }

  /// A quantity in the unit that is used.
  private func values(_ quantity: WeatherQuantity) throws(Mistake) -> (cells: GridSeries, fields: [[Double]])
  {
    let series = try series(quantity)
    return (series, try values(quantity, of: series))
  }

  private func values(_ quantity: WeatherQuantity, of series: GridSeries) throws(Mistake) -> [[Double]] {
    let conversion = try quantity.conversion(from: series.units, of: "\(title): \"\(series.name)\"")
    guard case .linear(let factor, let offset) = conversion else { return series.fields }
    let fields = series.fields.map { field in field.map { $0 * factor + offset } }
    try quantity.check(fields.flatMap { $0 }) { place($0, of: series) }
    return fields
  }

  private func place(_ index: Int, of series: GridSeries) -> String {
    let cells = series.longitudes.count * series.latitudes.count
    let (time, cell) = index.quotientAndRemainder(dividingBy: max(1, cells))
    let (row, column) = cell.quotientAndRemainder(dividingBy: max(1, series.longitudes.count))
    return
      "\(title), \(series.times[time]), latitude \(series.latitudes[row]), longitude \(series.longitudes[column])"
  }

  /// The pressure of water vapour, from what the files have of it.
  private func moisture(
    _ temperature: [[Double]]
  ) throws(Mistake) -> (cells: GridSeries, fields: [[Double]]) {
    if name(of: .vapourPressure) != nil {
      let own = try values(.vapourPressure)
      try WeatherQuantity.checkPressures(own.fields.flatMap { $0 }, of: title)
      return own
    }
    if name(of: .dewPoint) != nil {
      let (cells, fields) = try values(.dewPoint)
      return (cells, fields.map { $0.map(WeatherMath.saturationPressure) })
    }
    let (cells, fields) = try values(.relativeHumidity)
    try WeatherQuantity.checkHumidity(fields.flatMap { $0 }, of: title)
    guard fields.count == temperature.count, fields.first?.count == temperature.first?.count else {
      throw Mistake(description: "\(title): relative humidity has other times or cells than the temperature")
    }
    let pressure = zip(fields, temperature).map { humidity, air in
      zip(humidity, air).map { $0 / 100 * WeatherMath.saturationPressure(at: $1) }
    }
    return (cells, pressure)
  }

  /// The speed of the wind 2 m above the ground.
  private func windFields() throws(Mistake) -> (cells: GridSeries, fields: [[Double]]) {
    if name(of: .wind) != nil { return try values(.wind) }
    let factor = WeatherMath.windFactor(roughness: roughness)
    let known = files[0].arrays
    if let speed = ["si10", "10si"].first(where: { known.variable($0) != nil }) {
      let series = try series(named: speed)
      return (series, try values(.wind, of: series).map { $0.map { $0 * factor } })
    }
    for (east, north) in [("u10", "v10"), ("10u", "10v")] where known.variable(east) != nil {
      let (u, v) = (try series(named: east), try series(named: north))
      guard u.hasPlaces(of: v), u.units == v.units else {
        throw Mistake(description: "\(title): \(east) and \(north) have other times, cells or units")
      }
      var speed = u
      speed.fields = zip(u.fields, v.fields).map { zip($0, $1).map { WeatherMath.speed($0, $1) * factor } }
      return (speed, try values(.wind, of: speed))
    }
    throw Mistake(
      description:
        "\(title): it has no variable of wind (wind at 2 m, si10, u10 and v10); \"columns\" may say what it is called"
    )
  }

  /// Incoming short-wave flux in W m⁻²: sums over time are divided by it.
  private func flux(_ series: GridSeries) throws(Mistake) -> [[Double]] {
    let conversion = try WeatherQuantity.shortwave.conversion(
      from: series.units, of: "\(title): \"\(series.name)\"")
    if case .linear(let factor, let offset) = conversion {
      return series.fields.map { $0.map { $0 * factor + offset } }
    }
    guard let step = series.hoursPerStep, step <= 6 else {
      throw Mistake(description: "\(title): sums of \(series.name) need times that are hours apart")
    }
    let seconds = step * 3600
    if sumsFromMidnight {
      return series.times.indices.map { index in differences(series, at: index, step: step, seconds: seconds)
      }
    }
    if risesThroughDays(series) {
      throw Mistake(
        description:
          "\(title): \(series.name) rises through every day: it is summed from midnight on, as in ERA5-Land "
          + "(\"per\": \"since_midnight\")")
    }
    return series.fields.map { $0.map { $0 / seconds } }
  }

  /// What was added in the step that ends at a time. The sum of 00 UTC is the whole of the day before.
  private func differences(_ series: GridSeries, at index: Int, step: Double, seconds: Double) -> [Double] {
    let time = series.times[index]
    let hour = Double(time.microsecondsSince1970 - Instant(time.date).microsecondsSince1970) / 3.6e9
    if abs(hour - step) < 1e-6 { return series.fields[index].map { $0 / seconds } }
    let isNext =
      index > 0
      && abs(
        Double(time.microsecondsSince1970 - series.times[index - 1].microsecondsSince1970) - step * 3.6e9) < 1
    guard isNext else { return series.fields[index].map { _ in .nan } }
    return zip(series.fields[index], series.fields[index - 1]).map { ($0 - $1) / seconds }
  }

  /// A flux falls in the evening; a sum does not.
  private func risesThroughDays(_ series: GridSeries) -> Bool {
    var days: [CalendarDate: [Double]] = [:]
    for (time, field) in zip(series.times, series.fields) {
      // The value of 00 UTC is the last of the day before.
      let numbers = field.filter { $0.isFinite }
      let day = time.advanced(bySeconds: -1).date
      if !numbers.isEmpty { days[day, default: []].append(numbers.reduce(0, +) / Double(numbers.count)) }
    }
    let eventful = days.values.filter { $0.count >= 12 && ($0.max() ?? 0) > 1e5 }
    return !eventful.isEmpty
      && eventful.allSatisfy { day in zip(day, day.dropFirst()).allSatisfy { $1 >= $0 - 1 } }
  }

  /// How high the cells' ground lies, from `elevation` or `orography` in m, or the geopotential `z` in m² s⁻².
  private func elevations(_ cells: GridSeries) throws(Mistake) -> [Double]? {
    let count = cells.longitudes.count * cells.latitudes.count
    for (name, factor) in [
      (names["elevation"] ?? "elevation", 1.0), ("orography", 1.0), ("z", 1 / 9.80665),
    ] {
      guard let variable = files[0].arrays.variable(name), let numbers = variable.numbers else { continue }
      guard numbers.count >= count,
        variable.shape.suffix(2) == [cells.latitudes.count, cells.longitudes.count]
      else {
        throw Mistake(
          description:
            "\(title): \(name) is not along the latitudes and longitudes of \(cells.name), in that order")
      }
      return numbers.prefix(count).map { $0 * factor }
    }
    return nil
  }
}

extension GridSeries {
  /// Whether another series has the same times and cells.
  func hasPlaces(of other: GridSeries) -> Bool {
    times == other.times && longitudes == other.longitudes && latitudes == other.latitudes
  }
}
