public import Engine
public import Geo
internal import JSON
public import Raster

/// Start, peak and end of the growing season in a variable over time (`phenology`).
public struct PhenologyModule: SeriesModule {
  public let inputs: [String]
  public let outputs: [Variable]
  private let threshold: Double
  private let least: Double

  public var period: Period { .all }
  public var resultsAreLayers: Bool { false }
  public var leastSteps: Int { 3 }
  public var otherNeed: String? {
    "a season: a peak above lower values before or after it"
      + (least > 0 ? ", with an amplitude of \(JSONValue.number(least).text()) at least" : "")
  }

  public static let descriptor = ModuleDescriptor(
    name: "phenology", shape: .reduction,
    summary: "Start, peak, end, length and amplitude of the growing season, by a threshold on the amplitude.",
    method:
      "Start and end: where y crosses least value + `threshold` · (peak − least value), before and "
      + "after the peak.",
    discussion: """
      Over all dates, as of one season: the config's `dates` should hold one year from low to low. The peak is the \
      greatest value (the earliest of equals). The season starts where the variable last crosses, before the peak, the \
      least value before it plus `threshold` times the rise to the peak, and ends in the same way after it; between two \
      dates by a straight line. Where it does not lie below at the beginning or end, start or end is missing. Smooth the \
      variable first (`smooth`): noise makes seasons.

      The results are named after the module's (`as`, by default `ndvi_phenology`): `…_start`, `…_peak`, `…_end` (days \
      since 1970-01-01), `…_length` (days), `…_value` at the peak and `…_amplitude`, the peak less the mean of the least \
      values before and after it; `…_start_count` has the number of values, three at least. Amplitudes below \
      `least_amplitude` are no season: missing.
      """,
    references: [

      "Jönsson & Eklundh 2004, TIMESAT: a program for analyzing time-series of satellite sensor data, "
        + "Computers & Geosciences 30:833-845"
    ],
    parameters: [
      SeriesInput.parameter,
      ModuleParameter(
        "threshold", .number(0.01...0.99), default: 0.5, "The part of the amplitude that is crossed."),
      ModuleParameter(
        "least_amplitude", .number(0...1e9), "Amplitudes below are no season; 0 when absent."),
    ],
    trial: ModuleTrial(
      before: [
        #"{ "module": "ndvi" }"#
      ]),
    examples: [
      #"{ "module": "phenology", "of": "ndvi" }"#
    ])

  public static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> PhenologyModule? {
    guard let entry = SeriesInput(arguments: arguments, scope: scope, module: "phenology").entry() else {
      return nil
    }
    let stem = arguments.resultName(default: "\(entry.variable.name)_phenology")
    let variable = entry.variable
    func day(_ word: String) -> Variable {
      variable.about(
        "\(stem)_\(word)", "\(word) of the season of \(variable.longName)", units: "days since 1970-01-01",
        range: 0...36_525)
    }
    let outputs = [
      day("start"), day("peak"), day("end"),
      variable.about(
        "\(stem)_length", "length of the season of \(variable.longName)", units: "day", range: 0...366),
      variable.derived("\(stem)_value", "\(variable.longName) at the peak of the season"),
      variable.change(
        "\(stem)_amplitude", "amplitude of the season of \(variable.longName)",
        range: 0...variable.span),
    ]
    guard let named = SeriesNames.checked(outputs, stem: stem, of: variable, arguments, scope) else {
      return nil
    }
    let module = PhenologyModule(
      inputs: [variable.name], outputs: named, threshold: arguments.number("threshold") ?? 0.5,
      least: arguments.number("least_amplitude") ?? 0)
    for output in named { scope.offer(.init(variable: output, period: .all)) }
    return module
  }

  public func makeWorker(layers: [PeriodLayer], days: [CalendarDate]) -> any SeriesWorker {
    CountSecond(Phenology(days: days.numbers, threshold: threshold, leastAmplitude: least))
  }
}
