import Engine
import Geo

/// The time series of a sequence's tables: of each column the mean over its rows, between percentiles 25 and 75 of them.
struct ReportTables {
  let sequence: SequenceReport

  /// Columns with a chart of each table, and charts, at most.
  private static let mostColumns = 6
  private static let mostCharts = 24

  var figures: String {
    let figures = sequence.tables.flatMap(figures(of:)).prefix(ReportTables.mostCharts).joined()
    return figures.isEmpty ? "" : "<div class=\"charts\">\(figures)</div>\n"
  }

  private func figures(of table: TableReport) -> [String] {
    let columns = table.columns.indices.filter { !table.columns[$0].isWhole }
    return columns.prefix(ReportTables.mostColumns).map { column in
      let points = table.layers.indices.compactMap { point(table, column, $0) }
      let title = "\(table.name): \(table.columns[column].name)"
      return ReportSeries(sequence: sequence).figure(
        title, ReportMaps.spread(points, ReportSeries.mostDates), share: "Rows with a number", cover: [:])
    }
  }

  private func point(_ table: TableReport, _ column: Int, _ layer: Int) -> ReportSeries.Point? {
    guard let day = table.layers[layer].bounds?.lowerBound else { return nil }
    let rows = max(1, table.features.count)
    let numbers = (0..<rows).map { feature in
      let row = table.row(feature: feature, layer: layer)
      return row[row.startIndex + column]
    }.filter(\.isFinite).sorted()
    func quantile(_ share: Double) -> Double? {
      guard numbers.count > 1 else { return nil }
      let place = share * Double(numbers.count - 1)
      let low = Int(place)
      let high = min(low + 1, numbers.count - 1)
      return numbers[low] + (place - Double(low)) * (numbers[high] - numbers[low])
    }
    return ReportSeries.Point(
      label: table.layers[layer].label, seconds: Double(Instant(day).microsecondsSince1970) / 1e6,
      mean: numbers.isEmpty ? nil : numbers.reduce(0, +) / Double(numbers.count), low: quantile(0.25),
      high: quantile(0.75), valid: Double(numbers.count) / Double(rows))
  }
}
