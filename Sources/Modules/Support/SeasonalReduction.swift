public import Engine
public import Geo
internal import JSON

/// A statistic over the dates of each season, with the number of observations beside it unless it is not wanted.
///
/// What `seasonal_mean`, `seasonal_median` and their like have in common; they differ in the reducer and in
/// the words. The results are named `<of>_seasonal_<statistic>` and `<of>_seasonal_<statistic>_count`.
public protocol SeasonalReduction: ReductionModule {
  /// The statistic in one word, as CF's `cell_methods` calls it: "mean".
  static var statistic: String { get }

  var seasons: SeasonalResult { get }
  init(_ seasons: SeasonalResult)
}

/// What a seasonal reduction is over, and what it gives.
public struct SeasonalResult: Hashable, Sendable {
  /// The variable that is reduced.
  public let input: String
  public let convention: SeasonConvention
  /// The statistic, then the count of observations where it is wanted.
  public let outputs: [Variable]

  static let countSuffix = "_count"

  init(of variable: Variable, name: String, statistic: String, convention: SeasonConvention, isCounted: Bool)
  {
    input = variable.name
    self.convention = convention
    var main = variable.named(name)
    main.longName = "seasonal \(statistic) of \(variable.longName)"
    let count = Variable(
      name: name + SeasonalResult.countSuffix, longName: "number of observations of \(variable.name)",
      standardName: "number_of_observations", statisticsRange: 0...4096, storage: .int32)
    outputs = isCounted ? [main, count] : [main]
  }
}

extension SeasonalReduction {
  public var input: String { seasons.input }
  public var outputs: [Variable] { seasons.outputs }
  public var convention: SeasonConvention { seasons.convention }
  public var cellMethod: String { Self.statistic }

  public func layers(for dates: [CalendarDate]) -> [ReductionLayer] { convention.layers(for: dates) }

  public static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> Self? {
    guard let entry = inputEntry(arguments, in: scope) else { return nil }
    guard case .float32 = entry.variable.storage, entry.band?.isQuality != true else {
      scope.report(
        "\"\(entry.variable.name)\" holds flags; a \(statistic) needs numbers", at: "of", of: arguments)
      return nil
    }
    let standard = entry.variable.name + "_seasonal_" + statistic
    let isCounted = arguments.boolean("count") ?? true
    let companions = isCounted ? [SeasonalResult.countSuffix] : []
    guard let name = scope.resultName(of: arguments, default: standard, companions: companions) else {
      return nil
    }
    let convention = arguments.text("convention").flatMap(SeasonConvention.init(rawValue:)) ?? .calendar
    let module = Self(
      SeasonalResult(
        of: entry.variable, name: name, statistic: statistic, convention: convention, isCounted: isCounted))
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
      "\"\(descriptor.name)\" is not told what to take the \(statistic) of"
        + (names.isEmpty ? "" : " (here there are: \(names))"),
      at: nil, of: arguments, suggestion: "name a variable with \"of\"")
    return nil
  }

  /// The descriptor, with what is the same for every statistic.
  ///
  /// - Parameter discussion: what the statistic is; conventions, names and limits follow.
  static func makeDescriptor(summary: String, discussion: String) -> ModuleDescriptor {
    let result = "seasonal_" + statistic
    return ModuleDescriptor(
      name: result, shape: .reduction, summary: summary,
      discussion: """
        \(discussion) The number of observations stands beside it as `…_count` (not with \
        `"count": false`).

        `calendar` makes four layers in the order DJF, MAM, JJA, SON, all four always: each date goes to the \
        season of its month, over all years, as xarray's `groupby("time.season")` does, so that January, \
        February and December of one year are taken together. `season_year` makes one layer for each season \
        from the first date's to the last date's ("2021-DJF"), none left out; December counts to the \
        following year.

        The result is named after the variable: `ndvi_\(result)`, `ndvi_\(result)_count`. It does not depend \
        on the order of the dates or on how the work was divided. At most 65,535 dates.
        """,
      parameters: [
        ModuleParameter(
          "of", .variable, "The variable; by default the latest computed one, or else the only band."),
        ModuleParameter(
          "convention", .choice(SeasonConvention.allCases.map(\.rawValue)), default: "calendar",
          "Seasons over all years, or of each year."),
        // No default by name: it would stand in every config as it is understood, and runs begun before this parameter
        // was there would be of another one.
        ModuleParameter(
          "count", .boolean,
          "Whether the number of observations is written beside the \(statistic); it is unless this is false."
        ),
      ])
  }
}
