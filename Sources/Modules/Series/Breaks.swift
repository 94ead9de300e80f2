public import Engine
public import Geo
public import JSON
public import Raster

/// Finds where a variable leaves its course (`breaks`).
public struct Breaks: SeriesModule {
  public let inputs: [String]
  public let outputs: [Variable]
  private let start: CalendarDate
  private let first: CalendarDate?
  private let terms: Int
  private let withLine: Bool
  private let test: BreakMonitor.Test
  /// Where the config says when the watch begins.
  private let place: (path: JSONPath, position: SourcePosition)

  public var period: Period { .all }
  public var resultsAreLayers: Bool { false }
  /// One more before the first day that is watched than the course has unknowns, and one after it.
  public var leastSteps: Int { 3 + (withLine ? 1 : 0) + 2 * terms }

  public static let descriptor = ModuleDescriptor(
    name: "breaks", shape: .reduction,
    summary:
      "Where a variable leaves the course that it had before a day: clearing, fire, drought (BFAST monitor).",
    method:
      "A break where |Σ of the last residuals| > bound, the residuals being y less the course y = mean "
      + "+ slope · t + Σ waves of the history.",
    discussion: """
      A mean, a line (not with `"trend": false`) and `terms` waves of a year are fitted by least squares to the values \
      before `start`, from `history` on. From `start` the moving sums of what is left, the last `window` of the history's \
      number of values at a time, stay within bounds unless something has changed; the first that does not is the break \
      (OLS-MOSUM, as bfastmonitor's with all of the history; the bounds hold for at most nine times as many values as the \
      history has, at the `level` given: the chance of a break where nothing changes).

      The results are named after the module's (`as`, by default `ndvi_breaks`): `…_magnitude`, the median of the values \
      from `start` on less the course; beside it `…_magnitude_count`, the number of values, and `…_day`, the day of the \
      break in days since 1970-01-01, missing where there is none; `…_mosum`, the greatest moving sum as a part of its \
      bound: above 1 there is a break. A pixel is missing whose history has no more values than the course has unknowns \
      (1, 1 for the line, 2 a wave), or a window of fewer than two, or that has no value after it. All dates of a chunk \
      are held in memory.
      """,
    references: [

      "Verbesselt et al. 2012, Near real-time disturbance detection using satellite image time "
        + "series, Remote Sensing of Environment 123:98-108"
    ],
    parameters: [
      SeriesInput.parameter,
      ModuleParameter("start", .form(.day), required: true, "The first day that is watched: \"2021-01-01\"."),
      ModuleParameter("history", .form(.day), "The first day of the history; that of the dates when absent."),
      ModuleParameter(
        "terms", .integer(0...6), default: 3, "How many waves: of a year, half a year, a third …"),
      ModuleParameter(
        "trend", .boolean, "Whether the course has a straight line; it has unless this is false."),
      ModuleParameter(
        "window", .number(0...1), default: 0.25, "The moving window as a part of the history: 0.25, 0.5 or 1."
      ),
      ModuleParameter(
        "level", .number(0...1), default: 0.05,
        "The chance of a break where nothing changes: 0.05, 0.01 or 0.001."),
    ],
    trial: ModuleTrial(
      .years,
      before: [
        #"{ "module": "ndvi" }"#
      ]),
    examples: [
      #"{ "module": "breaks", "of": "ndvi", "start": "2021-01-01", "terms": 1 }"#
    ])

  public static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> Breaks? {
    let before = scope.diagnostics.count
    let entry = SeriesInput(arguments: arguments, scope: scope, module: "breaks").entry()
    let start = day("start", arguments, scope)
    let first = day("history", arguments, scope)
    if let start, let first, first >= start {
      scope.report(
        "the history begins on \(first), which is not before \(start)", at: "history", of: arguments)
    }
    if let start, let range = scope.known(DateRange.self)?.range,
      start <= range.lowerBound || start > range.upperBound
    {
      scope.report(
        "\(start) leaves no \(start > range.upperBound ? "date to watch" : "history"): the config's dates are "
          + "\(range.lowerBound) to \(range.upperBound)", at: "start", of: arguments)
    }
    let test = test(arguments, scope)
    guard let entry, let start, let test, scope.diagnostics.count == before else { return nil }
    let stem = arguments.resultName(default: "\(entry.variable.name)_breaks")
    let variable = entry.variable
    var day = variable.about(
      "\(stem)_day", "day of the break of \(variable.longName)", units: "days since 1970-01-01",
      range: 0...36_525)
    day.isAuxiliary = true
    var outputs = [
      variable.change(
        "\(stem)_magnitude", "median of \(variable.longName) from \(start) on, less its course before",
        range: -variable.span...variable.span),
      day,
      variable.about(
        "\(stem)_mosum", "greatest moving sum of residuals of \(variable.longName), as a part of its bound",
        units: "1", range: 0...100),
    ]
    for place in outputs.indices {
      outputs[place].references =
        "Verbesselt, Zeileis & Herold 2012, Remote Sensing of Environment 123:98-108"
    }
    guard var named = SeriesNames.checked(outputs, stem: stem, of: variable, arguments, scope) else {
      return nil
    }
    // A day that is missing everywhere is no loss: it stands beside the magnitude.
    named[0].companions.append("\(stem)_day")
    let module = Breaks(
      inputs: [variable.name], outputs: named, start: start, first: first,
      terms: arguments.integer("terms") ?? 3, withLine: arguments.boolean("trend") ?? true, test: test,
      place: (
        arguments.path.appending("start"), arguments.node("start")?.position ?? arguments.node.position
      ))
    for output in named { scope.offer(.init(variable: output, period: .all)) }
    return module
  }

  private static func day(
    _ key: String, _ arguments: ModuleArguments, _ scope: ModuleScope
  ) -> CalendarDate? {
    guard let text = arguments.text(key) else { return nil }
    if let day = CalendarDate(text) { return day }
    scope.report("\"\(text)\" is no day", at: key, of: arguments, suggestion: "\"2021-01-01\"")
    return nil
  }

  private static func test(_ arguments: ModuleArguments, _ scope: ModuleScope) -> BreakMonitor.Test? {
    let (window, level) = (arguments.number("window") ?? 0.25, arguments.number("level") ?? 0.05)
    let tests = BreakMonitor.Test.all
    if let test = tests.first(where: { $0.window == window && $0.level == level }) { return test }
    let isWindowKnown = tests.contains { $0.window == window }
    let known = Set(tests.map { isWindowKnown ? $0.level : $0.window }).sorted().map { "\($0)" }
    scope.report(
      "no critical value is known for \(isWindowKnown ? "the level \(level)" : "a window of \(window)")",
      at: isWindowKnown ? "level" : "window", of: arguments, suggestion: known.joined(separator: ", "))
    return nil
  }

  public func mistake(over days: [CalendarDate]) -> Diagnostic? {
    guard let earliest = days.min(), let latest = days.max() else { return nil }
    func mistake(_ message: String, _ suggestion: String) -> Diagnostic {
      Diagnostic(path: place.path, position: place.position, message: message, suggestion: suggestion)
    }
    if start > latest {
      return mistake(
        "\(start) leaves no date to watch: the last date of \"\(inputs[0])\" is \(latest)",
        "begin on that day or before")
    }
    let since = max(first ?? earliest, earliest)
    guard !days.contains(where: { since <= $0 && $0 < start }) else { return nil }
    return mistake(
      "\(start) leaves no history: \"\(inputs[0])\" has no date from \(since) to the day before",
      "begin later, or with an earlier \"history\"")
  }

  public func shortage(over days: [CalendarDate], layers: [PeriodLayer]) -> String? {
    let history = days.count { (first ?? $0) <= $0 && $0 < start }
    let unknowns = 1 + (withLine ? 1 : 0) + 2 * terms
    // Of a window there must be two values.
    let needed = max(unknowns + 1, Int((2 / test.window).rounded(.up)))
    guard history < needed else { return nil }
    return
      "its history before \(start) has \(history) dates, and \"breaks\" needs \(needed) with a value there"
  }

  public func makeWorker(layers: [PeriodLayer], days: [CalendarDate]) -> any SeriesWorker {
    CountSecond(
      BreakMonitor(
        days: days.numbers, start: Double(start.daysSince1970),
        first: first.map { Double($0.daysSince1970) } ?? -.infinity, terms: terms, withLine: withLine,
        test: test))
  }
}
