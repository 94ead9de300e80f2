public import Engine
public import Geo
internal import JSON
public import Raster

/// Fits a straight line to a variable over time (`trend`).
public struct Trend: SeriesModule {
  public let inputs: [String]
  public let outputs: [Variable]
  private let method: TrendFit.Method

  public var period: Period { .all }
  public var resultsAreLayers: Bool { false }
  public var leastSteps: Int { 3 }

  public static let descriptor = ModuleDescriptor(
    name: "trend", shape: .reduction,
    summary:
      "The slope of a variable over time, and how sure it is: least squares, or Theil-Sen with Mann-Kendall.",
    method:
      "y = intercept + slope · t by least squares (`ols`), or slope = median of (yⱼ − yᵢ) / (tⱼ − tᵢ) "
      + "over all pairs (`theil_sen`).",
    discussion: """
      Over the dates that have a value, three at least. The results are named after the module's (`as`, by default \
      `ndvi_trend`): `…_slope` a year of 365.25 days, `…_intercept`, the line's value on the first date, `…_p`, the \
      chance of such a slope where there is none, and a measure of fit; `…_slope_count` has the number of values.

      `ols`: ordinary least squares; p of the two-sided t test (scipy's `linregress`); `…_r2`. `theil_sen`: the median of \
      the slopes between all pairs of days, intercept from the medians (scipy's `theilslopes`); p of Mann and Kendall's \
      two-sided test with corrections for ties and for continuity (pymannkendall's `original_test`); `…_tau`. A yearly \
      cycle counts as scatter: take yearly composites, or months of one season, where there is one.
      """,
    references: [
      "Sen 1968, Journal of the American Statistical Association 63:1379-1389",
      "Mann 1945, Econometrica 13:245-259; Kendall 1975, Rank Correlation Methods",
    ],
    parameters: [
      SeriesInput.parameter,
      ModuleParameter(
        "method", .choice(TrendFit.Method.allCases.map(\.rawValue)), default: "theil_sen",
        "How the line is found."),
    ],
    trial: ModuleTrial(
      .years,
      before: [
        #"{ "module": "ndvi" }"#
      ]),
    examples: [
      #"{ "module": "trend", "of": "ndvi" }"#
    ])

  public static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> Trend? {
    guard let entry = SeriesInput(arguments: arguments, scope: scope, module: "trend").entry() else {
      return nil
    }
    let method = arguments.text("method").flatMap(TrendFit.Method.init(rawValue:)) ?? .theilSen
    let stem = arguments.resultName(default: "\(entry.variable.name)_trend")
    let variable = entry.variable
    let fit =
      method == .leastSquares
      ? variable.about(
        "\(stem)_r2", "coefficient of determination of the trend of \(variable.longName)", units: "1",
        range: 0...1)
      : variable.about("\(stem)_tau", "Kendall's tau of \(variable.longName)", units: "1", range: -1...1)
    let outputs = [
      variable.change(
        "\(stem)_slope", "trend of \(variable.longName)", isPerYear: true,
        range: -variable.span...variable.span),
      variable.derived("\(stem)_intercept", "trend of \(variable.longName) on the first date"),
      variable.about("\(stem)_p", "p-value of the trend of \(variable.longName)", units: "1", range: 0...1),
      fit,
    ]
    guard let named = SeriesNames.checked(outputs, stem: stem, of: variable, arguments, scope) else {
      return nil
    }
    let module = Trend(inputs: [variable.name], outputs: named, method: method)
    for output in named { scope.offer(.init(variable: output, period: .all)) }
    return module
  }

  public func makeWorker(layers: [PeriodLayer], days: [CalendarDate]) -> any SeriesWorker {
    CountSecond(TrendFit(days: days.numbers, method: method))
  }
}
