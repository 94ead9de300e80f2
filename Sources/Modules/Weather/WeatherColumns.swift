internal import Engine
internal import Geo

/// Columns of a file of measurements, text or NetCDF, and when each row was taken.
struct WeatherColumns {
  /// The file as the config has it.
  let name: String
  private let columns: [String: [Double]]
  /// Moments of a text's column `time`.
  private let times: [String: [Substring]]
  /// Of NetCDF: the unit of a variable of times.
  private let units: [String: String]
  private let lines: [Int]

  typealias Mistake = StationWeather.Mistake

  init(_ file: ModuleFile, _ text: CSVText) {
    name = file.name
    lines = text.rows.map(\.line)
    units = [:]
    var columns: [String: [Double]] = [:]
    var times: [String: [Substring]] = [:]
    for (place, column) in text.columns.enumerated() {
      times[column] = text.rows.map { $0.cells[place] }
      do throws(CSVText.Mistake) { columns[column] = try text.numbers(column) } catch {}
    }
    (self.columns, self.times) = (columns, times)
  }

  init(_ file: ModuleFile, _ arrays: ArrayFile) throws(Mistake) {
    name = file.name
    let own = arrays.variables.filter { $0.dimensions.count == 1 }
    let counts = Dictionary(grouping: own) { $0.dimensions[0] }
    guard let dimension = counts.max(by: { ($0.value.count, $1.key) < ($1.value.count, $0.key) })?.key else {
      throw Mistake(
        description:
          "\(file.name): it has no variables along one dimension, as a station's have, and none along "
          + "longitude, latitude and time, as grids have")
    }
    let rows = own.filter { $0.dimensions[0] == dimension }
    columns = Dictionary(rows.compactMap { row in row.numbers.map { (row.name, $0) } }) { first, _ in first }
    units = Dictionary(rows.compactMap { row in row.attributes["units"].map { (row.name, $0) } }) {
      first, _ in first
    }
    times = [:]
    lines = []
  }

  func has(_ column: String) -> Bool { columns[column] != nil || times[column] != nil }

  /// The unit that the file gives; nil where it gives none.
  func unit(of column: String) -> String? { units[column] }

  func numbers(_ column: String) throws(Mistake) -> [Double] {
    if let numbers = columns[column] {
      // Stations mark holes with large negative numbers.
      return numbers.map { $0 <= -999 ? .nan : $0 }
    }
    if let cells = times[column], let bad = cells.firstIndex(where: { !$0.isEmpty && Double($0) == nil }) {
      throw Mistake(
        description: "\(place(bad)), column \"\(column)\": \"\(cells[bad].prefix(40))\" is no number")
    }
    let names = Set(columns.keys).union(times.keys).sorted().joined(separator: ", ")
    throw Mistake(
      description:
        "\(name): it has no column \"\(column)\" (it has \(names)); \"columns\" may say what columns are called"
    )
  }

  /// Where a row stands, for messages.
  func place(_ row: Int) -> String {
    lines.indices.contains(row) ? "\(name), line \(lines[row])" : "\(name), element \(row + 1)"
  }

  /// When rows were taken: by `time`, or by `day` of the year (with or without `year`) and `hour`.
  func moments(names: [String: String]) throws(Mistake) -> [(date: CalendarDate?, day: Int, hour: Double)] {
    let column = names["time"] ?? "time"
    if has(column) { return try instants(column).map(WeatherColumns.moment) }
    let days = try numbers(names["day"] ?? "day")
    let hours = try numbers(names["hour"] ?? "hour")
    let year = names["year"] ?? "year"
    let years = has(year) ? try numbers(year) : nil
    var moments: [(date: CalendarDate?, day: Int, hour: Double)] = []
    for (row, pair) in zip(days, hours).enumerated() {
      guard let day = Int(exactly: pair.0), (1...366).contains(day), (0...24).contains(pair.1) else {
        throw Mistake(
          description:
            "\(place(row)): day \(pair.0), hour \(pair.1) is no day of a year (1 to 366) with an hour of a day (0 "
            + "to 24)")
      }
      var date: CalendarDate?
      if let years {
        guard let number = Int(exactly: years[row]), let first = CalendarDate(year: number, month: 1, day: 1)
        else {
          throw Mistake(description: "\(place(row)): \(years[row]) is no year")
        }
        date = CalendarDate(daysSince1970: first.daysSince1970 + day - 1)
      }
      moments.append((date, day, pair.1))
    }
    return moments
  }

  private static func moment(_ instant: Instant) -> (date: CalendarDate?, day: Int, hour: Double) {
    let date = instant.date
    let seconds = Double(instant.microsecondsSince1970 - Instant(date).microsecondsSince1970) / 1e6
    return (date, date.dayOfYear, seconds / 3600)
  }

  private func instants(_ column: String) throws(Mistake) -> [Instant] {
    var instants: [Instant] = []
    if let cells = times[column] {
      for (row, cell) in cells.enumerated() {
        guard let instant = WeatherColumns.instant(String(cell)) else {
          throw Mistake(description: "\(place(row)): \"\(cell)\" is no moment such as 2021-07-21T15:00:00Z")
        }
        instants.append(instant)
      }
      return instants
    }
    guard let numbers = columns[column], let unit = units[column],
      let (origin, seconds) = WeatherColumns.origin(unit)
    else {
      throw Mistake(
        description:
          "\(name): the units of \"\(column)\" are not supported (\"hours since 2021-01-01 00:00:00\" are)")
    }
    for (row, number) in numbers.enumerated() {
      guard number.isFinite, abs(number * seconds) < 1e12 else {
        throw Mistake(description: "\(place(row)): \(number) is no moment")
      }
      instants.append(origin.advanced(bySeconds: Int((number * seconds).rounded())))
    }
    return instants
  }

  /// A moment in UTC; the zone may be missing, and a blank may stand for T.
  private static func instant(_ text: String) -> Instant? {
    var text = text
    if text.utf8.count > 10, let blank = text.firstIndex(of: " ") {
      text.replaceSubrange(blank...blank, with: "T")
    }
    if text.utf8.count == 10 { text += "T00:00:00" }
    if text.utf8.count == 16 { text += ":00" }
    return Instant(text) ?? Instant(text + "Z")
  }

  /// What "hours since 2021-01-01" means: a moment and the seconds of a unit.
  private static func origin(_ units: String) -> (Instant, Double)? {
    let parts = units.split(separator: " ")
    guard parts.count >= 3, parts[1] == "since" else { return nil }
    let seconds: Double
    switch parts[0].lowercased() {
    case "seconds", "second", "s": seconds = 1
    case "minutes", "minute", "min": seconds = 60
    case "hours", "hour", "h": seconds = 3600
    case "days", "day", "d": seconds = 86_400
    default: return nil
    }
    let text = parts[2...].prefix(2).joined(separator: " ")
    return instant(text).map { ($0, seconds) }
  }
}
