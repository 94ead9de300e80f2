/// A moment in UTC, to the microsecond, as STAC's `datetime` gives it (RFC 3339).
public struct Instant: Hashable, Comparable, Sendable {
  /// Microseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
  public let microsecondsSince1970: Int

  public init(microsecondsSince1970: Int) {
    self.microsecondsSince1970 = microsecondsSince1970
  }

  /// Midnight UTC at the beginning of a day.
  public init(_ date: CalendarDate) {
    microsecondsSince1970 = date.daysSince1970 * Instant.microsecondsPerDay
  }

  /// Reads RFC 3339: "2021-01-03T14:38:55.375489Z", an offset such as "+02:00", or a date alone (midnight UTC).
  ///
  /// Digits beyond the microsecond are dropped.
  public init?(_ text: String) {
    let characters = Array(text.utf8)
    guard characters.count >= 10, let date = CalendarDate(String(decoding: characters[..<10], as: UTF8.self))
    else { return nil }
    if characters.count == 10 {
      self.init(date)
      return
    }
    var scanner = DigitScanner(characters[10...])
    guard scanner.skip(anyOf: "Tt "), let hour = scanner.number(digits: 2), scanner.skip(anyOf: ":"),
      let minute = scanner.number(digits: 2), scanner.skip(anyOf: ":"),
      let second = scanner.number(digits: 2), hour < 24, minute < 60, second <= 60
    else { return nil }
    var micro = 0
    if scanner.skip(anyOf: ".,") {
      guard let fraction = scanner.fraction() else { return nil }
      micro = fraction
    }
    guard let offset = scanner.offset(), scanner.isAtEnd else { return nil }
    let seconds = date.daysSince1970 * 86_400 + hour * 3600 + minute * 60 + second - offset
    self.init(microsecondsSince1970: seconds * 1_000_000 + micro)
  }

  static let microsecondsPerDay = 86_400_000_000

  /// The UTC day.
  public var date: CalendarDate {
    CalendarDate(daysSince1970: microsecondsSince1970.dividedDown(by: Instant.microsecondsPerDay))
  }

  /// The moment `seconds` later (earlier when negative).
  public func advanced(bySeconds seconds: Int) -> Instant {
    Instant(microsecondsSince1970: microsecondsSince1970 + seconds * 1_000_000)
  }

  public static func < (left: Instant, right: Instant) -> Bool {
    left.microsecondsSince1970 < right.microsecondsSince1970
  }
}

extension Instant: CustomStringConvertible {
  /// "2021-01-03T14:38:55Z", with six decimals when there is a fraction of a second.
  public var description: String {
    let day = microsecondsSince1970.dividedDown(by: Instant.microsecondsPerDay)
    let rest = microsecondsSince1970 - day * Instant.microsecondsPerDay
    let seconds = rest / 1_000_000
    let micro = rest % 1_000_000
    let clock = [seconds / 3600, seconds / 60 % 60, seconds % 60].map { $0.padded(2) }.joined(separator: ":")
    return "\(date)T\(clock)" + (micro == 0 ? "" : "." + micro.padded(6)) + "Z"
  }
}

extension Int {
  /// Floor division: rounds towards minus infinity.
  func dividedDown(by divisor: Int) -> Int {
    self >= 0 ? self / divisor : -((-self + divisor - 1) / divisor)
  }
}

/// Reads the fixed-width numbers of a time.
private struct DigitScanner {
  private var rest: ArraySlice<UInt8>

  init(_ rest: ArraySlice<UInt8>) {
    self.rest = rest
  }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func skip(anyOf characters: String) -> Bool {
    guard let first = rest.first, characters.utf8.contains(first) else { return false }
    rest.removeFirst()
    return true
  }

  mutating func number(digits: Int) -> Int? {
    guard rest.count >= digits else { return nil }
    var value = 0
    for _ in 0..<digits {
      guard let digit = nextDigit() else { return nil }
      value = value * 10 + digit
    }
    return value
  }

  /// The digits after the decimal point, as microseconds.
  mutating func fraction() -> Int? {
    var value = 0
    var digits = 0
    while let digit = nextDigit() {
      if digits < 6 { value = value * 10 + digit }
      digits += 1
    }
    guard digits > 0 else { return nil }
    for _ in min(digits, 6)..<6 { value *= 10 }
    return value
  }

  /// Seconds east of UTC; an absent offset means UTC.
  mutating func offset() -> Int? {
    if rest.isEmpty || skip(anyOf: "Zz") { return 0 }
    let sign = rest.first == UInt8(ascii: "-") ? -1 : 1
    guard skip(anyOf: "+-"), let hours = number(digits: 2) else { return nil }
    _ = skip(anyOf: ":")
    guard let minutes = number(digits: 2), hours < 24, minutes < 60 else { return nil }
    return sign * (hours * 3600 + minutes * 60)
  }

  private mutating func nextDigit() -> Int? {
    guard let first = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return nil }
    rest.removeFirst()
    return Int(first - UInt8(ascii: "0"))
  }
}
