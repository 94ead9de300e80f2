import Engine

/// A sequence's modules as a drawn graph: from the scenes on the left to the results on the right.
struct ReportGraph {
  let sequence: SequenceReport

  private static let (box, boxHeight, gapX, gapY) = (168.0, 44.0, 44.0, 16.0)
  /// Steps that are drawn at most.
  private static let most = 120

  var figure: String {
    let steps = Array(sequence.steps.prefix(ReportGraph.most))
    guard !steps.isEmpty else { return "" }
    let (columns, places) = layout(steps)
    let rows = places.map(\.row).max() ?? 0
    let width = Double(columns) * (ReportGraph.box + ReportGraph.gapX) - ReportGraph.gapX + 16
    let height = Double(rows + 1) * (ReportGraph.boxHeight + ReportGraph.gapY) - ReportGraph.gapY + 16
    var parts: [String] = []
    for (place, step) in steps.enumerated() {
      for input in step.inputs where input < place {
        parts.append(edge(places[input], places[place], isMask: false))
      }
      for mask in step.masks where mask < place {
        parts.append(edge(places[mask], places[place], isMask: true))
      }
    }
    parts += steps.enumerated().map { node($1, at: places[$0]) }
    let words = steps.enumerated().map { place, step in
      let from = step.inputs.filter { $0 < place }.map { steps[$0].name }
      return "\(step.name)\(from.isEmpty ? "" : " after " + from.joined(separator: " and "))"
    }
    let name = HTMLText.escaped(sequence.name)
    let after =
      sequence.dependsOn.isEmpty
      ? "" : " after " + HTMLText.escaped(sequence.dependsOn.joined(separator: ", "))
    return
      "<figure><figcaption><strong>\(name)</strong>\(after): what is saved has a bold edge, dashes are masks"
      + (sequence.steps.count > steps.count
        ? ", the first \(steps.count) of \(sequence.steps.count) modules" : "")
      + "</figcaption>" + ReportPage.scrolling("Graph of \(sequence.name)")
      + "<svg viewBox=\"0 0 \(number(width)) \(number(height))\" width=\"\(number(width))\" height=\"\(number(height))\" "
      + "role=\"img\" aria-label=\"\(HTMLText.escaped(words.joined(separator: "; ")))\">\(parts.joined())</svg></div></figure>"
  }

  private typealias Place = (column: Int, row: Int)

  /// A step stands one column behind the last of what it reads.
  private func layout(_ steps: [StepReport]) -> (columns: Int, places: [Place]) {
    var places: [Place] = []
    var used: [Int: Int] = [:]
    for (place, step) in steps.enumerated() {
      let before = (step.inputs + step.masks).filter { $0 < place }.map { places[$0].column }
      let column = (before.max() ?? -1) + 1
      places.append((column, used[column, default: 0]))
      used[column, default: 0] += 1
    }
    return ((places.map(\.column).max() ?? 0) + 1, places)
  }

  private func left(_ place: Place) -> Double {
    8 + Double(place.column) * (ReportGraph.box + ReportGraph.gapX)
  }
  private func top(_ place: Place) -> Double {
    8 + Double(place.row) * (ReportGraph.boxHeight + ReportGraph.gapY)
  }

  private func edge(_ from: Place, _ to: Place, isMask: Bool) -> String {
    let (x1, y1) = (left(from) + ReportGraph.box, top(from) + ReportGraph.boxHeight / 2)
    let (x2, y2) = (left(to), top(to) + ReportGraph.boxHeight / 2)
    let bend = ReportGraph.gapX * 0.8
    return
      "<path d=\"M\(number(x1)) \(number(y1))C\(number(x1 + bend)) \(number(y1)) \(number(x2 - bend)) \(number(y2)) "
      + "\(number(x2)) \(number(y2))\" fill=\"none\" stroke=\"var(--soft)\"\(isMask ? " stroke-dasharray=\"4 3\"" : "")/>"
  }

  private func node(_ step: StepReport, at place: Place) -> String {
    let (x, y) = (left(place), top(place))
    var names = step.outputs.prefix(3).joined(separator: ", ")
    if step.outputs.count > 3 { names += ", …" }
    let period = step.period == "date" || step.period.isEmpty ? "" : " (\(step.period))"
    return
      "<g><title>\(HTMLText.escaped("\(step.name): \(step.outputs.joined(separator: ", "))\(period)"))</title>"
      + "<rect x=\"\(number(x))\" y=\"\(number(y))\" width=\"\(Int(ReportGraph.box))\" height=\"\(Int(ReportGraph.boxHeight))\" "
      + "rx=\"5\" fill=\"var(--card)\" stroke=\"var(--link)\" stroke-width=\"\(step.isSaved ? 3 : 1)\"/>"
      + text(x + 8, y + 18, HTMLText.shortened(step.name, to: 22), "")
      + text(x + 8, y + 35, HTMLText.shortened(names + period, to: 23), "soft") + "</g>"
  }

  private func text(_ x: Double, _ y: Double, _ text: String, _ style: String) -> String {
    "<text class=\"\(style)\" x=\"\(number(x))\" y=\"\(number(y))\">\(HTMLText.escaped(text))</text>"
  }

  private func number(_ value: Double) -> String { ShortNumber.fixed(value, decimals: 1) }
}
