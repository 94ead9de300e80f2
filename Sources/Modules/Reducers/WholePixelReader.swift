internal import Engine
internal import Geo
internal import JSON
internal import Raster

/// Reads what of a `composite` takes whole pixels, reporting every mistake.
struct WholePixelReader {
  let arguments: ModuleArguments
  let scope: ModuleScope

  /// The statistics that take all bands of a pixel together.
  static let words = ["medoid", "geomedian"]

  static let parameters = [
    ModuleParameter(
      "best",
      .object([
        .init("highest", .variable, "The variable that is to be highest."),
        .init("lowest", .variable, "The variable that is to be lowest."),
        .init(
          "nearest_to", .form(.dayOfAnyYear),
          "The day that is to be near: \"2021-07-15\", or \"07-15\" for that of every year."),
        .init("before", .form(.day), "The day before which the last observation is taken: \"2021-07-15\"."),
        .init("after", .form(.day), "The day after which the first observation is taken: \"2021-07-15\"."),
      ]),
      "Instead of a statistic: takes all variables of `of` from one date, that where another is highest or lowest, or "
        + "the nearest to a day, the last before or the first after it: {\"highest\": \"ndvi\"}."),
    ModuleParameter(
      "to", .choice(["others", "median"]),
      "What a `medoid` is near: all other observations, or the median of each band; \"others\" when absent."),
    ModuleParameter(
      "eps", .number(1e-12...1e6),
      "When a `geomedian` is found: it moves by less in one step, in the unit of the bands; 1e-6 when absent."
    ),
    ModuleParameter(
      "maxiters", .integer(1...1_000_000), "The most steps to a `geomedian`; 1000 when absent."),
    ModuleParameter(
      "spread", .boolean,
      "Whether EMAD, SMAD and BCMAD stand beside a `geomedian`; they do unless this is false."),
  ]

  /// Whether whole pixels are asked for.
  var isAsked: Bool {
    arguments.node("best") != nil
      || (arguments.texts("statistic") ?? []).contains(where: WholePixelReader.words.contains)
  }

  /// How; nil when a mistake was reported.
  func method() -> WholePixel? {
    let before = scope.diagnostics.count
    let words = arguments.texts("statistic") ?? []
    if arguments.node("best") != nil, !words.isEmpty {
      scope.report(
        "\"best\" takes whole pixels as they are: there is no statistic beside it", at: "statistic",
        of: arguments, suggestion: "leave one of them out")
    } else if words.count > 1 {
      scope.report(
        "a medoid or geomedian takes all bands together: there is no other statistic beside it",
        at: "statistic",
        of: arguments, suggestion: "use a \"composite\" for each")
    }
    for (key, owners) in [("eps", ["geomedian"]), ("maxiters", ["geomedian"]), ("spread", ["geomedian"])]
    where arguments.node(key) != nil && !owners.contains(words.first ?? "") {
      scope.report("only a geomedian has \"\(key)\"", at: key, of: arguments)
    }
    if arguments.node("to") != nil, words.first != "medoid" {
      scope.report("only a medoid has \"to\"", at: "to", of: arguments)
    }
    for key in ["q", "ddof"] where arguments.node(key) != nil {
      scope.report("whole pixels have no \"\(key)\"", at: key, of: arguments)
    }
    if words == ["geomedian"], arguments.node("day") != nil {
      scope.report("a geomedian lies between observations: it is of no day", at: "day", of: arguments)
    }
    guard scope.diagnostics.count == before else { return nil }
    if words == ["medoid"] { return .medoid(toMedian: arguments.text("to") == "median") }
    if words == ["geomedian"] {
      let median = GeometricMedian(
        eps: arguments.number("eps") ?? 1e-6, maximumSteps: arguments.integer("maxiters") ?? 1000)
      return .geomedian(median, withSpreads: arguments.boolean("spread") ?? true)
    }
    return best()
  }

  private func best() -> WholePixel? {
    let members = arguments.node("best")?.members ?? []
    let path = arguments.path.appending("best")
    guard members.count == 1, let member = members.first, let text = member.node.string else {
      scope.report(
        "\"best\" is by one thing", at: "best", of: arguments,
        suggestion:
          "{\"highest\": \"ndvi\"}, {\"lowest\": …}, or {\"nearest_to\": \"2021-07-15\"}, {\"before\": …}, "
          + "{\"after\": …}")
      return nil
    }
    let place = path.appending(member.key)
    func report(_ message: String, suggestion: String? = nil) {
      scope.report(
        Diagnostic(path: place, position: member.node.position, message: message, suggestion: suggestion))
    }
    guard member.key != "nearest_to" else {
      guard let day = TargetDay(text) else {
        report("\"\(text)\" is no day", suggestion: "\"2021-07-15\", or \"07-15\" for that of every year")
        return nil
      }
      return .nearest(day)
    }
    if member.key == "before" || member.key == "after" {
      guard let day = CalendarDate(text) else {
        report("\"\(text)\" is no day", suggestion: "\"2021-07-15\"")
        return nil
      }
      if let range = scope.known(DateRange.self)?.range,
        member.key == "before" ? range.lowerBound >= day : range.upperBound <= day
      {
        report(
          "none of the config's dates, \(range.lowerBound) to \(range.upperBound), lies \(member.key) \(day)",
          suggestion: "take another day, or widen \"dates\"")
        return nil
      }
      return .beside(day, isBefore: member.key == "before")
    }
    guard let entry = scope.variable(text, node: member.node, path: place) else { return nil }
    guard entry.band?.isQuality != true, !entry.variable.storage.isFlags else {
      report("\"\(text)\" holds flags, of which none is the best", suggestion: "name a variable of numbers")
      return nil
    }
    return .best(by: text, isHighest: member.key == "highest")
  }

  /// The result over the variables of `of`; nil when a mistake was reported.
  func result(_ method: WholePixel, period: Period, module: String) -> WholePixelResult? {
    let before = scope.diagnostics.count
    let entries = CompositeInputs(
      arguments: arguments, scope: scope, module: module, statistics: [.median]
    ).entries()
    guard scope.diagnostics.count == before, !entries.isEmpty else { return nil }
    if case .geomedian = method, entries.count < 2 {
      scope.report(
        "a geomedian needs several bands", at: "of", of: arguments,
        suggestion: "name them in \"of\", or use \"median\"")
      return nil
    }
    var all = entries
    if case .best(let name, _) = method, let entry = scope.entry(name) { all.append(entry) }
    guard let common = scope.commonPeriod(of: all, at: "of", of: arguments),
      CompositeInputs.checkChain(common, period, module, arguments, scope)
    else { return nil }
    let isCounted = arguments.boolean("count") ?? true
    let withDays = method.isOfOneDate && arguments.boolean("day") ?? true
    var named: [(variable: Variable, name: String)] = []
    for (place, entry) in entries.enumerated() {
      let own = entry.variable.name
      let chosen = arguments.text("as").map { entries.count == 1 ? $0 : "\($0)_\(own)" }
      let companions = place == 0 ? (isCounted ? ["_count"] : []) + (withDays ? ["_day"] : []) : []
      guard
        let name = scope.resultName(
          chosen ?? "\(own)_\(period.name)_\(method.name)", of: arguments, companions: companions)
      else { return nil }
      named.append((entry.variable, name))
    }
    var spreads: [String] = []
    if case .geomedian(_, true) = method {
      spreads = WholePixelResult.spreads.compactMap { spread in
        scope.resultName("\(arguments.text("as") ?? period.name)_\(spread.0)", of: arguments)
      }
      guard spreads.count == WholePixelResult.spreads.count else { return nil }
    }
    return WholePixelResult(
      of: named, method, spreadNames: spreads, period: period, isCounted: isCounted, withDays: withDays,
      minimumCount: arguments.integer("min_count") ?? 1, dropsEmpty: arguments.text("empty") == "drop")
  }
}
