public import Engine
public import Geo
internal import JSON

/// Area means of weather as numbers a time step (`weather`).
public struct Weather: NumberModule {
  public let outputs: [Variable]
  public let period: Period
  public let tableName: String?
  private let series: [Wanted]
  private let measure: AreaWeights.Measure

  /// A variable that is wanted.
  struct Wanted: Sendable {
    let grid: GridSeries
    let file: String
    let statistic: WeatherSeries.Statistic
    let convention: WeatherSeries.Convention
  }

  // Revision 2: what is made of it is known where no scene lies.
  public static let descriptor = ModuleDescriptor(
    name: "weather", shape: .number, revision: 2,
    summary: "Averages gridded weather over the area: one number a time step, beside rasters and in a table.",
    method:
      "Σ w · value / Σ w over the cells, w the part of the area that a cell covers; then `reduce` over "
      + "the period.",
    discussion: """
      Each value is the mean of the cells that cover the area, weighed by the part of the area they cover in degrees \
      (`"weights": "area"` multiplies by the cosine of latitude); a cell reaches half way to its neighbours. Longitudes go \
      from −180 or from 0, latitudes either way. Where cells are missing, the others count; under half of what covers the \
      area the value is missing.

      `per` says what one value stands for: `moment` (it holds until the next), `hour` (the hour that ends at its time: \
      ERA5's hourly precipitation, of which a day is 01 to 24 UTC), `day`, `since_midnight` (ERA5-Land, whose daily total \
      stands at 00 UTC of the next day), `month` (the total, or mean, of its month), `month_mean` (the month's mean for \
      one day: ERA5's monthly means, in which precipitation is a depth a day), `period` (whatever is dated in the period, \
      as pyveg has it). A period is missing, with a warning that says why, unless steps with values cover it whole.

      Numbers go with rasters of the same period in formulas, and with `"save": true` become a table.
      """,
    references: [

      "Hersbach et al. 2020, The ERA5 global reanalysis, Quarterly Journal of the Royal "
        + "Meteorological Society 146:1999-2049",
      "ECMWF: ERA5 data documentation, https://confluence.ecmwf.int/display/CKB/ERA5",
    ],
    parameters: [
      ModuleParameter(
        "source", .either([.file, .list(of: .file, atLeast: 1)]), required: true,
        "The NetCDF or GRIB file or Zarr store (version 2), or several that follow one another in time. In a GRIB file "
          + "variables bear the names of its elements: 2t, tp."),
      ModuleParameter(
        "variables",
        .list(
          of: .object([
            .init("name", .text, "The variable in the file."),
            .init("as", .text, "The name of the result; the file's when absent."),
            .init(
              "reduce", .choice(WeatherSeries.Statistic.allCases.map(\.rawValue)),
              "What is made of the values of a period; \"mean\" when absent."),
            .init(
              "per", .choice(WeatherSeries.Convention.allCases.map(\.rawValue)),
              "What one value stands for; needed for a sum. When absent, \"month\" for monthly values, else \"moment\"."
            ),
            .init(
              "at", .map(to: .number(-1e12...1e12)),
              "The level, member or other coordinate to take: {\"level\": 850}."),
          ]), atLeast: 1), required: true, "What to take from the file."),
      ModuleParameter(
        "period", .either([.choice(["date"]), PeriodReader.parameter.type]), default: "date",
        "The time steps there is a number for: each date, or the layers of a composite of the same period."),
      ModuleParameter(
        "weights", .choice(AreaWeights.Measure.allCases.map(\.rawValue)), default: "degrees",
        "What the part of the area that a cell covers is measured in."),
    ],
    trial: ModuleTrial(.dryland, before: PatternTrial.months),
    examples: [PatternTrial.weather])

  public static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> Weather? {
    let before = scope.diagnostics.count
    let chosen = arguments.node("period")
    let isDatewise = chosen == nil || chosen?.string == Period.date.name
    let period = isDatewise ? .date : PeriodReader(arguments: arguments, scope: scope).period()
    let reader = WeatherReader(arguments: arguments, scope: scope)
    let wanted = reader.read()
    let isNamed = arguments.node("as") != nil
    guard let name = isNamed ? scope.resultName(of: arguments, default: "weather") : "weather", let period,
      scope.diagnostics.count == before
    else { return nil }
    if period.dimension == nil {
      scope.report(
        "numbers belong to time steps, and \"\(period.name)\" has none", at: "period", of: arguments)
      return nil
    }
    let outputs = wanted.map { entry -> Variable in
      var variable = Variable(
        name: entry.name, longName: String(entry.name.map { $0 == "_" ? " " : $0 }),
        units: entry.wanted.grid.units.isEmpty ? "1" : entry.wanted.grid.units,
        statisticsRange: -16384...16384)
      variable.cellMethods = "area: mean time: \(entry.wanted.statistic.cellMethod)"
      return variable
    }
    for output in outputs { scope.offer(.init(variable: output, period: period, isNumber: true)) }
    return Weather(
      outputs: outputs, period: period, tableName: name,
      series: wanted.map(\.wanted),
      measure: arguments.text("weights").flatMap(AreaWeights.Measure.init(rawValue:)) ?? .degrees)
  }

  init(
    outputs: [Variable], period: Period, tableName: String, series: [Wanted], measure: AreaWeights.Measure
  ) {
    self.outputs = outputs
    self.period = period
    self.tableName = tableName
    self.series = series
    self.measure = measure
  }

  public func values(of steps: [NumberStep], over grid: Grid) throws -> [[Double]] {
    try numbers(of: steps, over: grid, within: grid.bounds).values
  }

  public func numbers(of steps: [NumberStep], over grid: Grid, within box: BoundingBox) throws -> NumberResult
  {
    var result = NumberResult(values: [])
    for (wanted, output) in zip(series, outputs) {
      let weights = AreaWeights(
        longitudes: wanted.grid.longitudes, latitudes: wanted.grid.latitudes, box: box, measure: measure)
      guard !weights.cells.isEmpty else {
        throw GridSeries.Fault(
          "\"\(wanted.file)\" covers \(Self.extent(wanted.grid)), and the area lies at "
            + Self.extent((box.minX, box.maxX), (box.minY, box.maxY)))
      }
      if weights.coverage < 0.999 {
        result.warnings.append(
          "\(output.name): \"\(wanted.file)\" covers \((weights.coverage * 100).fixed(1)) % of the area")
      }
      let means = wanted.grid.fields.map(weights.mean)
      result.warnings += Self.doubts(wanted, means).map { "\(output.name): \($0)" }
      let series = WeatherSeries(
        times: wanted.grid.times, values: means, convention: wanted.convention, statistic: wanted.statistic,
        hoursPerStep: wanted.grid.hoursPerStep)
      let outcomes = steps.map { step in
        step.days.map { series.outcome(over: $0) } ?? .missing("it has no days")
      }
      result.values.append(outcomes.map { $0.value ?? .nan })
      result.warnings += Self.reasons(output.name, steps, outcomes)
    }
    return result
  }

  /// Where a file lies, in words.
  private static func extent(_ grid: GridSeries) -> String {
    extent(
      (grid.longitudes.min() ?? 0, grid.longitudes.max() ?? 0),
      (grid.latitudes.min() ?? 0, grid.latitudes.max() ?? 0))
  }

  private static func extent(_ x: (Double, Double), _ y: (Double, Double)) -> String {
    "longitude \(x.0.fixed(3)) to \(x.1.fixed(3)), latitude \(y.0.fixed(3)) to \(y.1.fixed(3))"
  }

  /// What looks wrong in hourly sums.
  private static func doubts(_ wanted: Wanted, _ means: [Double?]) -> [String] {
    guard wanted.statistic == .sum, [.hour, .sinceMidnight].contains(wanted.convention) else { return [] }
    switch (AccumulationCheck.finding(times: wanted.grid.times, values: means), wanted.convention) {
    case (.accumulations, .hour):
      return [
        "\"\(wanted.grid.name)\" of \"\(wanted.file)\" rises through every day: it looks accumulated since midnight "
          + "(ERA5-Land), \"per\": \"since_midnight\""
      ]
    case (.rates, .sinceMidnight):
      return [
        "\"\(wanted.grid.name)\" of \"\(wanted.file)\" falls within days: it does not look accumulated since midnight, "
          + "\"per\": \"hour\""
      ]
    default: return []
    }
  }

  /// Which steps are missing, and why, each reason once.
  private static func reasons(
    _ name: String, _ steps: [NumberStep], _ outcomes: [WeatherSeries.Outcome]
  ) -> [String] {
    var order: [String] = []
    var labels: [String: [String]] = [:]
    for (step, outcome) in zip(steps, outcomes) {
      guard let reason = outcome.reason else { continue }
      if labels[reason] == nil { order.append(reason) }
      labels[reason, default: []].append(step.label)
    }
    return order.map { reason in
      let missing = labels[reason] ?? []
      let more = missing.count > 1 ? " and \(missing.count - 1) more" : ""
      return "\(name) is missing for \(missing[0])\(more): \(reason)"
    }
  }
}

extension WeatherSeries.Statistic {
  /// The word of CF's cell methods.
  var cellMethod: String {
    switch self {
    case .sum: "sum"
    case .mean: "mean"
    case .min: "minimum"
    case .max: "maximum"
    }
  }
}
