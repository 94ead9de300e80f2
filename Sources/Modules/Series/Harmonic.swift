public import Engine
public import Geo
internal import JSON
public import Raster

/// Fits waves of a year to a variable over time (`harmonic`).
public struct Harmonic: SeriesModule {
  public let inputs: [String]
  public let outputs: [Variable]
  private let terms: Int
  private let withLine: Bool

  public var period: Period { .all }
  public var resultsAreLayers: Bool { false }
  public var leastSteps: Int { 1 + (withLine ? 1 : 0) + 2 * terms }

  public static let descriptor = ModuleDescriptor(
    name: "harmonic", shape: .reduction,
    summary: "Fits a mean, waves of a year and its parts and, if wanted, a line to a variable over time.",
    method:
      "y = mean + slope · t + Σ cos_k · cos(2πkt) + sin_k · sin(2πkt), k = 1 … `terms`, by least "
      + "squares",
    discussion: """
      y = mean + slope · t + Σ cos_k · cos(2πkt) + sin_k · sin(2πkt) for k = 1 … `terms`, by least squares over the dates \
      that have a value; t is in years of 365.25 days since 1 January 2000.

      The results are named after the module's (`as`, by default `ndvi_harmonic`): `…_mean` (with a line, its value in the \
      middle of the dates), `…_slope` a year with `"trend": true`, and for each k `…_cos1`, `…_sin1`, `…_amplitude1` and \
      `…_phase1`, the place of the wave's top in radians (−π to π; cos(2πkt − phase)), then `…_rmse`, the root mean square \
      of what is left; `…_mean_count` has the number of values. A pixel with fewer values than there are unknowns, or \
      whose dates do not tell them apart, is missing. All dates of a chunk are held in memory.
      """,
    references: [

      "Roerink et al. 2000, Reconstructing cloudfree NDVI composites using Fourier analysis of time "
        + "series, International Journal of Remote Sensing 21:1911-1917"
    ],
    parameters: [
      SeriesInput.parameter,
      ModuleParameter(
        "terms", .integer(1...6), default: 1, "How many waves: of a year, half a year, a third …"),
      ModuleParameter("trend", .boolean, "Whether a straight line is fitted too; it is not when absent."),
    ],
    trial: ModuleTrial(
      before: [
        #"{ "module": "ndvi" }"#
      ]),
    examples: [
      #"{ "module": "harmonic", "of": "ndvi", "terms": 2 }"#
    ])

  public static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> Harmonic? {
    guard let entry = SeriesInput(arguments: arguments, scope: scope, module: "harmonic").entry() else {
      return nil
    }
    let (terms, withLine) = (arguments.integer("terms") ?? 1, arguments.boolean("trend") ?? false)
    let stem = arguments.resultName(default: "\(entry.variable.name)_harmonic")
    let variable = entry.variable
    var outputs = [variable.derived("\(stem)_mean", "mean of the harmonic fit to \(variable.longName)")]
    if withLine {
      outputs.append(
        variable.change(
          "\(stem)_slope", "slope of the harmonic fit to \(variable.longName)", isPerYear: true,
          range: -variable.span...variable.span))
    }
    for term in 1...terms {
      for (word, title) in [
        ("cos", "cosine"), ("sin", "sine"), ("amplitude", "amplitude"), ("phase", "phase"),
      ] {
        let isPhase = word == "phase"
        outputs.append(
          isPhase
            ? variable.about(
              "\(stem)_\(word)\(term)", "\(title) of wave \(term) of \(variable.longName)", units: "radian",
              range: -3.1416...3.1416)
            : variable.change(
              "\(stem)_\(word)\(term)", "\(title) of wave \(term) of \(variable.longName)",
              range: -variable.span...variable.span))
      }
    }
    outputs.append(
      variable.change(
        "\(stem)_rmse", "root mean square error of the harmonic fit to \(variable.longName)",
        range: 0...variable.span))
    guard let named = SeriesNames.checked(outputs, stem: stem, of: variable, arguments, scope) else {
      return nil
    }
    let module = Harmonic(inputs: [variable.name], outputs: named, terms: terms, withLine: withLine)
    for output in named { scope.offer(.init(variable: output, period: .all)) }
    return module
  }

  public func makeWorker(layers: [PeriodLayer], days: [CalendarDate]) -> any SeriesWorker {
    CountSecond(HarmonicFit(days: days.numbers, terms: terms, withLine: withLine))
  }
}

/// Names of the results of fits.
enum SeriesNames {
  /// Results with the number of values behind the first, as its companion; nil with a report when a name cannot be.
  static func checked(
    _ outputs: [Variable], stem: String, of variable: Variable, _ arguments: ModuleArguments,
    _ scope: ModuleScope
  ) -> [Variable]? {
    var named: [Variable] = []
    for (place, output) in outputs.enumerated() {
      guard scope.resultName(output.name, of: arguments, companions: place == 0 ? ["_count"] : []) != nil
      else {
        return nil
      }
      named.append(output)
      guard place == 0 else { continue }
      named[0].companions = ["\(output.name)_count"]
      named.append(.seriesCount("\(output.name)_count", of: variable))
    }
    return named
  }
}

/// Another worker's numbers with the last, the number of values, in the second place.
final class CountSecond: SeriesWorker {
  private let worker: any SeriesWorker

  init(_ worker: any SeriesWorker) {
    self.worker = worker
  }

  var resultCount: Int { worker.resultCount }

  func compute(_ values: UnsafeBufferPointer<Double>, into results: UnsafeMutableBufferPointer<Float>) {
    worker.compute(values, into: results)
    let count = results[results.count - 1]
    for place in stride(from: results.count - 1, to: 1, by: -1) { results[place] = results[place - 1] }
    results[1] = count
  }
}
