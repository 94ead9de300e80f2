/// Robust locally weighted regression.
///
/// At each point a straight line is fitted to its nearest neighbours, weighed by the tricube of their distance; then
/// again, so many times, with less weight for points far off the line. As in statsmodels' `lowess`.
///
/// Cleveland, W. S. (1979): Robust locally weighted regression and smoothing scatterplots. Journal of the American
/// Statistical Association 74, 829–836.
public struct Lowess: Sendable {
  /// The share of all points that are neighbours, above 0 and up to 1.
  public let fraction: Double
  /// How many times points far off get less weight.
  public let iterations: Int

  public init(fraction: Double, iterations: Int = 3) {
    precondition(fraction > 0 && fraction <= 1 && iterations >= 0)
    self.fraction = fraction
    self.iterations = iterations
  }

  /// The smooth curve at each x.
  ///
  /// - Parameters:
  ///   - x: ascending, such as days.
  ///   - y: as many; none is missing.
  /// - Returns: y itself where there are fewer than 2 neighbours.
  public func smooth(x: [Double], y: [Double]) -> [Double] {
    precondition(x.count == y.count)
    let neighbours = Int(fraction * Double(x.count) + 1e-10)
    guard neighbours >= 2 else { return y }
    var robustness = [Double](repeating: 1, count: x.count)
    var fit = y
    for iteration in 0...iterations {
      fit = pass(x, y, robustness, neighbours)
      if iteration < iterations { robustness = Self.bisquare(zip(y, fit).map { abs($0 - $1) }) }
    }
    return fit
  }

  private func pass(_ x: [Double], _ y: [Double], _ robustness: [Double], _ neighbours: Int) -> [Double] {
    var left = 0
    return x.indices.map { index in
      while left + neighbours < x.count, x[index] > (x[left] + x[left + neighbours]) / 2 { left += 1 }
      let range = left..<(left + neighbours)
      let radius = max(x[index] - x[left], x[left + neighbours - 1] - x[index])
      var weights = range.map { place in
        let distance = radius > 0 ? abs(x[place] - x[index]) / radius : 0
        return tricube(distance) * robustness[place]
      }
      let sum = weights.reduce(0, +)
      guard sum > 0, weights.count(where: { $0 > 0 }) > 1 else { return y[index] }
      for place in weights.indices { weights[place] /= sum }
      let mean = zip(weights, x[range]).reduce(0) { $0 + $1.0 * $1.1 }
      let spread = zip(weights, x[range]).reduce(0) { $0 + $1.0 * ($1.1 - mean) * ($1.1 - mean) }
      return zip(weights, range).reduce(0) { result, next in
        let (weight, place) = next
        let slope = spread > 1e-12 ? (x[index] - mean) * (x[place] - mean) / spread : 0
        return result + weight * (1 + slope) * y[place]
      }
    }
  }

  /// The weights of points by how far they are off: none from six times the median on.
  private static func bisquare(_ distances: [Double]) -> [Double] {
    let median = Statistics.median(distances)
    guard median > 0 else { return distances.map { $0 <= 0 ? 1 : 0 } }
    return distances.map { distance in
      let share = distance / (6 * median)
      return share >= 1 ? 0 : (1 - share * share) * (1 - share * share)
    }
  }
}

/// The weight of a neighbour at a share of the distance of the farthest.
func tricube(_ distance: Double) -> Double {
  let rest = 1 - distance * distance * distance
  return rest * rest * rest
}
