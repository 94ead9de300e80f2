public import Engine
public import Geo
internal import JSON
public import Raster

/// Fills missing values between two others in time (`gapfill`).
public struct GapFill: SeriesModule {
  public let inputs: [String]
  public let outputs: [Variable]
  public let period: Period
  private let longest: Double?

  public var resultsAreLayers: Bool { true }

  public static let descriptor = ModuleDescriptor(
    name: "gapfill", shape: .reduction, revision: 2,
    summary: "Fills missing values between two others in time, by a straight line.",
    method: "y(t) = y₀ + (y₁ − y₀) · (t − t₀) / (t₁ − t₀) between the values before and after",
    discussion: """
      Each missing value between two others becomes their mean, weighted by how near they are in days. Values that are \
      there stay as they are; before the first and after the last of a pixel nothing is filled, nor where two values are \
      more than `longest` days apart.

      The result has a layer for each date (or each layer of a composite), in one file. It holds all dates of a chunk in \
      memory, and as many results: chunks become smaller.
      """,
    parameters: [
      SeriesInput.parameter,
      ModuleParameter(
        "longest", .number(1...100_000),
        "The most days between two values whose gap is filled; any number of days when absent."),
    ],
    trial: ModuleTrial(
      before: [
        #"{ "module": "ndvi" }"#
      ]),
    examples: [
      #"{ "module": "gapfill", "of": "ndvi", "longest": 30 }"#
    ])

  public static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> GapFill? {
    guard let entry = SeriesInput(arguments: arguments, scope: scope, module: "gapfill").entry(),
      let name = scope.resultName(of: arguments, default: "\(entry.variable.name)_gapfill")
    else { return nil }
    let module = GapFill(
      inputs: [entry.variable.name],
      outputs: [entry.variable.derived(name, "\(entry.variable.longName), gaps filled")],
      period: entry.period.ofSeries, longest: arguments.number("longest"))
    scope.offer(.init(variable: module.outputs[0], period: module.period))
    return module
  }

  public func makeWorker(layers: [PeriodLayer], days: [CalendarDate]) -> any SeriesWorker {
    GapFilling(days: days.numbers, longest: longest)
  }
}
