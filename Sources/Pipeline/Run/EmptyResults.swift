internal import Engine
internal import Geo
internal import Raster

/// Results without a single valid pixel and tables without a value: most often a mistake in the area, the dates or a
/// mask, so that it is said.
struct EmptyResults {
  let plan: SequencePlan
  let report: SequenceReport

  /// Each of them as a loss, with what may be the reason; none for results of cells that failed, which are losses
  /// themselves.
  var losses: [Loss] {
    guard report.cells.failed == 0, report.losses.isEmpty else { return [] }
    let products = report.products.filter { product in
      plan.main(of: plan.products[product.index]).index == product.index
        && !product.layers.contains { $0.statistics.count > 0 }
    }.map { "\"\($0.variable.name)\" has not one valid pixel: \(reason(of: $0))" }
    let tables = plan.tables.compactMap { table -> String? in
      guard let rows = report.tables.first(where: { $0.name == table.name }), rows.isEmpty else { return nil }
      return "table \"\(table.name)\" has not one value: \(reason(of: table, rows))"
    }
    return (products + tables).map { text in
      var loss = Loss(
        date: nil, reason: "\(text); with \"allow_empty\": true in \"output\" that is no loss", cells: 0)
      loss.isEmptyResult = true
      return loss
    }
  }

  private func reason(of table: TablePlan, _ rows: TableReport) -> String {
    guard report.cells.done > 0, !rows.layers.isEmpty else { return reason }
    let inside = rows.features.count - rows.outside.count
    let outside =
      rows.outside.isEmpty ? "" : "; \(rows.outside.count) of \(rows.features.count) lie outside the area"
    let inputs = table.module.inputs.map { "\"\($0)\"" }.joined(separator: ", ")
    return
      "\(inputs) \(table.module.inputs.count == 1 ? "is" : "are") missing in the \(inside) features on each of "
      + "the \(rows.layers.count) \(rows.period == .date ? "dates" : "layers")\(outside)"
  }

  private func reason(of product: ProductReport) -> String {
    let steps = plan.steps(of: plan.products[product.index])
    let need = "\"\(product.module)\" needs \(steps.needed) \(steps.title) with a value"
    if steps.there > 0, steps.there < steps.needed { return "\(need), and there are \(steps.there)" }
    if let shortage = plan.shortage(of: plan.products[product.index]) { return shortage }
    let layers = plan.layers(of: plan.products[product.index])
    if !plan.timeSteps.isEmpty, layers.allSatisfy(\.dates.isEmpty) { return reason(ofDateless: layers) }
    guard steps.needed > 1 else {
      return isFormula(product) && masks.isEmpty && report.cells.done == 0
        ? "\(reason), or at what \"\(product.module)\" makes of them" : reason
    }
    if report.cells.done == 0 { return "\(reason); \(need)" }
    let other = steps.otherNeed.map { ", or none with as many has \($0)" } ?? ""
    return
      "no pixel has a value on the \(steps.needed) \(steps.title) that \"\(product.module)\" needs, of "
      + "\(steps.there)\(other)"
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

  /// Whether a product is computed pixel by pixel: a formula may have no value of good numbers.
  private func isFormula(_ product: ProductReport) -> Bool {
    plan.compiled.graph.steps.contains { step in
      step.name == product.module && step.module is any PixelwiseModule
    }
  }

  /// The masks' names as they are shown.
  private var masks: String {
    let names = plan.compiled.graph.steps.filter { $0.module is any MaskModule }.map { "\"\($0.name)\"" }
    return Set(names).sorted().joined(separator: ", ")
  }

  private var reason: String {
    let dates = plan.timeSteps.count
    guard dates > 0 else { return "there is no date" }
    if let causes { return causes }
    if let mask = maskThatKeepsNothing {
      return "on each of the \(dates) dates every pixel of the scenes is rejected by \"\(mask)\""
    }
    if report.cells.done == 0, masks.isEmpty {
      return "none of the \(dates) dates has a value in the area: look at the area and at the bands' nodata"
    }
    return masks.isEmpty
      ? "it is missing on each of the \(dates) dates"
      : "on each of the \(dates) dates the area lies outside the data, or all of it is rejected by \(masks), or the "
        + "result is missing by itself"
  }

  /// A mask that is saved, and of whose results no pixel says that it is kept: 1 is rejected, 0 kept.
  private var maskThatKeepsNothing: String? {
    report.products.first { product in
      let isMask = plan.compiled.graph.steps.contains { step in
        step.name == product.module && step.module is any MaskModule
      }
      guard isMask else { return false }
      let statistics = product.layers.map(\.statistics)
      return statistics.contains { $0.count > 0 } && statistics.allSatisfy { $0.count(of: 0) == 0 }
    }?.module
  }

  /// Why no cell has a value, where masks had a part in it and it was counted: what an earlier version recorded was not.
  private var causes: String? {
    let counts = report.lostPixels.cells
    let (rejected, missing) = (counts[.rejected] ?? 0, counts[.missing] ?? 0)
    let outside = report.cells.empty - rejected - missing
    guard report.cells.done == 0, !masks.isEmpty, rejected + missing > 0, outside >= 0 else { return nil }
    let dates = "on each of the \(plan.timeSteps.count) dates"
    let parts = [
      (rejected, "every pixel is rejected by \(masks)"),
      (missing, "what \(masks) leaves has no value in the bands, or none in the result"),
      (outside, "no scene lies in the area"),
    ].filter { $0.0 > 0 }
    if parts.count == 1 { return "\(dates) \(parts[0].1)" }
    let shares = parts.map { "in \($0.0) \($0.1)" }.joined(separator: ", ")
    return "of \(report.cells.empty) cells (a chunk on a date) \(shares)"
  }
}
