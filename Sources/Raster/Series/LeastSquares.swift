/// Solves small systems of normal equations, in Double.
struct LeastSquares {
  let unknowns: Int
  /// Row-major, the lower half is used.
  private var matrix: [Double]
  private var right: [Double]
  private(set) var solution: [Double]

  init(unknowns: Int) {
    self.unknowns = unknowns
    matrix = [Double](repeating: 0, count: unknowns * unknowns)
    right = [Double](repeating: 0, count: unknowns)
    solution = right
  }

  mutating func clear() {
    for place in matrix.indices { matrix[place] = 0 }
    for place in right.indices { right[place] = 0 }
  }

  /// Takes in an observation.
  ///
  /// - Parameter row: where in `design` its factors begin.
  mutating func add(_ value: Double, _ design: [Double], row: Int) {
    for first in 0..<unknowns {
      let factor = design[row + first]
      right[first] += factor * value
      for second in 0...first { matrix[first * unknowns + second] += factor * design[row + second] }
    }
  }

  /// Solves by Cholesky's factors; false when the observations do not determine the unknowns.
  mutating func solve() -> Bool {
    for row in 0..<unknowns {
      let scale = matrix[row * unknowns + row]
      for column in 0...row {
        var sum = matrix[row * unknowns + column]
        for place in 0..<column { sum -= matrix[row * unknowns + place] * matrix[column * unknowns + place] }
        if row == column {
          guard sum > 1e-11 * scale, scale > 0 else { return false }
          matrix[row * unknowns + row] = sum.squareRoot()
        } else {
          matrix[row * unknowns + column] = sum / matrix[column * unknowns + column]
        }
      }
    }
    for row in 0..<unknowns {
      var sum = right[row]
      for place in 0..<row { sum -= matrix[row * unknowns + place] * solution[place] }
      solution[row] = sum / matrix[row * unknowns + row]
    }
    for row in stride(from: unknowns - 1, through: 0, by: -1) {
      var sum = solution[row]
      for place in (row + 1)..<max(unknowns, row + 1) {
        sum -= matrix[place * unknowns + row] * solution[place]
      }
      solution[row] = sum / matrix[row * unknowns + row]
    }
    return true
  }
}
