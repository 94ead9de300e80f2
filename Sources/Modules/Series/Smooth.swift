public import Engine
public import Geo
internal import JSON
public import Raster

/// Smooths a variable in time (`smooth`).
public struct Smooth: SeriesModule {
  enum Method: Hashable, Sendable {
    case whittaker(WhittakerSmoother.Strength)
    case savitzkyGolay(window: Int, order: Int)
  }

  public let inputs: [String]
  public let outputs: [Variable]
  public let period: Period
  /// Whether results are for days of their own, not for those of the values.
  private let isRegular: Bool
  private let method: Method

  public var resultsAreLayers: Bool { true }
  public var leastSteps: Int {
    switch method {
    case .whittaker: 3
    case .savitzkyGolay(let window, _): window
    }
  }

  public static let descriptor = ModuleDescriptor(
    name: "smooth", shape: .reduction, revision: 4,
    summary: "Smooths a variable in time: Whittaker's method or Savitzky and Golay's.",
    method:
      "z with the least Σ (y − z)² + λ · Σ (second difference of z)² (`whittaker`), or local "
      + "polynomials (`savitzky_golay`).",
    discussion: """
      `whittaker` (the default) makes Σ (y − z)² over the values y that are there, plus `lambda` times the sum of squared \
      second differences of the result z, as small as can be; differences are divided by the time between dates, in units \
      of the mean time between them, so that for dates at equal distances it is the usual second difference. The greater \
      `lambda`, the smoother; `"gcv"` takes for each pixel the one of 0.01 … 10⁶ (17 values) with the least generalised \
      cross-validation. The result has a value on every date, missing ones included; a pixel needs three values.

      `savitzky_golay` puts a polynomial of `order` through the values of `window` dates around each date, by least \
      squares over their days, and at both ends that of the first or last `window` dates (scipy's mode "interp"). It is \
      missing where fewer than `order` + 1 of them have a value.

      With `every`, Whittaker's result is given every so many days from the config's first day on, taken from the smooth \
      curve by straight lines; days before the first and after the last date are missing. Without it there is a layer for \
      each date, or for each layer of a composite, in one file. All dates of a chunk are held in memory.
      """,
    references: [
      "Eilers 2003, A perfect smoother, Analytical Chemistry 75:3631-3636",
      "Savitzky & Golay 1964, Analytical Chemistry 36:1627-1639",
    ],
    parameters: [
      SeriesInput.parameter,
      ModuleParameter(
        "method", .choice(["whittaker", "savitzky_golay"]), default: "whittaker", "How it is smoothed."),
      ModuleParameter(
        "lambda", .either([.number(1e-6...1e12), .choice(["gcv"])]),
        "How smooth Whittaker's result is; \"gcv\" when absent."),
      ModuleParameter(
        "window", .integer(3...999),
        "How many dates Savitzky and Golay's polynomials go through: odd; 7 when absent."),
      ModuleParameter("order", .integer(0...5), "The order of these polynomials; 2 when absent."),
      ModuleParameter("every", .integer(1...3660), "Every how many days Whittaker's result is given."),
    ],
    trial: ModuleTrial(
      before: [
        #"{ "module": "ndvi" }"#
      ]),
    examples: [
      #"{ "module": "smooth", "of": "ndvi", "lambda": 50 }"#
    ])

  public static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> Smooth? {
    let before = scope.diagnostics.count
    let isWhittaker = arguments.text("method") != "savitzky_golay"
    for key in isWhittaker ? ["window", "order"] : ["lambda", "every"] where arguments.node(key) != nil {
      scope.report(
        "\"\(isWhittaker ? "whittaker" : "savitzky_golay")\" has no \(key)", at: key, of: arguments)
    }
    let (window, order) = (arguments.integer("window") ?? 7, arguments.integer("order") ?? 2)
    if !isWhittaker, window % 2 == 0 || window <= order {
      scope.report(
        "a window of \(window) dates: it needs a middle one, and more dates than a polynomial of order \(order) has "
          + "unknowns", at: "window", of: arguments, suggestion: "an odd number above \(order)")
    }
    guard let entry = SeriesInput(arguments: arguments, scope: scope, module: "smooth").entry(),
      let name = scope.resultName(of: arguments, default: "\(entry.variable.name)_smooth"),
      scope.diagnostics.count == before
    else { return nil }
    let strength =
      arguments.number("lambda").map { WhittakerSmoother.Strength.lambda($0) } ?? .crossValidation
    let every = arguments.integer("every")
    let period = every.map { Period.days($0, from: .start) } ?? entry.period.ofSeries
    let module = Smooth(
      inputs: [entry.variable.name],
      outputs: [entry.variable.derived(name, "\(entry.variable.longName), smoothed in time")], period: period,
      isRegular: every != nil,
      method: isWhittaker ? .whittaker(strength) : .savitzkyGolay(window: window, order: order))
    scope.offer(.init(variable: module.outputs[0], period: period))
    return module
  }

  public func shortage(over days: [CalendarDate], layers: [PeriodLayer]) -> String? {
    guard isRegular, let first = days.min(), let last = days.max() else { return nil }
    let own = layers.compactMap { $0.bounds?.lowerBound }
    guard !own.contains(where: { first <= $0 && $0 <= last }) else { return nil }
    let listed = own.prefix(3).map(\.description).joined(separator: ", ")
    return
      "none of the days that it is given for (\(listed)\(own.count > 3 ? " …" : "")) lies between the first "
      + "date, \(first), and the last, \(last): use a smaller \"every\""
  }

  public func makeWorker(layers: [PeriodLayer], days: [CalendarDate]) -> any SeriesWorker {
    switch method {
    case .whittaker(let strength):
      let own = !isRegular ? nil : layers.map { Double($0.bounds?.lowerBound.daysSince1970 ?? 0) }
      return WhittakerSmoother(days: days.numbers, outputDays: own, strength: strength)
    case .savitzkyGolay(let window, let order):
      return SavitzkyGolay(days: days.numbers, window: window, order: order)
    }
  }
}
