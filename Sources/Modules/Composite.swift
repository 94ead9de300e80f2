public import Engine
internal import Geo
internal import JSON

/// A statistic of variables over the dates of each period, pixel by pixel (`composite`).
public struct Composite: CompositeModule {
  public let result: any ReductionResult

  public static let descriptor = ModuleDescriptor(
    name: "composite", shape: .reduction, revision: 5,
    summary: "A statistic of one or several variables over each month, season, year or other period.",
    method: "`statistic` of a pixel's values on the dates of each layer, missing ones left out.",
    discussion: """
      For each pixel and layer, of the dates that have a value there (missing values are left out; a layer in which a \
      pixel has none is missing there, its count 0):

      - `mean`, `sum`: summed exactly, rounded once; `geometric_mean`: of the positive values; `std`, `var`: standard \
      deviation and variance of the population (÷ n), or ÷ (n − `ddof`).
      - `median`: the middle value, of an even number the mean of the two in the middle; `p10`, `p97.5` or `percentile` \
      with `q` (0–100): linear between two values, as numpy's default; `iqr`: p75 − p25; `mad`: the median of the \
      absolute deviations from the median.
      - `min`, `max`, `range`; `first`, `last`: the earliest and the latest value; `date_of_min`, `date_of_max`: the day \
      of the least and greatest value, the earliest of equal ones, in days since 1970.
      - `mode`: the most frequent of classes, of equally frequent ones the smallest.
      - `count`: how many dates have a value; `valid_fraction`: the part of the layer's dates that have one.

      With `weights` granules that were binned (`"regrid"`: `bin` or `area`) weigh differently in `mean` and \
      `geometric_mean`: by the number of pixels in the cell, or the share of it that they cover (`observations`), or by \
      its square root (`sqrt`, as NASA's l2bin has it); with `scenes`, all dates alike.

      Of several statistics all that need the values in order share one selection. The number of observations stands \
      beside the first as `…_count` (not with `"count": false`), and with `"day": true` the day that a `min`, `max`, \
      `first` or `last` is of as `…_day`. Results are named `<of>_<period>_<statistic>`: `red_month_median`, \
      `ndvi_all_p10`; with `as`, by that, followed by the variable and the statistic where there are several. They do \
      not depend on how the work was divided. At most 65,535 dates go into one layer. A composite of a composite takes layers \
      together: a week that lies in two months counts to the month in which it begins.

      Whole pixels keep spectra real: all variables of `of` together, of the observations that have every one of them. \
      `best` takes the observation where a variable is highest or lowest, or the nearest to a day; `medoid` the one with \
      the smallest sum of Euclidean distances to the others, or with `"to": "median"` the one nearest to the medians of \
      the bands; the earliest of equals. `geomedian` is the point with the \
      smallest sum of distances (from the medians of the bands, or the mean of more than 32 observations, by Newton's \
      steps, or Weiszfeld's where those lead uphill or there are more than 16 bands, in double precision, until it moves \
      by less than `eps`); beside it stand `<period>_emad`, \
      `<period>_smad` and `<period>_bcmad`, the medians of the observations' Euclidean, spectral (1 − cosine) and \
      Bray-Curtis distances to it. Use reflectance: `eps` is in the bands' unit. The last steps of Newton's method are \
      far shorter than the ones before, so that the point is nearer to the median than where hdstats and geomad stop \
      with the same `eps`. \
      `…_count` and the day of the observation, `…_day`, stand beside the first variable's result \
      (`red_month_best_day`; not with `"day": false`).

      Layers of months, seasons, years and windows follow one another from the first of the config's dates to the \
      last, those without a scene included (missing throughout). With `"empty": "drop"` files, pictures and the \
      summary leave out the layers in which none of the module's results has a value anywhere in the area (unless cells \
      of them failed, and but for a run without any value, which keeps all); modules that follow see every layer, and \
      `zarr`, whose dimensions are made first, cannot drop any. A composite of a composite takes the layers as its \
      dates: the mean over all years of monthly medians. Other modules that follow see one layer after the other.
      """,
    references: [

      "Hyndman & Fan 1996, Sample quantiles in statistical packages, The American Statistician "
        + "50:361-365, for percentiles (type 7)",
      "Flood 2013, Seasonal composite Landsat TM/ETM+ images using the medoid, Remote Sensing 5:6481-6500",

      "Roberts et al. 2017, High-dimensional pixel composites from Earth observation time series, "
        + "IEEE Transactions on Geoscience and Remote Sensing 55:6254-6264, for `geomedian`",
      "Vardi & Zhang 2000, The multivariate L1-median and associated data depth, PNAS 97:1423-1426",
      "Campbell et al. 1995, Level-3 SeaWiFS data products, NASA TM 104566 vol. 32, for `weights`",
    ],
    parameters: [
      ModuleParameter(
        "of", .either([.variable, .list(of: .variable, atLeast: 1)]),
        "The variable, or several; by default the latest computed one, or else the only band."),
      ModuleParameter(
        "statistic", .either([.form(statistics), .list(of: .form(statistics), atLeast: 1)]), default: "mean",
        "What is computed of a layer's values, or several: "
          + (Statistic.words + WholePixelReader.words).map { "\"\($0)\"" }.joined(separator: ", ")
          + ", \"p0\" to \"p100\"."),
      ModuleParameter("q", .number(0...100), "Which percentile, in hundredths, for \"percentile\": 10."),
      PeriodReader.parameter,
      ModuleParameter(
        "count", .boolean,
        "Whether the number of observations is written beside the result; it is unless this is false."),
      ModuleParameter(
        "day", .boolean,
        "Whether the day is written beside a value that is of one date; it is not when absent."),
      ModuleParameter(
        "empty", .choice(["keep", "drop"]), default: "keep",
        "What becomes of layers without a single valid pixel: files have them, or not."),
      ModuleParameter(
        "min_count", .integer(1...65_535), default: 1, "With fewer values a result is missing."),
      CompositeWeights.parameter,
      ModuleParameter(
        "ddof", .integer(0...1),
        "Taken from the number of values in \"std\" and \"var\": 1 for a sample's; 0 when absent."),
    ] + WholePixelReader.parameters,
    trial: ModuleTrial(
      before: [
        #"{ "module": "ndvi" }"#
      ]),
    examples: [
      #"{ "module": "composite", "of": "ndvi", "statistic": "percentile", "q": 10, "period": "year" }"#,
      #"{ "module": "composite", "of": ["red", "green", "blue"], "statistic": "median", "period": "month" }"#,
      #"{ "module": "composite", "of": "ndvi", "statistic": "std", "period": { "days": 16 }, "count": false }"#,
      #"{ "module": "composite", "of": ["red", "nir08"], "statistic": "medoid", "period": "season" }"#,
    ])

  private static let statistics = TextForm.statistic(
    Statistic.words + ["percentile"] + WholePixelReader.words)

  public static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> Composite? {
    let before = scope.diagnostics.count
    checkLayers(arguments, scope)
    let whole = WholePixelReader(arguments: arguments, scope: scope)
    guard !whole.isAsked else {
      CompositeWeights(arguments: arguments, scope: scope).refuse()
      let module = make(whole, arguments, in: scope)
      return scope.diagnostics.count == before ? module : nil
    }
    for parameter in WholePixelReader.parameters where arguments.node(parameter.name) != nil {
      scope.report(
        "only a \(parameter.name == "to" ? "medoid" : "geomedian") has \"\(parameter.name)\"",
        at: parameter.name,
        of: arguments)
    }
    let statistics = statistics(arguments, scope)
    guard let period = PeriodReader(arguments: arguments, scope: scope).period() else { return nil }
    var options = CompositeResult.Options(statistics: statistics, period: period)
    options.isCounted = arguments.boolean("count") ?? true
    options.withDays = arguments.boolean("day") ?? false
    options.ddof = arguments.integer("ddof") ?? 0
    options.minimumCount = arguments.integer("min_count") ?? 1
    options.dropsEmpty = arguments.text("empty") == "drop"
    options.weights = CompositeWeights(arguments: arguments, scope: scope).rule(for: statistics)
    if scope.diagnostics.count == before { checkMeaning(options, arguments, scope) }
    guard scope.diagnostics.count == before else { return nil }
    return make(arguments, in: scope, options) { "\($0)_\(period.name)_\($1.name)" }
  }

  private static func make(
    _ reader: WholePixelReader, _ arguments: ModuleArguments, in scope: ModuleScope
  ) -> Composite? {
    let before = scope.diagnostics.count
    let method = reader.method()
    guard let period = PeriodReader(arguments: arguments, scope: scope).period(), let method,
      scope.diagnostics.count == before,
      let result = reader.result(method, period: period, module: descriptor.name)
    else { return nil }
    for output in result.outputs { scope.offer(.init(variable: output, period: period)) }
    return Composite(result)
  }

  /// The statistics that the config names, each once.
  private static func statistics(_ arguments: ModuleArguments, _ scope: ModuleScope) -> [Statistic] {
    let list = arguments.node("statistic")?.array
    var statistics: [Statistic] = []
    var isPercentile = false
    for (place, word) in (arguments.texts("statistic") ?? ["mean"]).enumerated() {
      let path = arguments.path.appending("statistic")
      func report(_ message: String, suggestion: String? = nil) {
        scope.report(
          Diagnostic(
            path: list == nil ? path : path.appending(place),
            position: (list?[place] ?? arguments.node("statistic") ?? arguments.node).position,
            message: message, suggestion: suggestion))
      }
      var statistic = Statistic(word)
      if word == "percentile" {
        isPercentile = true
        guard let q = arguments.number("q") else {
          // One that is no number from 0 to 100 has been reported.
          if !arguments.isGiven("q") {
            report("which percentile is not said", suggestion: "add \"q\": 90, or write \"p90\"")
          }
          continue
        }
        statistic = .percentile(q)
      }
      guard let statistic else {
        let words = Statistic.words + ["percentile"] + WholePixelReader.words
        let nearest = NearestName.best(for: word, among: words)
        report(
          "there is no statistic \"\(word)\"",
          suggestion: nearest.map { "did you mean \"\($0)\"?" }
            ?? words.joined(separator: ", ") + ", or a percentile such as p10")
        continue
      }
      if statistics.contains(statistic) {
        report("\"\(word)\" is named twice")
      } else {
        statistics.append(statistic)
      }
    }
    if !isPercentile, arguments.node("q") != nil {
      scope.report("only \"percentile\" has a q", at: "q", of: arguments)
    }
    return statistics
  }

  /// Refuses to drop layers where there is one alone.
  private static func checkLayers(_ arguments: ModuleArguments, _ scope: ModuleScope) {
    guard arguments.text("empty") == "drop", arguments.text("period") ?? "all" == "all",
      arguments.node("period")?.members == nil, arguments.node("period")?.array == nil
    else { return }
    scope.report(
      "\"drop\" would do nothing: the period \"all\" has one layer, which is kept", at: "empty",
      of: arguments, suggestion: "leave it out, or name a \"period\"")
  }

  /// Refuses keys that would do nothing.
  private static func checkMeaning(
    _ options: CompositeResult.Options, _ arguments: ModuleArguments, _ scope: ModuleScope
  ) {
    if options.statistics == [.count] {
      for key in ["count", "min_count"] where arguments.node(key) != nil {
        scope.report("\"\(key)\" would do nothing: the result is the count", at: key, of: arguments)
      }
    }
    if options.dropsEmpty, !options.statistics.contains(where: \.isMissingWithoutValues) {
      scope.report(
        "\"drop\" would do nothing: a \(options.statistics.first?.title ?? "count") is 0, not missing, where "
          + "there is no value", at: "empty", of: arguments, suggestion: "add a statistic such as \"median\"")
    }
    if options.withDays, !options.statistics.contains(where: \.isOfOneDate) {
      scope.report(
        "\"day\" would do nothing: only min, max, first and last are of one date", at: "day", of: arguments)
    }
    if arguments.node("ddof") != nil, !options.statistics.contains(where: { [.std, .variance].contains($0) })
    {
      scope.report("only \"std\" and \"var\" have a ddof", at: "ddof", of: arguments)
    }
  }

  public init(_ result: any ReductionResult) {
    self.result = result
  }
}
