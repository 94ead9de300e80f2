/// Statistics of values with weights, as exactextract defines them.
///
/// <https://isciences.github.io/exactextract/operations.html>
struct WeightedStatistics {
  private(set) var values: [(value: Double, weight: Double)] = []
  /// The different values in order, each with the sum of its weights; nil before a quantile was asked for.
  private var ranked: [(value: Double, weight: Double)]?

  /// Takes in a value that is not missing; weights are above 0.
  mutating func add(_ value: Double, weight: Double) {
    values.append((value, weight))
    ranked = nil
  }

  /// The sum of the weights: the number of pixels, covered ones in part.
  var count: Double { values.reduce(0) { $0 + $1.weight } }
  var sum: Double { values.reduce(0) { $0 + $1.value * $1.weight } }
  /// NaN without a value.
  var mean: Double { values.isEmpty ? .nan : sum / count }
  var minimum: Double { values.map(\.value).min() ?? .nan }
  var maximum: Double { values.map(\.value).max() ?? .nan }

  /// Of the population: Σw(v − mean)² / Σw.
  var variance: Double {
    guard !values.isEmpty else { return .nan }
    let mean = mean
    return values.reduce(0) { $0 + $1.weight * ($1.value - mean) * ($1.value - mean) } / count
  }

  /// The share of the weights whose value is this one.
  func fraction(of value: Double) -> Double {
    guard !values.isEmpty else { return .nan }
    return values.reduce(0) { $0 + ($1.value == value ? $1.weight : 0) } / count
  }

  /// A quantile, 0 to 1: linear between the n different values, whose places are (n − 1) · the weights before them + rank
  /// · their own.
  mutating func quantile(_ q: Double) -> Double {
    let values = ranked ?? ranking()
    ranked = values
    guard let first = values.first else { return .nan }
    guard values.count > 1 else { return first.value }
    let count = values.count
    var places: [Double] = []
    var before = 0.0
    for (rank, entry) in values.enumerated() {
      places.append(Double(rank) * entry.weight + Double(count - 1) * before)
      before += entry.weight
    }
    let target = before * Double(count - 1) * q
    guard let above = places.firstIndex(where: { $0 > target }) else { return values[count - 1].value }
    guard above > 0 else { return first.value }
    let (left, right) = (values[above - 1].value, values[above].value)
    return left + (target - places[above - 1]) * (right - left) / (places[above] - places[above - 1])
  }

  private func ranking() -> [(value: Double, weight: Double)] {
    var ranking: [(value: Double, weight: Double)] = []
    for entry in values.sorted(by: { $0.value < $1.value }) {
      if let last = ranking.last, last.value == entry.value {
        ranking[ranking.count - 1].weight += entry.weight
      } else {
        ranking.append(entry)
      }
    }
    return ranking
  }
}
