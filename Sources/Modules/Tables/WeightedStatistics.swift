/// Statistics of values with weights, as exactextract defines them.
///
/// <https://isciences.github.io/exactextract/operations.html>
struct WeightedStatistics {
  /// Whether values are kept, for statistics that look at them again.
  private let keepsValues: Bool
  private var values: [(value: Double, weight: Double)] = []
  /// The different values in order, each with the sum of its weights; nil before a quantile was asked for.
  private var ranked: [(value: Double, weight: Double)]?
  /// The sum of the weights: the number of pixels, covered ones in part.
  private(set) var count = 0.0
  private var weightedSum = 0.0
  private var least = Double.infinity
  private var greatest = -Double.infinity

  /// - Parameter keepsValues: whether variances, fractions and quantiles will be asked for.
  init(keepsValues: Bool = true) { self.keepsValues = keepsValues }

  /// Takes in a value that is not missing; weights are above 0.
  mutating func add(_ value: Double, weight: Double) {
    count += weight
    weightedSum += weight * value
    least = min(least, value)
    greatest = max(greatest, value)
    guard keepsValues else { return }
    values.append((value, weight))
    ranked = nil
  }

  /// Takes in values of one weight; NaN is missing.
  mutating func add(_ run: UnsafeBufferPointer<Float>, weight: Double) {
    let lanes = 8
    guard !keepsValues, run.count >= 2 * lanes, let start = run.baseAddress else {
      for value in run where !value.isNaN { add(Double(value), weight: weight) }
      return
    }
    var (sums, counts) = (SIMD8<Double>.zero, SIMD8<Float>.zero)
    var low = SIMD8<Float>(repeating: .infinity)
    var high = SIMD8<Float>(repeating: -.infinity)
    let vectors = run.count / lanes
    for vector in 0..<vectors {
      let values = UnsafeRawPointer(start + vector * lanes).loadUnaligned(as: SIMD8<Float>.self)
      let isMissing = values .!= values
      let known = values.replacing(with: 0, where: isMissing)
      sums += SIMD8<Double>(known)
      counts += SIMD8<Float>(repeating: 1).replacing(with: 0, where: isMissing)
      let (lower, upper) = (
        values.replacing(with: .infinity, where: isMissing),
        values.replacing(with: -.infinity, where: isMissing)
      )
      low = low.replacing(with: lower, where: lower .< low)
      high = high.replacing(with: upper, where: upper .> high)
    }
    count += weight * Double(counts.sum())
    weightedSum += weight * sums.sum()
    least = min(least, Double(low.min()))
    greatest = max(greatest, Double(high.max()))
    for value in run[(vectors * lanes)...] where !value.isNaN { add(Double(value), weight: weight) }
  }

  /// NaN without a value, as all statistics but the number.
  var sum: Double { count == 0 ? .nan : weightedSum }
  var mean: Double { count == 0 ? .nan : weightedSum / count }
  var minimum: Double { count == 0 ? .nan : least }
  var maximum: Double { count == 0 ? .nan : greatest }

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
