import Engine
import Geo
import Raster

/// The time series of a sequence's variables: means between percentiles 25 and 75, over the cloud cover of each date.
struct ReportSeries {
  let sequence: SequenceReport

  /// Variables with a chart, and dates in it, at most.
  private static let mostProducts = 30
  static let mostDates = 400

  private static let (width, height, left, top) = (720.0, 220.0, 80.0, 14.0)
  private static let (right, bottom, clouds) = (12.0, 28.0, 36.0)

  /// A date and the values drawn for it.
  struct Point {
    let label: String
    let seconds: Double
    let mean: Double?
    let low: Double?
    let high: Double?
    let valid: Double
  }

  var figures: String {
    let shown = sequence.products.filter { !$0.variable.storage.isFlags && !$0.variable.isAuxiliary }
      .prefix(ReportSeries.mostProducts)
    let figures = shown.map(figure).joined()
    return figures.isEmpty ? "" : "<div class=\"charts\">\(figures)</div>\n"
  }

  private func figure(_ product: ProductReport) -> String {
    let times = Dictionary(sequence.inputs.map { ($0.date, Double($0.time.microsecondsSince1970) / 1e6) }) {
      first, _ in first
    }
    let all = product.layers.compactMap { layer -> Point? in
      let seconds =
        times[layer.label] ?? ReportSeries.start(of: layer.label).map { Double($0.daysSince1970) * 86400 }
      guard let seconds else { return nil }
      let statistics = layer.statistics
      return Point(
        label: layer.label, seconds: seconds, mean: statistics.mean, low: statistics.percentile(25),
        high: statistics.percentile(75),
        valid: product.pixels > 0 ? Double(statistics.count) / Double(product.pixels) : 0)
    }
    return figure(
      product.variable.name, ReportMaps.spread(all, ReportSeries.mostDates), share: "Valid pixels",
      cover: product.period == .date ? clouds() : [:])
  }

  /// The first day of a layer of several dates, which its label begins with: of "2021-03", "2021-Q2", "2021-JJA", "2021"
  /// or "2021-03-11"; nil for layers of all years and those with names of the config's.
  static func start(of label: String) -> CalendarDate? {
    if let day = CalendarDate(label) { return day }
    let parts = label.split(separator: "-", omittingEmptySubsequences: false)
    guard let first = parts.first, first.utf8.count == 4, let year = Int(first), parts.count <= 2 else {
      return nil
    }
    guard parts.count == 2 else { return CalendarDate(year: year, month: 1, day: 1) }
    switch parts[1] {
    // December counts to the year that follows.
    case "DJF": return CalendarDate(year: year - 1, month: 12, day: 1)
    case "MAM": return CalendarDate(year: year, month: 3, day: 1)
    case "JJA": return CalendarDate(year: year, month: 6, day: 1)
    case "SON": return CalendarDate(year: year, month: 9, day: 1)
    case "Q1", "Q2", "Q3", "Q4":
      return parts[1].last?.wholeNumberValue.flatMap { CalendarDate(year: year, month: 3 * $0 - 2, day: 1) }
    default:
      guard parts[1].utf8.count == 2, let month = Int(parts[1]) else { return nil }
      return CalendarDate(year: year, month: month, day: 1)
    }
  }

  /// A chart with its numbers; empty where there are not two points.
  ///
  /// - Parameters:
  ///   - share: what `valid` is the share of.
  ///   - cover: the cloud cover by date, percent.
  func figure(_ title: String, _ points: [Point], share: String, cover: [String: Double]) -> String {
    guard points.count > 1, points.contains(where: { $0.mean != nil }) else { return "" }
    let name = HTMLText.escaped(title)
    let rows = ReportMaps.spread(points, 200).map { point in
      [
        point.label, point.mean.map { ShortNumber.text($0) } ?? "–",
        point.low.map { ShortNumber.text($0) } ?? "–",
        point.high.map { ShortNumber.text($0) } ?? "–", ShortNumber.text(point.valid * 100) + " %",
        cover[point.label].map { ShortNumber.text($0) + " %" } ?? "–",
      ]
    }
    return
      "<figure class=\"series\"><figcaption><strong>\(name)</strong> over time: mean, percentiles 25 to 75"
      + "\(cover.isEmpty ? "" : ", and cloud cover")</figcaption>"
      + "\(ReportPage.scrolling("Chart of \(title)"))\(chart(points, cover, title))</div>"
      + "<details><summary>Numbers</summary>"
      + ReportPage.table(
        ["Date", "Mean", "25 %", "75 %", share, "Cloud cover"], rows, caption: "\(title) by date")
      + "</details></figure>\n"
  }

  /// The mean cloud cover of the scenes of each date that say one.
  private func clouds() -> [String: Double] {
    let known = Dictionary(sequence.scenes.map { ($0.id, $0.cloudCover) }) { first, _ in first }
    var result: [String: Double] = [:]
    for input in sequence.inputs {
      let covers = input.scenes.compactMap { known[$0] ?? nil }
      if !covers.isEmpty { result[input.date] = covers.reduce(0, +) / Double(covers.count) }
    }
    return result
  }

  private func chart(_ points: [Point], _ cover: [String: Double], _ title: String) -> String {
    let first = points.map(\.seconds).min() ?? 0
    let span = max((points.map(\.seconds).max() ?? 1) - first, 1)
    let values = points.flatMap { [$0.mean, $0.low, $0.high].compactMap { $0 } }.filter(\.isFinite)
    let (least, most) = (values.min() ?? 0, values.max() ?? 1)
    let (low, high) = least < most ? (least, most) : (least - 1, most + 1)
    let plot = ReportSeries.height - ReportSeries.top - ReportSeries.bottom - ReportSeries.clouds - 8
    func x(_ seconds: Double) -> Double {
      ReportSeries.left + (seconds - first) / span
        * (ReportSeries.width - ReportSeries.left - ReportSeries.right)
    }
    func y(_ value: Double) -> Double { ReportSeries.top + (high - value) / (high - low) * plot }
    let upper = points.compactMap { point in point.high.map { (x(point.seconds), y($0)) } }
    let lower = points.compactMap { point in point.low.map { (x(point.seconds), y($0)) } }
    let means = points.compactMap { point in point.mean.map { (x(point.seconds), y($0)) } }
    let base = ReportSeries.height - ReportSeries.bottom
    var parts: [String] = []
    for share in [0.0, 0.5, 1] {
      let value = low + share * (high - low)
      parts.append(
        line(ReportSeries.left, y(value), ReportSeries.width - ReportSeries.right, y(value), "var(--line)"))
      parts.append(label(ReportSeries.left - 6, y(value) + 4, ShortNumber.text(value), "end"))
    }
    parts.append("<path d=\"\(path(upper + lower.reversed()))Z\" fill=\"var(--band)\" fill-opacity=\".6\"/>")
    parts.append("<path d=\"\(path(means))\" fill=\"none\" stroke=\"var(--mean)\" stroke-width=\"2\"/>")
    if means.count <= 120 {
      parts += means.map {
        "<circle cx=\"\(number($0.0))\" cy=\"\(number($0.1))\" r=\"2.5\" fill=\"var(--mean)\"/>"
      }
    }
    for point in points {
      guard let percent = cover[point.label] else { continue }
      let length = min(max(percent, 0), 100) / 100 * ReportSeries.clouds
      parts.append(
        "<rect x=\"\(number(x(point.seconds) - 2))\" y=\"\(number(base - length))\" width=\"4\" "
          + "height=\"\(number(length))\" fill=\"var(--cloud)\"/>")
    }
    parts.append(label(ReportSeries.left - 6, base - 4, cover.isEmpty ? "" : "clouds", "end"))
    parts.append(line(ReportSeries.left, base, ReportSeries.width - ReportSeries.right, base, "var(--soft)"))
    for place in Set([0, points.count / 2, points.count - 1]).sorted() {
      let anchor = place == 0 ? "start" : place == points.count - 1 ? "end" : "middle"
      parts.append(label(x(points[place].seconds), base + 18, points[place].label, anchor))
    }
    let words =
      "\(title) on \(points.count) dates: means from \(ShortNumber.text(means.isEmpty ? .nan : points.compactMap(\.mean).min() ?? .nan)) "
      + "to \(ShortNumber.text(points.compactMap(\.mean).max() ?? .nan))"
    return
      "<svg viewBox=\"0 0 \(Int(ReportSeries.width)) \(Int(ReportSeries.height))\" width=\"720\" height=\"220\" "
      + "role=\"img\" aria-label=\"\(HTMLText.escaped(words))\">\(parts.joined())</svg>"
  }

  private func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ colour: String) -> String {
    "<path d=\"M\(number(x1)) \(number(y1))L\(number(x2)) \(number(y2))\" stroke=\"\(colour)\"/>"
  }

  private func label(_ x: Double, _ y: Double, _ text: String, _ anchor: String) -> String {
    "<text class=\"soft\" x=\"\(number(x))\" y=\"\(number(y))\" text-anchor=\"\(anchor)\">\(HTMLText.escaped(text))</text>"
  }

  private func path(_ points: [(Double, Double)]) -> String {
    "M" + points.map { "\(number($0.0)) \(number($0.1))" }.joined(separator: "L")
  }

  private func number(_ value: Double) -> String { ShortNumber.fixed(value, decimals: 1) }
}
