public import Engine
internal import Geo
internal import JSON

/// A statistic of variables over the dates of each period, pixel by pixel (`composite`).
public struct Composite: CompositeModule {
  public let result: CompositeResult

  public static let descriptor = ModuleDescriptor(
    name: "composite", shape: .reduction,
    summary: "A statistic of one or several variables over each month, season, year or other period.",
    discussion: """
      For each pixel and layer, of the dates that have a value there (missing values are left out; a layer in which a \
      pixel has none is missing there, its count 0):

      - `mean`, `sum`: summed exactly, rounded once; `std`: the standard deviation of the population (÷ n).
      - `median`: the middle value, of an even number the mean of the two in the middle; `percentile` with `q` \
      (0–100): linear between two values, as numpy's default.
      - `min`, `max`; `first`, `last`: the earliest and the latest value.
      - `count`: how many dates have a value.

      The number of observations stands beside the result as `…_count` (not with `"count": false`). Results are named \
      `<of>_<period>_<statistic>`: `red_month_median`, `ndvi_all_p10`. They do not depend on how the work was divided. \
      At most 65,535 dates go into one layer.

      Layers of months, seasons, years and windows follow one another from the first of the config's dates to the \
      last, those without a scene included (missing throughout). A composite of a composite takes the layers as its \
      dates: the mean over all years of monthly medians. Other modules that follow see one layer after the other.
      """,
    parameters: [
      ModuleParameter(
        "of", .either([.variable, .list(of: .variable, atLeast: 1)]),
        "The variable, or several; by default the latest computed one, or else the only band."),
      ModuleParameter(
        "statistic", .choice(Statistic.words), default: "mean", "What is computed of a layer's values."),
      ModuleParameter("q", .number(0...100), "Which percentile, in hundredths: 10."),
      PeriodReader.parameter,
      ModuleParameter(
        "count", .boolean,
        "Whether the number of observations is written beside the result; it is unless this is false."),
    ])

  public static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> Composite? {
    let before = scope.diagnostics.count
    let word = arguments.text("statistic") ?? "mean"
    let isPercentile = word == "percentile"
    if isPercentile, arguments.node("q") == nil {
      scope.report(
        "which percentile is not said", at: "statistic", of: arguments, suggestion: "add \"q\": 90")
    } else if !isPercentile, arguments.node("q") != nil {
      scope.report("only \"percentile\" has a q", at: "q", of: arguments)
    }
    if word == "count", arguments.node("count") != nil {
      scope.report("\"count\" would do nothing: the result is the count", at: "count", of: arguments)
    }
    guard let statistic = Statistic(word, q: arguments.number("q")),
      let period = PeriodReader(arguments: arguments, scope: scope).period(),
      scope.diagnostics.count == before
    else { return nil }
    return make(arguments, in: scope, statistic: statistic, period: period) {
      "\($0)_\(period.name)_\(statistic.name)"
    }
  }

  public init(_ result: CompositeResult) {
    self.result = result
  }
}
