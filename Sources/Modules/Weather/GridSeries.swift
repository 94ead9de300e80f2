internal import Geo

/// A variable on a grid of longitudes and latitudes at many times: reanalyses, forecasts, stations put on a grid.
struct GridSeries: Sendable {
  var name: String
  var units: String
  /// The centres of cells in degrees, ascending or descending; from −180 or from 0.
  var longitudes: [Double]
  var latitudes: [Double]
  /// Ascending, none twice.
  var times: [Instant]
  /// For each time its values, latitude by latitude; NaN is missing.
  var fields: [[Double]]

  /// The time from one step to the next that occurs most often, in hours; nil for a single step.
  var hoursPerStep: Double? {
    let gaps = zip(times, times.dropFirst()).map { $1.microsecondsSince1970 - $0.microsecondsSince1970 }
    let counts = Dictionary(grouping: gaps) { $0 }.mapValues(\.count)
    return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }.map { Double($0.key) / 3.6e9 }
  }

  /// Why a series cannot be used.
  struct Fault: Error, Hashable, CustomStringConvertible {
    let description: String
    var suggestion: String?

    init(_ description: String, suggestion: String? = nil) {
      self.description = description
      self.suggestion = suggestion
    }
  }
}
