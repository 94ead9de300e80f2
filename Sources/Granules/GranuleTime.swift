internal import Geo
internal import NetCDF

/// When a granule was observed, from whatever of the usual places says it.
struct GranuleTime {
  let definition: GroupedDefinition
  /// The file's name, without its folder.
  let name: String
  /// The values of a small variable, as stored.
  let numbers: (GroupedVariable) -> [Double]

  struct Found: Equatable {
    var start: Instant
    var end: Instant?
    /// Where it was found, for a person.
    var source: String
  }

  /// What was looked at, for a message.
  static let tried =
    "time_coverage_start, start_time, start_date, RangeBeginningDate, a variable \"time\", digits in the name"

  func find() -> Found? {
    if var found = byAttributes() {
      if found.end.map({ $0 < found.start }) ?? false { found.end = nil }
      return found
    }
    return byVariable() ?? byName() ?? byTimes()
  }

  private func text(_ name: String) -> String? {
    guard let text = definition.attribute(name)?.text else { return nil }
    let trimmed = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return trimmed.isEmpty ? nil : trimmed
  }

  private func byAttributes() -> Found? {
    func whole(_ pairs: [(String, String)]) -> Found? {
      for (start, end) in pairs {
        guard let moment = text(start).flatMap(GranuleTime.parse) else { continue }
        return Found(start: moment, end: text(end).flatMap(GranuleTime.parse), source: start)
      }
      return nil
    }
    if let found = whole([
      ("time_coverage_start", "time_coverage_end"), ("start_time", "stop_time"), ("start_time", "end_time"),
    ]) {
      return found
    }
    // Date and time apart.
    for (date, time, end, endTime) in [
      ("start_date", "start_time", "stop_date", "stop_time"),
      ("RangeBeginningDate", "RangeBeginningTime", "RangeEndingDate", "RangeEndingTime"),
      ("RangeBeginningDate", "Time", "RangeEndingDate", "EndTime"),
    ] {
      guard let day = text(date), let clock = text(time), let moment = GranuleTime.parse("\(day) \(clock)")
      else {
        continue
      }
      let last = text(end).flatMap { day in text(endTime).flatMap { GranuleTime.parse("\(day) \($0)") } }
      return Found(start: moment, end: last, source: "\(date) and \(time)")
    }
    // A date alone comes last: its time may stand apart.
    return whole([("start_date", "stop_date"), ("start_date", "end_date")])
  }

  /// A variable "time" of one value, in CF's "seconds since 1981-01-01".
  private func byVariable() -> Found? {
    for variable in definition.variables
    where variable.name == "time" && variable.shape.reduce(1, *) == 1 && variable.type.isNumber {
      guard let units = variable.attribute("units")?.text, let number = numbers(variable).first,
        let moment = GranuleTime.moment(number, units: units)
      else { continue }
      return Found(start: moment, source: "the variable \"\(variable.path)\"")
    }
    return nil
  }

  /// A variable "time" with a value for each line or pixel: from the earliest to the latest.
  private func byTimes() -> Found? {
    for variable in definition.variables where variable.name == "time" && variable.type.isNumber {
      let count = variable.shape.reduce(1, *)
      guard let units = variable.attribute("units")?.text, (2...Self.mostTimes).contains(count) else {
        continue
      }
      let stored = StoredNumbers(variable)
      let times = numbers(variable).filter { !stored.isMissing($0, inRange: true) }.map {
        $0 * (stored.scale ?? 1) + (stored.offset ?? 0)
      }
      guard let first = times.min(), let last = times.max(), let start = Self.moment(first, units: units)
      else { continue }
      return Found(
        start: start, end: Self.moment(last, units: units), source: "the variable \"\(variable.path)\"")
    }
    return nil
  }

  /// Values of a variable that are looked at.
  private static let mostTimes = 16 << 20

  static func moment(_ number: Double, units: String) -> Instant? {
    let words = units.split(separator: " ", maxSplits: 2).map(String.init)
    guard words.count == 3, words[1] == "since", let origin = parse(words[2]), number.isFinite else {
      return nil
    }
    let unit: Double? =
      switch words[0].lowercased() {
      case "s", "sec", "secs", "second", "seconds": 1
      case "ms", "msec", "millisecond", "milliseconds": 0.001
      case "min", "mins", "minute", "minutes": 60
      case "h", "hr", "hrs", "hour", "hours": 3600
      case "d", "day", "days": 86_400
      default: nil
      }
    guard let unit, abs(number * unit) < 1e11 else { return nil }
    return Instant(
      microsecondsSince1970: origin.microsecondsSince1970 + Int((number * unit * 1e6).rounded()))
  }

  /// The first 8 digits and 6 more behind them, or 13 of year, day of year and time, in the file's name.
  private func byName() -> Found? {
    var runs: [[Character]] = [[]]
    for character in name {
      if character.isASCII, character.isNumber || character == "T" || character == "t" {
        runs[runs.count - 1].append(character)
      } else if !(runs.last?.isEmpty ?? true) {
        runs.append([])
      }
    }
    for run in runs {
      let text = String(run).uppercased()
      let pieces = text.split(separator: "T", omittingEmptySubsequences: true)
      for (index, piece) in pieces.enumerated() {
        let next = index + 1 < pieces.count ? pieces[index + 1] : ""
        if piece.count == 8, next.count >= 6, let moment = Self.parse("\(piece)T\(next.prefix(6))Z") {
          return Found(start: moment, source: "the file's name")
        }
        if piece.count == 14, let moment = Self.parse("\(piece.prefix(8))T\(piece.suffix(6))Z") {
          return Found(start: moment, source: "the file's name")
        }
        if piece.count == 13 || piece.count == 17, let moment = Self.dayOfYear(piece.prefix(13)) {
          return Found(start: moment, source: "the file's name")
        }
      }
    }
    return nil
  }

  private static func dayOfYear(_ digits: Substring) -> Instant? {
    guard let year = Int(digits.prefix(4)), let day = Int(digits.dropFirst(4).prefix(3)),
      (1...366).contains(day),
      let first = CalendarDate("\(digits.prefix(4))-01-01"), (1900...2200).contains(year)
    else { return nil }
    let clock = digits.dropFirst(7)
    let date = CalendarDate(daysSince1970: first.daysSince1970 + day - 1)
    return parse("\(date) \(clock.prefix(2)):\(clock.dropFirst(2).prefix(2)):\(clock.suffix(2))")
  }

  // MARK: Texts

  private static let months = [
    "JAN": 1, "FEB": 2, "MAR": 3, "APR": 4, "MAY": 5, "JUN": 6, "JUL": 7, "AUG": 8, "SEP": 9, "OCT": 10,
    "NOV": 11, "DEC": 12,
  ]

  /// A moment in UTC, in one of the notations in use: ISO with or without separators, with a fraction and "Z" or an
  /// offset or none of them; "14-APR-2017 10:27:29.454657"; a date alone.
  static func parse(_ text: String) -> Instant? {
    var text = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    if text.uppercased().hasSuffix(" UTC") { text = String(text.dropLast(4)) }
    // Date and time.
    let separator = text.firstIndex { $0 == "T" || $0 == " " }
    // "APR" has no T; "OCT" has.
    let place = text.dropFirst(6).firstIndex { $0 == "T" || $0 == " " || $0 == "t" } ?? separator
    let isDateOnly = place == nil
    let datePart = place.map { String(text[..<$0]) } ?? text
    var timePart = place.map { String(text[text.index(after: $0)...]) } ?? "00:00:00"
    guard let date = date(datePart) else { return nil }
    if isDateOnly { return Instant(date) }
    var zone = "Z"
    if timePart.hasSuffix("Z") || timePart.hasSuffix("z") {
      timePart.removeLast()
    } else if let sign = timePart.lastIndex(where: { $0 == "+" || $0 == "-" }) {
      zone = String(timePart[sign...])
      timePart = String(timePart[..<sign])
    }
    timePart = timePart.filter { $0 != " " }
    var fraction = ""
    if let point = timePart.firstIndex(where: { $0 == "." || $0 == "," }) {
      fraction = "." + timePart[timePart.index(after: point)...].prefix(6)
      timePart = String(timePart[..<point])
    }
    if !timePart.contains(":") {
      guard timePart.count == 6 || timePart.count == 4 else { return nil }
      let padded = timePart + (timePart.count == 4 ? "00" : "")
      timePart = "\(padded.prefix(2)):\(padded.dropFirst(2).prefix(2)):\(padded.suffix(2))"
    } else if timePart.split(separator: ":").count == 2 {
      timePart += ":00"
    }
    if fraction == "." { fraction = "" }
    return Instant("\(date)T\(timePart)\(fraction)\(zone)")
  }

  private static func date(_ text: String) -> CalendarDate? {
    if text.count == 8, text.allSatisfy(\.isNumber) {
      return CalendarDate("\(text.prefix(4))-\(text.dropFirst(4).prefix(2))-\(text.suffix(2))")
    }
    let parts = text.split { $0 == "-" || $0 == "/" }.map(String.init)
    guard parts.count == 3 else { return nil }
    if let month = months[parts[1].uppercased().prefix(3).description], let day = Int(parts[0]) {
      return CalendarDate("\(parts[2])-\(twoDigits(month))-\(twoDigits(day))")
    }
    guard parts[0].count == 4, let month = Int(parts[1]), let day = Int(parts[2]) else { return nil }
    return CalendarDate("\(parts[0])-\(twoDigits(month))-\(twoDigits(day))")
  }

  private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
