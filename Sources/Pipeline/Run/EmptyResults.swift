internal import Engine
internal import Geo
internal import Raster

/// Results without a single valid pixel: most often a mistake in the area, the dates or a mask, so that it is said.
struct EmptyResults {
  let plan: SequencePlan
  let report: SequenceReport

  /// Each of them as a loss, with what may be the reason; none for results of cells that failed, which are losses
  /// themselves.
  var losses: [Loss] {
    guard report.cells.failed == 0, report.losses.isEmpty else { return [] }
    return report.products.filter { product in
      plan.main(of: plan.products[product.index]).index == product.index
        && !product.layers.contains { $0.statistics.count > 0 }
    }.map { product in
      var loss = Loss(
        date: nil,
        reason:
          "\"\(product.variable.name)\" has not one valid pixel: \(reason(of: product)); with \"allow_empty\": true "
          + "in \"output\" that is no loss", cells: 0)
      loss.isEmptyResult = true
      return loss
    }
  }

  private func reason(of product: ProductReport) -> String {
    let steps = plan.steps(of: plan.products[product.index])
    let need = "\"\(product.module)\" needs \(steps.needed) dates with a value"
    if steps.there > 0, steps.there < steps.needed { return "\(need), and there are \(steps.there)" }
    if let shortage = plan.shortage(of: plan.products[product.index]) { return shortage }
    let layers = plan.layers(of: plan.products[product.index])
    if !plan.timeSteps.isEmpty, layers.allSatisfy(\.dates.isEmpty) { return reason(ofDateless: layers) }
    return steps.needed > 1 ? "\(reason); \(need)" : reason
  }

  /// What is said of layers in which no date lies.
  private func reason(ofDateless layers: [PeriodLayer]) -> String {
    let named = layers.prefix(3).map { layer in
      // The last day of a layer is the one before its end.
      guard let bounds = layer.bounds else { return "\"\(layer.label)\"" }
      let last = CalendarDate(daysSince1970: bounds.upperBound.daysSince1970 - 1)
      return "\"\(layer.label)\" (\(bounds.lowerBound) to \(last))"
    }
    let more = layers.count > named.count ? " and \(layers.count - named.count) more" : ""
    let dates = plan.dates.sorted()
    let extent = dates.first.flatMap { first in dates.last.map { " from \(first) to \($0)" } } ?? ""
    return "none of the \(dates.count) dates\(extent) lies in \(named.joined(separator: ", "))\(more)"
  }

  private var reason: String {
    let dates = plan.timeSteps.count
    guard dates > 0 else { return "there is no date" }
    let masks = plan.compiled.graph.steps.filter { $0.module is any MaskModule }.map { "\"\($0.name)\"" }
    if report.cells.done == 0, masks.isEmpty {
      return "none of the \(dates) dates has a value in the area: look at the area and at the bands' nodata"
    }
    return masks.isEmpty
      ? "it is missing on each of the \(dates) dates"
      : "on each of the \(dates) dates the area lies outside the data, or all of it is rejected by "
        + Set(masks).sorted().joined(separator: ", ") + ", or the result is missing by itself"
  }
}
