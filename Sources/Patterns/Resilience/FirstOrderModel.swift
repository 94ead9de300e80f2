/// How much of each value is left in the next: x(t) = c + a · x(t − 1) + noise, by least squares.
public struct FirstOrderModel: Hashable, Sendable {
  /// a, the part that is left.
  public let coefficient: Double
  /// Of the coefficient.
  public let standardError: Double
  /// The constant c.
  public let constant: Double
  /// The standard deviation of the noise, of the population.
  public let noise: Double

  /// - Parameter values: in order of time; missing ones (NaN) are left out.
  /// - Returns: nil for fewer than 4 values, or where they do not vary.
  public init?(_ values: [Double]) {
    let values = Statistics.present(values)
    guard values.count >= 4 else { return nil }
    let (before, after) = (values.dropLast(), values.dropFirst())
    let count = Double(before.count)
    let means = (before.reduce(0, +) / count, after.reduce(0, +) / count)
    var (products, squares) = (0.0, 0.0)
    for (x, y) in zip(before, after) {
      products += (x - means.0) * (y - means.1)
      squares += (x - means.0) * (x - means.0)
    }
    guard squares > 0 else { return nil }
    let coefficient = products / squares
    let rest = zip(before, after).reduce(0) { sum, pair in
      let rest = (pair.1 - means.1) - coefficient * (pair.0 - means.0)
      return sum + rest * rest
    }
    self.coefficient = coefficient
    constant = means.1 - coefficient * means.0
    noise = (rest / count).squareRoot()
    standardError = (rest / count / squares).squareRoot()
  }
}
