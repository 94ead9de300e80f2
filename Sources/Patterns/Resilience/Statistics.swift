/// Figures of a list of numbers. Missing ones (NaN) are left out.
enum Statistics {
  static func present(_ values: [Double]) -> [Double] { values.filter { $0 == $0 } }

  static func mean(_ values: [Double]) -> Double {
    let values = present(values)
    return values.isEmpty ? .nan : values.reduce(0, +) / Double(values.count)
  }

  /// Of the sample: over the count less one; NaN for fewer than 2.
  static func variance(_ values: [Double]) -> Double {
    let values = present(values)
    guard values.count > 1 else { return .nan }
    let mean = mean(values)
    return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count - 1)
  }

  static func median(_ values: [Double]) -> Double {
    let sorted = present(values).sorted()
    guard !sorted.isEmpty else { return .nan }
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }

  /// The correlation of two lists, of the pairs in which neither is missing; NaN where one does not vary.
  static func pearson(_ one: some Sequence<Double>, _ other: some Sequence<Double>) -> Double {
    let pairs = zip(one, other).filter { $0 == $0 && $1 == $1 }
    guard pairs.count > 1 else { return .nan }
    let count = Double(pairs.count)
    let means = (pairs.reduce(0) { $0 + $1.0 } / count, pairs.reduce(0) { $0 + $1.1 } / count)
    var (products, squares, otherSquares) = (0.0, 0.0, 0.0)
    for (a, b) in pairs {
      products += (a - means.0) * (b - means.1)
      squares += (a - means.0) * (a - means.0)
      otherSquares += (b - means.1) * (b - means.1)
    }
    let divisor = (squares * otherSquares).squareRoot()
    return divisor > 0 ? products / divisor : .nan
  }
}
