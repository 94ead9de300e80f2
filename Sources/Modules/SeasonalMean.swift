public import Engine
public import Geo
internal import JSON

/// The mean over the dates of each season, with the number of observations beside it (`seasonal_mean`).
///
/// Unweighted: every date with a value at a pixel counts once. A season without any is missing, its count 0.
public struct SeasonalMean: ReductionModule {
  /// How dates are put together into seasons.
  public enum Convention: String, CaseIterable, Hashable, Sendable {
    /// DJF, MAM, JJA, SON over all years, each date by its month: xarray's `time.season`.
    case calendar
    /// One layer a season and year; December belongs to the winter of the year that follows.
    case seasonYear = "season_year"
  }

  public let input: String
  /// The mean, then the count of observations.
  public let outputs: [Variable]
  public let convention: Convention
  public var cellMethod: String { "mean" }

  public static let descriptor = ModuleDescriptor(
    name: "seasonal_mean", shape: .reduction,
    summary: "Mean of a variable over the dates of each season (DJF, MAM, JJA, SON).",
    discussion: """
      The unweighted mean of all dates of a season that have a value at a pixel; missing where none has. The \
      number of observations stands beside it as `…_count`.

      `calendar` makes four layers in the order DJF, MAM, JJA, SON, all four always: each date goes to the \
      season of its month, over all years, as xarray's `groupby("time.season")` does, so that January, February \
      and December of one year are averaged together. `season_year` makes one layer for each season from the \
      first date's to the last date's ("2021-DJF"), none left out; December counts to the following year.

      The result is named after the variable: `ndvi_seasonal_mean`, `ndvi_seasonal_mean_count`. It does not \
      depend on the order of the dates or on how the work was divided. At most 65,535 dates.
      """,
    parameters: [
      ModuleParameter(
        "of", .variable, "The variable; by default the latest computed one, or else the only band."),
      ModuleParameter(
        "convention", .choice(Convention.allCases.map(\.rawValue)), default: "calendar",
        "Seasons over all years, or of each year."),
    ])

  public static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> SeasonalMean? {
    guard let entry = inputEntry(arguments, in: scope) else { return nil }
    guard case .float32 = entry.variable.storage, entry.band?.isQuality != true else {
      scope.report(
        "\"\(entry.variable.name)\" holds flags; a mean needs numbers", at: "of", of: arguments)
      return nil
    }
    let standard = entry.variable.name + "_seasonal_mean"
    guard let name = scope.resultName(of: arguments, default: standard, companions: ["_count"]) else {
      return nil
    }
    let convention = arguments.text("convention").flatMap(Convention.init(rawValue:)) ?? .calendar
    let module = SeasonalMean(of: entry.variable, name: name, convention: convention)
    for output in module.outputs { scope.offer(.init(variable: output, band: nil, isPerDate: false)) }
    return module
  }

  /// The variable `of` names, or the one that is meant when it is not given.
  private static func inputEntry(_ arguments: ModuleArguments, in scope: ModuleScope) -> ModuleScope.Entry? {
    if let name = arguments.text("of") { return scope.perDateVariable(name, at: "of", of: arguments) }
    let computed = scope.entries.last { $0.isPerDate && $0.band == nil && $0.variable.storage == .float32 }
    if let computed { return computed }
    let bands = scope.entries.filter { $0.band.map { !$0.isQuality } ?? false }
    if bands.count == 1 { return bands[0] }
    let names = bands.map(\.variable.name).joined(separator: ", ")
    scope.report(
      "\"seasonal_mean\" is not told what to average" + (names.isEmpty ? "" : " (here there are: \(names))"),
      at: nil, of: arguments, suggestion: "name a variable with \"of\"")
    return nil
  }

  init(of variable: Variable, name: String, convention: Convention) {
    input = variable.name
    self.convention = convention
    var mean = variable.named(name)
    mean.longName = "seasonal mean of \(variable.longName)"
    outputs = [
      mean,
      Variable(
        name: name + "_count", longName: "number of observations of \(variable.name)",
        standardName: "number_of_observations", statisticsRange: 0...4096, storage: .int32),
    ]
  }

  public func layers(for dates: [CalendarDate]) -> [ReductionLayer] {
    switch convention {
    case .calendar:
      return Season.allCases.map { season in
        ReductionLayer(label: season.label, dates: dates.indices.filter { Season(dates[$0]) == season })
      }
    case .seasonYear:
      let seasons = dates.map { SeasonOfYear($0) }
      guard let first = seasons.min(), let last = seasons.max() else { return [] }
      var layers: [ReductionLayer] = []
      var season = first
      while season <= last {
        layers.append(
          ReductionLayer(label: season.label, dates: seasons.indices.filter { seasons[$0] == season }))
        season = season.next
      }
      return layers
    }
  }

  public func stateBytesPerPixel(dates: [CalendarDate]) -> Int {
    layers(for: dates).count { !$0.dates.isEmpty } * SeasonalMeanReducer.bytesPerPixelAndLayer
  }

  public func makeReducer(pixels: Int, dates: [CalendarDate]) -> any TimeReducer {
    SeasonalMeanReducer(
      pixels: pixels, layers: layers(for: dates), dates: dates.count, range: outputs[0].statisticsRange)
  }
}
