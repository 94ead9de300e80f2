/// A time coordinate as CF writes it: numbers in "days since 2021-01-01 00:00:00", in the Gregorian calendar (CF 1.11,
/// section 4.4).
public struct CFTime: Sendable {
  private let microsecondsPerUnit: Double
  private let reference: Instant

  /// Nil for units and calendars that are not supported: months and years have no fixed length, and the days of other
  /// calendars are not those of a scene.
  public init?(units: String, calendar: String?) {
    guard ["standard", "gregorian", "proleptic_gregorian"].contains(calendar?.lowercased() ?? "standard")
    else {
      return nil
    }
    let words = units.split(separator: " ").map(String.init)
    guard words.count >= 3, words[1].lowercased() == "since", let length = Self.length(of: words[0]),
      let reference = Self.instant(date: words[2], rest: words.dropFirst(3))
    else { return nil }
    microsecondsPerUnit = length
    self.reference = reference
  }

  /// The moment of a coordinate, to the nearest microsecond; nil for what is no number, or beyond all calendars.
  public func instant(_ text: String) -> Instant? { Double(text).flatMap(instant) }

  /// The moment of a coordinate, to the nearest microsecond; nil where it is beyond all calendars.
  public func instant(_ value: Double) -> Instant? {
    guard abs(value * microsecondsPerUnit) < 1e18 else { return nil }
    return Instant(
      microsecondsSince1970: reference.microsecondsSince1970 + Int((value * microsecondsPerUnit).rounded()))
  }

  private static func length(of unit: String) -> Double? {
    switch unit.lowercased() {
    case "microsecond", "microseconds": 1
    case "millisecond", "milliseconds", "msec", "msecs", "ms": 1e3
    case "second", "seconds", "sec", "secs", "s": 1e6
    case "minute", "minutes", "min", "mins": 60e6
    case "hour", "hours", "hr", "hrs", "h": 3600e6
    case "day", "days", "d": 86_400e6
    default: nil
    }
  }

  /// "2021-1-1", "2021-01-01T00:00:00Z", "1970-01-01 00:00:00.0 UTC", "1900-01-01 00:00:00 +1:00".
  private static func instant(date: String, rest: ArraySlice<String>) -> Instant? {
    var words = date.split(whereSeparator: { $0 == "T" || $0 == "t" }).map(String.init) + rest
    let days = words.removeFirst().split(separator: "-").compactMap { Int($0) }
    guard days.count == 3,
      let day = CalendarDate("\(padded(days[0], 4))-\(padded(days[1], 2))-\(padded(days[2], 2))")
    else { return nil }
    var zone = "Z"
    if let last = words.last, ["UTC", "GMT", "Z"].contains(last.uppercased()) {
      words.removeLast()
    } else if words.count == 2 {
      guard let offset = offset(words.removeLast()) else { return nil }
      zone = offset
    }
    guard let clock = words.first else { return words.isEmpty && zone == "Z" ? Instant(day) : nil }
    let isUTC = clock.uppercased().hasSuffix("Z")
    let parts = (isUTC ? String(clock.dropLast()) : clock).split(separator: ":")
    guard words.count == 1, (1...3).contains(parts.count), let hour = Int(parts[0]) else { return nil }
    let minute = parts.count > 1 ? Int(parts[1]) : 0
    let second = parts.count > 2 ? String(parts[2]) : "00"
    guard let minute else { return nil }
    let digits = second.prefix { $0 != "." }
    let time = "\(padded(hour, 2)):\(padded(minute, 2)):\(digits.count == 1 ? "0" + second : second)"
    return Instant("\(day)T\(time.hasSuffix(".") ? String(time.dropLast()) : time)\(zone)")
  }

  /// "+1:00", "-03:30", "0:00" or "+0100" as RFC 3339 has it.
  private static func offset(_ text: String) -> String? {
    let sign = text.hasPrefix("-") ? "-" : "+"
    let parts = text.drop { $0 == "+" || $0 == "-" }.split(separator: ":")
    let (hours, minutes): (Int?, Int?) =
      parts.count == 2
      ? (Int(parts[0]), Int(parts[1]))
      : (
        parts.first.flatMap { Int($0) }.map { $0 >= 100 ? $0 / 100 : $0 },
        parts.first.flatMap { Int($0) }.map { $0 >= 100 ? $0 % 100 : 0 }
      )
    guard let hours, let minutes, (0...23).contains(hours), (0...59).contains(minutes) else { return nil }
    return "\(sign)\(padded(hours, 2)):\(padded(minutes, 2))"
  }

  private static func padded(_ number: Int, _ digits: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}
