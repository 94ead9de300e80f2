public import Geo

/// A stage with its time steps: the cube's dates, or the layers of a period.
public struct StagePlan: Sendable {
  /// Its place among the sequence's stages.
  public let index: Int
  public let period: Period
  public let program: Program
  /// With the cube's dates behind each.
  public let steps: [PeriodLayer]
  /// The scenes behind each step, where the stage reads any.
  public let timeSteps: [TimeStep]
  /// The days the cube covers; nil without any date.
  private let extent: ClosedRange<CalendarDate>?

  /// The stages of a graph over a cube's dates.
  public static func all(
    of compiled: CompiledGraph, timeSteps: [TimeStep], range: ClosedRange<CalendarDate>?,
    layers: [String: BandSource] = [:]
  ) -> [StagePlan] {
    let dates = timeSteps.map(\.date)
    let extent = range ?? dates.min().flatMap { first in dates.max().map { first...$0 } }
    return zip(compiled.graph.stages, compiled.programs).enumerated().map { index, stage in
      let steps =
        stage.0.period == .date
        ? timeSteps.enumerated().map { position, timeStep in
          PeriodLayer(label: timeStep.label, bounds: timeStep.date..<timeStep.date.next, dates: [position])
        } : stage.0.period.layers(of: dates, within: extent)
      return StagePlan(
        index: index, period: stage.0.period, program: stage.1, steps: steps,
        timeSteps: index == 0 ? timeSteps : fixed(stage.1, layers, dates), extent: extent)
    }
  }

  /// The time steps of a period that numbers are wanted for.
  public static func numberSteps(
    of period: Period, timeSteps: [TimeStep], range: ClosedRange<CalendarDate>?
  ) -> [NumberStep] {
    if period == .date {
      return timeSteps.map {
        NumberStep(
          label: $0.label, days: $0.date..<$0.date.next, time: $0.time, sunElevation: $0.sunElevation)
      }
    }
    let dates = timeSteps.map(\.date)
    let extent = range ?? dates.min().flatMap { first in dates.max().map { first...$0 } }
    return period.layers(of: dates, within: extent).map {
      NumberStep(label: $0.label, days: $0.bounds, time: nil)
    }
  }

  /// The rasters without a date that a program reads, as one scene; none where it reads no bands.
  private static func fixed(
    _ program: Program, _ layers: [String: BandSource], _ dates: [CalendarDate]
  ) -> [TimeStep] {
    guard !program.bands.isEmpty else { return [] }
    let bands = program.bands.map {
      layers[$0.name] ?? .unavailable(reason: "the raster \"\($0.name)\" was not looked for")
    }
    let places = bands.compactMap { $0.file?.placement }
    let extent = places.dropFirst().reduce(places.first) { $0?.union($1) }
    let date = dates.min() ?? CalendarDate(daysSince1970: 0)
    return [
      TimeStep(
        date: date, time: Instant(date), label: "fixed",
        scenes: [
          TimeStepScene(id: "", placement: places.count == bands.count ? extent : nil, bands: bands)
        ])
    ]
  }

  /// A time step as modules see it.
  func numberStep(_ step: Int) -> NumberStep {
    let timeStep = period == .date && timeSteps.indices.contains(step) ? timeSteps[step] : nil
    return NumberStep(
      label: steps[step].label, days: steps[step].bounds, time: timeStep?.time,
      sunElevation: timeStep?.sunElevation
    )
  }

  /// Whether it reads bands of scenes, or rasters without a date; else what earlier stages stored.
  public var readsScenes: Bool { index == 0 || !timeSteps.isEmpty }

  /// The layers that reductions of the stage make of its steps, with the positions of the steps.
  public func layers(of period: Period) -> [PeriodLayer] { period.layers(of: days, within: extent) }

  /// The day that each step counts with: of a layer its first, but none before the first day asked for.
  var days: [CalendarDate] {
    steps.map { step in
      let day = step.bounds?.lowerBound ?? extent?.lowerBound ?? CalendarDate(daysSince1970: 0)
      return extent.map { max(day, $0.lowerBound) } ?? day
    }
  }

  /// The layers of one of the stage's products, with the dates of the cube behind each.
  func layers(of product: Product) -> [PeriodLayer] {
    guard case .reduction = product.source else { return steps }
    return layers(of: product.period).map { layer in
      PeriodLayer(label: layer.label, bounds: layer.bounds, dates: layer.dates.flatMap { steps[$0].dates })
    }
  }

  func layerCount(of product: Product) -> Int {
    guard case .reduction = product.source else { return steps.count }
    return layers(of: product.period).count
  }
}
