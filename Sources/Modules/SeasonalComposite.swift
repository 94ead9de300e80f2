internal import Engine
internal import Geo
internal import JSON

/// What `seasonal_mean` and `seasonal_median` have in common: short names of a `composite` over seasons.
enum SeasonalComposite {
  /// Seasons over all years (xarray's `time.season`), or of each year.
  private static let conventions: [(word: String, period: Period)] = [
    ("calendar", .seasonOfYear), ("season_year", .season),
  ]

  static func options(_ statistic: Statistic, _ arguments: ModuleArguments) -> CompositeResult.Options {
    let period = conventions.first { $0.word == arguments.text("convention") }?.period
    var options = CompositeResult.Options(statistics: [statistic], period: period ?? .seasonOfYear)
    options.isCounted = arguments.boolean("count") ?? true
    return options
  }

  /// The descriptor, with what is the same for every statistic.
  ///
  /// - Parameter discussion: what the statistic is; conventions, names and limits follow.
  static func descriptor(_ statistic: Statistic, summary: String, discussion: String) -> ModuleDescriptor {
    let result = "seasonal_" + statistic.name
    return ModuleDescriptor(
      name: result, shape: .reduction, summary: summary,
      method: "\(statistic.name) of a pixel's values on the dates of each season, missing ones left out.",
      discussion: """
        \(discussion) The number of observations stands beside it as `…_count` (not with \
        `"count": false`). Short for `composite` with `"statistic": "\(statistic.name)"` and the period \
        `season_of_year` or `season`.

        `calendar` makes four layers in the order DJF, MAM, JJA, SON, all four always: each date goes to the \
        season of its month, over all years, as xarray's `groupby("time.season")` does, so that January, \
        February and December of one year are taken together. `season_year` makes one layer for each season \
        that the config's dates touch ("2021-DJF"), none left out; December counts to the following year.

        The result is named after the variable: `ndvi_\(result)`, `ndvi_\(result)_count`. It does not depend \
        on the order of the dates or on how the work was divided. At most 65,535 dates.
        """,
      references: [
        "CF conventions, climatological statistics, https://cfconventions.org",
        "groupby(\"time.season\") of xarray: Hoyer & Hamman 2017, Journal of Open Research Software 5:10",
      ],
      parameters: [
        ModuleParameter(
          "of", .either([.variable, .list(of: .variable, atLeast: 1)]),
          "The variable, or several; by default the latest computed one, or else the only band."),
        ModuleParameter(
          "convention", .choice(conventions.map(\.word)), default: "calendar",
          "Seasons over all years, or of each year."),
        ModuleParameter(
          "count", .boolean,
          "Whether the number of observations is written beside the \(statistic.name); it is unless this is false."
        ),
      ],
      trial: ModuleTrial(
        before: [
          #"{ "module": "ndvi" }"#
        ]),
      examples: [
        #"{ "module": "\#(result)", "of": "ndvi" }"#,
        #"{ "module": "\#(result)", "of": ["red", "nir08"], "convention": "season_year", "count": false }"#,
      ])
  }
}
