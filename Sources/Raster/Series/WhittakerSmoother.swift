/// Smooths a series by Whittaker's method: Σ w (y − z)² + λ Σ (second difference of z)² is smallest.
///
/// Differences are divided by the time between steps, in units of the mean time between them: for dates at equal
/// distances they are z₋₁ − 2z + z₊₁. A missing value has no weight. The linear system has five diagonals and is solved
/// in Double, for the deviations from the straight line that is nearest to the values: a line has no second differences,
/// and of the values themselves a great λ would leave nothing but rounding errors. Where penalties exceed the weights so
/// far that a product of both keeps too few digits, the rows of the system are rotated (QR) instead of multiplied.
///
/// Eilers 2003, A perfect smoother, Analytical Chemistry 75:3631–3636; for the diagonal of the inverse Hutchinson & de
/// Hoog 1985, Numerische Mathematik 47:99–106; for the rotations Golub & Van Loan 2013, Matrix Computations, 5.2.
public final class WhittakerSmoother: SeriesWorker {
  /// How strong the smoothing is.
  public enum Strength: Hashable, Sendable {
    case lambda(Double)
    /// Of 10⁻², 10^−1.5 … 10⁶ the one with the least generalised cross-validation, pixel by pixel.
    case crossValidation
  }

  private static let candidates = (0...16).map { WhittakerSmoother.power(Double($0) / 2 - 2) }

  private let count: Int
  private let strength: Strength
  /// For each result the step before it and the share of the one after it; nil for one result a step.
  private let places: [(step: Int, share: Double)?]?
  /// The diagonals of the penalty: the main one and those beside it.
  private let penalty: (main: [Double], first: [Double], second: [Double])
  /// The second difference around each step but the first and the last: the factors of three steps.
  private let differences: [(before: Double, own: Double, after: Double)]
  /// The largest element of the penalty.
  private let largest: Double
  /// Penalties so many times the weights leave half of a Double's digits.
  private static let mostFactored = 1e9
  /// Where each step lies, in units of the mean time between them.
  private let positions: [Double]
  /// The values less their line, which becomes the smooth curve's deviations from it; missing is NaN.
  private var deviations: [Double]
  private var diagonal: [Double]
  private var lower: [Double]
  private var lowest: [Double]
  private var smooth: [Double]
  private var best: [Double]

  public var resultCount: Int { places?.count ?? count }

  /// - Parameters:
  ///   - days: of the time steps, ascending.
  ///   - outputDays: the days that results are for, between those of the steps by a straight line; nil for the steps'
  ///     own.
  ///   - strength: how strong the smoothing is: λ, or the choice of it by cross-validation, pixel by pixel.
  public init(days: [Double], outputDays: [Double]?, strength: Strength) {
    count = days.count
    self.strength = strength
    places = outputDays.map { $0.map { day in WhittakerSmoother.place(of: day, in: days) } }
    let spacings = WhittakerSmoother.spacings(days)
    differences = WhittakerSmoother.differences(spacings)
    penalty = WhittakerSmoother.penalty(differences)
    largest = penalty.main.max() ?? 0
    positions = spacings.reduce(into: [0]) { $0.append(($0.last ?? 0) + $1) }
    deviations = [Double](repeating: 0, count: count)
    diagonal = [Double](repeating: 0, count: count)
    (lower, lowest, smooth, best) = (diagonal, diagonal, diagonal, diagonal)
  }

  private static func power(_ exponent: Double) -> Double {
    let whole = exponent.rounded(.down)
    var result = exponent == whole ? 1 : 10.0.squareRoot()
    for _ in 0..<Int(abs(whole)) { result = whole < 0 ? result / 10 : result * 10 }
    return result
  }

  private static func place(of day: Double, in days: [Double]) -> (step: Int, share: Double)? {
    guard let first = days.first, let last = days.last, day >= first, day <= last else { return nil }
    let after = days.firstIndex { $0 >= day } ?? days.count - 1
    guard after > 0, days[after] > day else { return (after, 0) }
    return (after - 1, (day - days[after - 1]) / (days[after] - days[after - 1]))
  }

  /// The times between steps, in units of their mean.
  private static func spacings(_ days: [Double]) -> [Double] {
    // Steps of one day are half a day apart.
    let spacings = zip(days.dropFirst(), days).map { max($0 - $1, 0.5) }
    let mean = spacings.reduce(0, +) / Double(spacings.count)
    return spacings.map { $0 / mean }
  }

  private static func differences(
    _ spacings: [Double]
  ) -> [(before: Double, own: Double, after: Double)] {
    zip(spacings, spacings.dropFirst()).map { before, after in
      let (first, last) = (2 / (before * (before + after)), 2 / (after * (before + after)))
      return (first, -(first + last), last)
    }
  }

  private static func penalty(
    _ differences: [(before: Double, own: Double, after: Double)]
  ) -> (main: [Double], first: [Double], second: [Double]) {
    let count = differences.count + 2
    var bands = (
      main: [Double](repeating: 0, count: count), first: [Double](repeating: 0, count: count),
      second: [Double](repeating: 0, count: count)
    )
    for (step, (a, b, c)) in differences.enumerated() {
      bands.main[step] += a * a
      bands.main[step + 1] += b * b
      bands.main[step + 2] += c * c
      bands.first[step] += a * b
      bands.first[step + 1] += b * c
      bands.second[step] += a * c
    }
    return bands
  }

  public func compute(_ values: UnsafeBufferPointer<Double>, into results: UnsafeMutableBufferPointer<Float>)
  {
    let present = values.count { !$0.isNaN }
    guard present >= 3, count >= 3 else { return results.update(repeating: .nan) }
    let line = takeLine(from: values, present)
    switch strength {
    case .lambda(let lambda):
      solve(lambda)
      swap(&smooth, &best)
    case .crossValidation:
      var least = Double.infinity
      for lambda in WhittakerSmoother.candidates {
        solve(lambda)
        let score = crossValidation(present)
        if score < least {
          least = score
          swap(&smooth, &best)
        }
      }
    }
    for step in 0..<count { best[step] += line.mean + line.slope * (positions[step] - line.middle) }
    guard let places else {
      for step in 0..<count { results[step] = Float(best[step]) }
      return
    }
    for (result, place) in places.enumerated() {
      guard let place else {
        results[result] = .nan
        continue
      }
      let next = place.share > 0 ? best[place.step + 1] : 0
      results[result] = Float(
        place.share > 0 ? best[place.step] + place.share * (next - best[place.step]) : best[place.step])
    }
  }

  /// Finds the straight line nearest to the values, and their deviations from it.
  private func takeLine(
    from values: UnsafeBufferPointer<Double>, _ present: Int
  ) -> (mean: Double, slope: Double, middle: Double) {
    var (mean, middle) = (0.0, 0.0)
    for step in 0..<count where !values[step].isNaN {
      mean += values[step]
      middle += positions[step]
    }
    mean /= Double(present)
    middle /= Double(present)
    var (products, squares) = (0.0, 0.0)
    for step in 0..<count where !values[step].isNaN {
      let distance = positions[step] - middle
      products += distance * (values[step] - mean)
      squares += distance * distance
    }
    let slope = products / squares
    for step in 0..<count { deviations[step] = values[step] - (mean + slope * (positions[step] - middle)) }
    return (mean, slope, middle)
  }

  private func solve(_ lambda: Double) {
    if lambda * largest > WhittakerSmoother.mostFactored {
      solveByRotations(lambda)
    } else {
      solveByFactors(lambda)
    }
  }

  /// Finds the factors L D Lᵀ of the system's matrix and the solution by rotations of the system's rows: the weights', and
  /// the differences' by √λ.
  private func solveByRotations(_ lambda: Double) {
    let root = lambda.squareRoot()
    // The rows of the triangle, three elements each, and its right side, until they become the factors.
    for step in 0..<count { (diagonal[step], lower[step], lowest[step], smooth[step]) = (0, 0, 0, 0) }
    for step in 0..<count {
      if step < differences.count {
        let (a, b, c) = differences[step]
        rotate((root * a, root * b, root * c), 0, from: step)
      }
      if !deviations[step].isNaN { rotate((1, 0, 0), deviations[step], from: step) }
    }
    for step in stride(from: count - 1, through: 0, by: -1) {
      let own = diagonal[step]
      (diagonal[step], lower[step], lowest[step]) = (own * own, lower[step] / own, lowest[step] / own)
      var value = smooth[step] / own
      if step + 1 < count { value -= lower[step] * smooth[step + 1] }
      if step + 2 < count { value -= lowest[step] * smooth[step + 2] }
      smooth[step] = value
    }
  }

  /// Takes a row of the system, which begins at a step, into the triangle.
  private func rotate(_ row: (Double, Double, Double), _ right: Double, from step: Int) {
    var (row, right) = (row, right)
    for step in step..<count {
      let own = diagonal[step]
      guard own != 0 || row.0 == 0 else {
        (diagonal[step], lower[step], lowest[step], smooth[step]) = (row.0, row.1, row.2, right)
        return
      }
      let length = (own * own + row.0 * row.0).squareRoot()
      let (cosine, sine) = length > 0 ? (own / length, row.0 / length) : (1, 0)
      let (beside, further, known) = (lower[step], lowest[step], smooth[step])
      diagonal[step] = length
      lower[step] = cosine * beside + sine * row.1
      lowest[step] = cosine * further + sine * row.2
      smooth[step] = cosine * known + sine * right
      row = (cosine * row.1 - sine * beside, cosine * row.2 - sine * further, 0)
      right = cosine * right - sine * known
    }
  }

  /// Finds the factors L D Lᵀ of the system's matrix, and the solution.
  private func solveByFactors(_ lambda: Double) {
    for step in 0..<count {
      let weight: Double = deviations[step].isNaN ? 0 : 1
      var main = weight + lambda * penalty.main[step]
      var first = lambda * penalty.first[step]
      let second = lambda * penalty.second[step]
      if step >= 1 {
        main -= lower[step - 1] * lower[step - 1] * diagonal[step - 1]
        first -= lowest[step - 1] * lower[step - 1] * diagonal[step - 1]
      }
      if step >= 2 { main -= lowest[step - 2] * lowest[step - 2] * diagonal[step - 2] }
      diagonal[step] = main
      lower[step] = first / main
      lowest[step] = second / main
      var right = deviations[step].isNaN ? 0 : deviations[step]
      if step >= 1 { right -= lower[step - 1] * smooth[step - 1] }
      if step >= 2 { right -= lowest[step - 2] * smooth[step - 2] }
      smooth[step] = right
    }
    for step in stride(from: count - 1, through: 0, by: -1) {
      var value = smooth[step] / diagonal[step]
      if step + 1 < count { value -= lower[step] * smooth[step + 1] }
      if step + 2 < count { value -= lowest[step] * smooth[step + 2] }
      smooth[step] = value
    }
  }

  /// n · RSS / (n − trace of the hat matrix)², of the system that was just solved.
  private func crossValidation(_ present: Int) -> Double {
    var (residuals, trace) = (0.0, 0.0)
    // Of the inverse: the elements of the two rows below, on the diagonal and beside it.
    var (next, beside, further) = (0.0, 0.0, 0.0)
    for step in stride(from: count - 1, through: 0, by: -1) {
      let right2 = step + 2 < count ? -lower[step] * beside - lowest[step] * further : 0
      let right1 =
        step + 1 < count
        ? -lower[step] * next - (step + 2 < count ? lowest[step] * beside : 0) : 0
      let own =
        1 / diagonal[step] - (step + 1 < count ? lower[step] * right1 : 0)
        - (step + 2 < count ? lowest[step] * right2 : 0)
      if !deviations[step].isNaN {
        trace += own
        let residual = deviations[step] - smooth[step]
        residuals += residual * residual
      }
      (further, next, beside) = (next, own, right1)
    }
    let freedom = Double(present) - trace
    return freedom > 1e-9 ? Double(present) * residuals / (freedom * freedom) : .infinity
  }
}
