internal import Engine
internal import Geo
internal import Patterns

/// A series that is analysed: one number a layer, the mean of all sub-images or a number of weather.
struct ResilienceSeries {
  let name: String
  let dates: [CalendarDate]
  /// Means over sub-images; NaN where there is none.
  let values: [Double]
  /// Of the sample of sub-images; NaN for fewer than 2.
  let deviations: [Double]
  /// How many sub-images had a value of their own.
  let counts: [Int]
  /// How many values were dropped as outliers, and filled from other years.
  let dropped: Int
  let filled: Int

  /// A column of a table over all its features, without outliers, gaps filled from the same month of other years.
  init(_ name: String, column: Int, of table: TableReport, dates: [CalendarDate], cleaning: Bool) {
    self.name = name
    self.dates = dates
    var (dropped, filled) = (0, 0)
    var counts = [Int](repeating: 0, count: dates.count)
    let series = (0..<max(1, table.features.count)).map { feature -> [Double] in
      let raw = dates.indices.map { layer in
        table.row(feature: feature, layer: layer).dropFirst(column).first ?? .nan
      }
      guard cleaning else {
        for layer in dates.indices where !raw[layer].isNaN { counts[layer] += 1 }
        return raw
      }
      let kept = SeriesCleaning.withoutOutliers(raw)
      let complete = SeriesCleaning.filled(kept, dates: dates)
      for layer in dates.indices {
        if !kept[layer].isNaN { counts[layer] += 1 }
        if !raw[layer].isNaN, kept[layer].isNaN { dropped += 1 }
        if kept[layer].isNaN, !complete[layer].isNaN { filled += 1 }
      }
      return complete
    }
    let columns = dates.indices.map { layer in series.map { $0[layer] }.filter { !$0.isNaN } }
    values = columns.map { $0.isEmpty ? .nan : $0.reduce(0, +) / Double($0.count) }
    deviations = zip(columns, values).map { column, mean in
      guard column.count > 1 else { return .nan }
      let squares = column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      return (squares / Double(column.count - 1)).squareRoot()
    }
    self.counts = counts
    self.dropped = dropped
    self.filled = filled
  }
}
