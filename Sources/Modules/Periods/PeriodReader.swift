internal import Engine
public import Geo
internal import JSON

/// Reads the parameter `period`, reporting every mistake.
struct PeriodReader {
  let arguments: ModuleArguments
  let scope: ModuleScope

  /// The periods with a name of their own.
  static let named: [(word: String, period: Period)] = [
    ("week", .week), ("dekad", .dekad), ("month", .month), ("quarter", .quarter), ("season", .season),
    ("year", .year), ("8-day", .days(8, from: .year)), ("16-day", .days(16, from: .year)),
    ("month_of_year", .monthOfYear), ("season_of_year", .seasonOfYear), ("dekad_of_year", .dekadOfYear),
    ("all", .all),
  ]

  /// "30d", "2w", "1m", "1y": 3660 at most.
  private static let periodsOfSoMany = TextForm(
    pattern: "^0*(?:[1-9][0-9]{0,2}|[12][0-9]{3}|3[0-5][0-9]{2}|36[0-5][0-9]|3660)[dwmy]$")

  static let parameter = ModuleParameter(
    "period",
    .either([
      .choice(named.map(\.word)),
      .object([
        .init("days", .integer(1...3660), "So many days each."),
        .init("months", .integer(1...120), "So many calendar months each."),
        .init(
          "from", .form(.day(or: ["year", "start"])),
          "Where windows are counted from: \"year\" (1 January of every year, the last one cut short, as in MODIS' "
            + "16-day products; the default), \"start\" (the config's first day), or a day."),
        .init(
          "incomplete", .choice(["keep", "drop"]),
          "What becomes of a last window that the config's dates cut short: with \"drop\" it is left out, and each window "
            + "begins where the one before ends, the first with the config's first day: pyveg's periods."),
      ]),
      .form(periodsOfSoMany),
      .list(
        of: .object([
          .init("label", .text, "The layer's name.", required: true),
          .init("start", .form(.day), "Its first day: \"2021-01-15\".", required: true),
          .init("end", .form(.day), "Its last day, itself included.", required: true),
        ]), atLeast: 1),
    ]), default: "all",
    "Which dates go together into one layer: each `week`, `dekad` (days 1–10, 11–20, 21 to the end of a month), "
      + "`month`, `quarter`, `season` (DJF with December of the year before), `year`, `8-day` or `16-day` window that "
      + "the config's dates touch; windows of {\"days\": n} or {\"months\": n}; pyveg's periods of so many days, weeks, "
      + "months or years from the config's first day, such as \"30d\", \"2w\", \"1m\" or \"1y\", without a last one that is "
      + "not whole; intervals with names of your own; "
      + "`month_of_year`, `season_of_year` and `dekad_of_year`, all years together; `all`.")

  /// The period; nil when a mistake was reported.
  func period() -> Period? {
    guard let node = arguments.node("period") else { return .all }
    let path = arguments.path.appending("period")
    if let word = node.string { return named(word, node, path) }
    if let list = node.array { return intervals(list, path) }
    return windows(node, path)
  }

  /// A period that is one word: one of those with a name, or pyveg's.
  private func named(_ word: String, _ node: JSONNode, _ path: JSONPath) -> Period? {
    if let named = PeriodReader.named.first(where: { $0.word == word }) { return named.period }
    if let count = Int(word.dropLast()), (1...3660).contains(count), let unit = word.last {
      switch unit {
      case "d": return whole(count, .days, node, path)
      case "w": return whole(7 * count, .days, node, path)
      case "m": return whole(count, .months, node, path)
      case "y": return whole(12 * count, .months, node, path)
      default: break
      }
    }
    let words = PeriodReader.named.map(\.word)
    scope.report(
      Diagnostic(
        path: path, position: node.position,
        message:
          "expected one of \(words.joined(separator: ", ")), or so many days, weeks, months or years such as \"30d\" or "
          + "\"1m\", found \"\(word)\"", name: word, among: words))
    return nil
  }

  /// Windows that are whole; nil, with a report, where the config's dates hold none.
  private func whole(_ count: Int, _ unit: Period.Unit, _ node: JSONNode, _ path: JSONPath) -> Period? {
    let period = Period.whole(count, unit)
    if let range = scope.known(DateRange.self)?.range, period.layers(of: [], within: range).isEmpty {
      report(
        "the config's dates, \(range.lowerBound) to \(range.upperBound), hold no whole period of \(count) "
          + (unit == .days ? "days" : "months"), node, path,
        suggestion: "widen \"dates\", or use a shorter period")
      return nil
    }
    return period
  }

  private func windows(_ node: JSONNode, _ path: JSONPath) -> Period? {
    let (days, months) = (node["days"]?.integer, node["months"]?.integer)
    guard (days == nil) != (months == nil) else {
      report(
        "a period of windows is so many days or so many months", node, path,
        suggestion: "{\"days\": 16} or {\"months\": 3}")
      return nil
    }
    guard let origin = origin(node["from"], path) else { return nil }
    if node["incomplete"]?.string == "drop" {
      guard origin == .start else {
        report(
          "windows that are all whole are counted from the config's first day", node["from"] ?? node, path,
          suggestion: "\"from\": \"start\"")
        return nil
      }
      if let days { return whole(days, .days, node, path) }
      return months.flatMap { whole($0, .months, node, path) }
    }
    return days.map { .days($0, from: origin) } ?? months.map { .months($0, from: origin) }
  }

  private func origin(_ node: JSONNode?, _ path: JSONPath) -> Period.Origin? {
    guard let node, let text = node.string else { return .year }
    if text == "year" { return .year }
    if text == "start" { return .start }
    if let date = CalendarDate(text) { return .date(date) }
    report(
      "\"\(text)\" is no day to count from", node, path.appending("from"),
      suggestion: "\"year\", \"start\" or a day such as \"2021-01-15\"")
    return nil
  }

  private func intervals(_ list: [JSONNode], _ path: JSONPath) -> Period? {
    let before = scope.diagnostics.count
    var intervals: [Period.Interval] = []
    var places: [(node: JSONNode, path: JSONPath)] = []
    var labels: Set<String> = []
    for (index, node) in list.enumerated() {
      let place = path.appending(index)
      guard let interval = interval(node, place) else { continue }
      if let range = scope.known(DateRange.self)?.range,
        interval.end <= range.lowerBound || interval.start > range.upperBound
      {
        report(
          "interval \"\(interval.label)\" lies outside the config's dates, \(range.lowerBound) to \(range.upperBound)",
          node, place, suggestion: "move it, or widen \"dates\"")
      }
      if !labels.insert(interval.label).inserted {
        report("two intervals are called \"\(interval.label)\"", node, place)
      }
      intervals.append(interval)
      places.append((node, place))
    }
    for (first, second) in PeriodReader.overlaps(intervals) {
      report(
        "interval \"\(intervals[second].label)\" overlaps \"\(intervals[first].label)\": a date would count twice",
        places[second].node, places[second].path,
        suggestion: "use two composites for periods that overlap")
    }
    intervals.sort { $0.start < $1.start }
    return scope.diagnostics.count == before ? .intervals(intervals) : nil
  }

  /// Of each interval that overlaps one that starts before it, the two, in the order of the list.
  private static func overlaps(_ intervals: [Period.Interval]) -> [(Int, Int)] {
    var found: [(Int, Int)] = []
    var furthest: Int?
    for next in intervals.indices.sorted(by: { (intervals[$0].start, $0) < (intervals[$1].start, $1) }) {
      if let other = furthest, intervals[next].start < intervals[other].end {
        found.append((min(other, next), max(other, next)))
      }
      if furthest.map({ intervals[$0].end < intervals[next].end }) ?? true { furthest = next }
    }
    return found
  }

  private func interval(_ node: JSONNode, _ path: JSONPath) -> Period.Interval? {
    guard let label = node["label"]?.string, ResultName.isUsableLabel(label) else {
      report(
        "an interval needs a label of letters, digits, \"_\", \"-\" and \".\"", node["label"] ?? node, path)
      return nil
    }
    var days: [CalendarDate] = []
    for key in ["start", "end"] {
      guard let value = node[key] else {
        report(
          "interval \"\(label)\" has no \"\(key)\"", node, path, suggestion: "a day such as \"2021-01-15\"")
        continue
      }
      guard let day = value.string.flatMap({ CalendarDate($0) }) else {
        report(
          "\"\(value.string ?? "")\" is no day", value, path.appending(key), suggestion: "\"2021-01-15\"")
        continue
      }
      days.append(day)
    }
    guard days.count == 2 else { return nil }
    guard days[0] <= days[1] else {
      report(
        "interval \"\(label)\" is empty: it ends (\(days[1])) before it starts (\(days[0]))", node, path)
      return nil
    }
    return Period.Interval(label: label, start: days[0], end: days[1].next)
  }

  private func report(_ message: String, _ node: JSONNode, _ path: JSONPath, suggestion: String? = nil) {
    scope.report(Diagnostic(path: path, position: node.position, message: message, suggestion: suggestion))
  }
}

/// The days that the config asks for, as modules are informed of them.
public struct DateRange: Hashable, Sendable {
  public let range: ClosedRange<CalendarDate>

  public init(_ range: ClosedRange<CalendarDate>) {
    self.range = range
  }
}
