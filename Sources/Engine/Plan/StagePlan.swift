public import Geo

/// A stage with its time steps: the cube's dates, or the layers of a period.
public struct StagePlan: Sendable {
  /// Its place among the sequence's stages.
  public let index: Int
  public let period: Period
  public let program: Program
  /// With the cube's dates behind each.
  public let steps: [PeriodLayer]
  /// The days the cube covers; nil without any date.
  private let extent: ClosedRange<CalendarDate>?

  /// The stages of a graph over a cube's dates.
  public static func all(
    of compiled: CompiledGraph, slices: [Slice], range: ClosedRange<CalendarDate>?
  ) -> [StagePlan] {
    let dates = slices.map(\.date)
    let extent = range ?? dates.min().flatMap { first in dates.max().map { first...$0 } }
    return zip(compiled.graph.stages, compiled.programs).enumerated().map { index, stage in
      let steps =
        stage.0.period == .date
        ? slices.enumerated().map { position, slice in
          PeriodLayer(label: slice.label, bounds: slice.date..<slice.date.next, dates: [position])
        } : stage.0.period.layers(of: dates, within: extent)
      return StagePlan(index: index, period: stage.0.period, program: stage.1, steps: steps, extent: extent)
    }
  }

  /// The layers that reductions of the stage make of its steps, with the positions of the steps.
  public func layers(of period: Period) -> [PeriodLayer] {
    // A month that begins before the first day asked for counts with that day.
    let days = steps.map { step in
      let day = step.bounds?.lowerBound ?? extent?.lowerBound ?? CalendarDate(daysSince1970: 0)
      return extent.map { max(day, $0.lowerBound) } ?? day
    }
    return period.layers(of: days, within: extent)
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
