import Engine

/// How the run went: what was done when, memory and cells over time, where workers spent theirs, plan against truth.
struct ReportTimeline {
  let timeline: RunTimeline

  private static let (width, left, right) = (720.0, 130.0, 12.0)

  var section: String {
    "<section id=\"timeline\"><h2>How the run went</h2>"
      + ReportPage.list(facts) + "<div class=\"charts\">\(spanChart)\(progress)</div>" + forecast
      + "</section>\n"
  }

  private var facts: [(String, String)] {
    var facts = [("Took, until this page was made", ShortNumber.duration(timeline.seconds))]
    if timeline.peakMemory > 0 {
      let limit = timeline.memoryLimit > 0 ? " of \(ShortNumber.bytes(timeline.memoryLimit))" : ""
      facts.append(("Peak memory", ShortNumber.bytes(timeline.peakMemory) + limit))
    }
    if timeline.pixels > 0, timeline.seconds > 0 {
      facts.append(
        (
          "Throughput",
          "\(ShortNumber.text(Double(timeline.pixels) / timeline.seconds / 1e6)) million pixels a second"
        ))
    }
    let total = timeline.workTimes.reduce(0, +)
    if total > 0 {
      let shares = timeline.workerSeconds.filter { $0.seconds > 0 }
        .map { "\($0.name) \(Int(($0.seconds / total * 100).rounded())) %" }
      facts.append(("Workers' time", shares.joined(separator: ", ")))
    }
    return facts
  }

  private var spanChart: String {
    let spans = ReportMaps.spread(timeline.spans, 60)
    guard !spans.isEmpty, timeline.seconds > 0 else { return "" }
    let rowHeight = 22.0
    let height = Double(spans.count) * rowHeight + 24
    let room = ReportTimeline.width - ReportTimeline.left - ReportTimeline.right
    var parts: [String] = []
    for (place, span) in spans.enumerated() {
      let y = Double(place) * rowHeight + 4
      let x = ReportTimeline.left + span.start / timeline.seconds * room
      let length = max((span.end - span.start) / timeline.seconds * room, 1.5)
      let name = HTMLText.shortened(span.name, to: 20)
      parts.append(text(ReportTimeline.left - 6, y + 13, name, "end"))
      parts.append(
        "<rect x=\"\(number(x))\" y=\"\(number(y))\" width=\"\(number(length))\" height=\"16\" fill=\"var(--mean)\">"
          + "<title>\(HTMLText.escaped("\(span.name): \(ShortNumber.duration(span.end - span.start))"))</title></rect>"
      )
    }
    parts.append(text(ReportTimeline.left, height - 6, "0 s", "start"))
    parts.append(
      text(
        ReportTimeline.width - ReportTimeline.right, height - 6, ShortNumber.duration(timeline.seconds), "end"
      ))
    let words = spans.map { "\($0.name) \(ShortNumber.duration($0.end - $0.start))" }.joined(separator: ", ")
    return figure("Timeline", words, height: height, parts)
  }

  private var progress: String {
    let samples = timeline.samples
    guard samples.count > 1, timeline.seconds > 0 else { return "" }
    let (height, top, bottom) = (150.0, 10.0, 24.0)
    let room = ReportTimeline.width - ReportTimeline.left - ReportTimeline.right
    let plot = height - top - bottom
    let mostMemory = Double(max(timeline.memoryLimit, samples.map(\.memory).max() ?? 1, 1))
    let mostCells = Double(max(samples.map(\.cells).max() ?? 1, 1))
    func line(_ value: (RunTimeline.Sample) -> Double, _ most: Double, _ colour: String, _ dashes: String)
      -> String
    {
      let points = samples.map {
        "\(number(ReportTimeline.left + $0.seconds / timeline.seconds * room)) "
          + number(top + (1 - value($0) / most) * plot)
      }
      return
        "<path d=\"M\(points.joined(separator: "L"))\" fill=\"none\" stroke=\"\(colour)\" stroke-width=\"2\"\(dashes)/>"
    }
    var parts = [
      line({ Double($0.memory) }, mostMemory, "var(--mean)", ""),
      line({ Double($0.cells) }, mostCells, "var(--cloud)", " stroke-dasharray=\"5 3\""),
      text(ReportTimeline.left - 6, top + 10, ShortNumber.bytes(Int(mostMemory)), "end"),
      text(ReportTimeline.left - 6, height - bottom, "0", "end"),
      text(ReportTimeline.left, height - 6, "memory: line", "start"),
      text(
        ReportTimeline.width - ReportTimeline.right, height - 6, "cells ended, of \(Int(mostCells)): dashes",
        "end"),
    ]
    parts.append(
      "<path d=\"M\(number(ReportTimeline.left)) \(number(height - bottom))H\(number(ReportTimeline.width - ReportTimeline.right))\" "
        + "stroke=\"var(--soft)\"/>")
    return figure(
      "Memory and progress",
      "Memory up to \(ShortNumber.bytes(samples.map(\.memory).max() ?? 0)), cells ended over time",
      height: height, parts)
  }

  private var forecast: String {
    guard !timeline.forecasts.isEmpty else { return "" }
    func shown(_ value: Double, _ unit: RunTimeline.Forecast.Unit) -> String {
      switch unit {
      case .bytes: ShortNumber.bytes(Int(min(max(value, 0), 1e18)))
      case .seconds: ShortNumber.duration(value)
      case .count: ShortNumber.text(value, digits: 6)
      }
    }
    let rows = timeline.forecasts.map { entry in
      let (low, high) = (
        shown(entry.planned.lowerBound, entry.unit), shown(entry.planned.upperBound, entry.unit)
      )
      return [entry.name, low == high ? low : "\(low) to \(high)", shown(entry.found, entry.unit)]
    }
    return ReportPage.table(
      ["Quantity", "Planned", "Found"], rows,
      caption: "Plan against truth (the time without that of this page, which summary.json has)")
  }

  private func figure(_ title: String, _ words: String, height: Double, _ parts: [String]) -> String {
    "<figure><figcaption>\(title)</figcaption>\(ReportPage.scrolling(title))<svg viewBox=\"0 0 \(Int(ReportTimeline.width)) \(number(height))\" "
      + "width=\"720\" height=\"\(number(height))\" role=\"img\" aria-label=\"\(HTMLText.escaped("\(title): \(words)"))\">"
      + parts.joined() + "</svg></div></figure>"
  }

  private func text(_ x: Double, _ y: Double, _ text: String, _ anchor: String) -> String {
    "<text class=\"soft\" x=\"\(number(x))\" y=\"\(number(y))\" text-anchor=\"\(anchor)\">\(HTMLText.escaped(text))</text>"
  }

  private func number(_ value: Double) -> String { ShortNumber.fixed(value, decimals: 1) }
}
