internal import Glibc

/// Fits a straight line to a series, and tells how sure it is that there is one.
///
/// The results: the slope a year of 365.25 days, the value on the first step's day, p, and a measure of fit; then the
/// number of values. Three values at least.
///
/// - `leastSquares`: ordinary least squares; p of the two-sided t test that the slope is not 0; r².
/// - `theilSen`: the median of the slopes between all pairs of different days, the median value less slope · median day;
///   p of Mann and Kendall's two-sided test with the correction for ties and for continuity; Kendall's tau-a.
///
/// Sen 1968, Journal of the American Statistical Association 63:1379–1389; Kendall 1975, Rank correlation methods.
public final class TrendFit: SeriesWorker {
  public enum Method: String, CaseIterable, Hashable, Sendable {
    case leastSquares = "ols"
    case theilSen = "theil_sen"
  }

  private let method: Method
  /// In years since the first step.
  private let years: [Double]
  private var times: [Double] = []
  private var present: [Double] = []
  private var slopes: [Double] = []

  public let resultCount = 5

  /// - Parameters:
  ///   - days: of the time steps, ascending.
  ///   - method: how the line is fitted and tested.
  public init(days: [Double], method: Method) {
    self.method = method
    years = days.map { ($0 - (days.first ?? 0)) / 365.25 }
  }

  public func compute(_ values: UnsafeBufferPointer<Double>, into results: UnsafeMutableBufferPointer<Float>)
  {
    times.removeAll(keepingCapacity: true)
    present.removeAll(keepingCapacity: true)
    for (step, value) in values.enumerated() where !value.isNaN {
      times.append(years[step])
      present.append(value)
    }
    results.update(repeating: .nan)
    results[4] = Float(present.count)
    guard present.count >= 3, let found = method == .leastSquares ? leastSquares() : theilSen() else {
      return
    }
    (results[0], results[1]) = (Float(found.slope), Float(found.intercept))
    (results[2], results[3]) = (Float(found.p), Float(found.fit))
  }

  private typealias Line = (slope: Double, intercept: Double, p: Double, fit: Double)

  private func leastSquares() -> Line? {
    let count = Double(present.count)
    let (meanTime, mean) = (times.reduce(0, +) / count, present.reduce(0, +) / count)
    var (tt, ty, yy) = (0.0, 0.0, 0.0)
    for (time, value) in zip(times, present) {
      tt += (time - meanTime) * (time - meanTime)
      ty += (time - meanTime) * (value - mean)
      yy += (value - mean) * (value - mean)
    }
    guard tt > 0 else { return nil }
    let slope = ty / tt
    let intercept = mean - slope * meanTime
    guard yy > 0 else { return (slope, intercept, 1, .nan) }
    let r2 = min(ty * ty / (tt * yy), 1)
    let freedom = count - 2
    // For r² = 1 the test's statistic is infinite.
    let p = r2 < 1 ? Distribution.studentTail(squared: r2 * freedom / (1 - r2), freedom: freedom) : 0
    return (slope, intercept, p, r2)
  }

  private func theilSen() -> Line? {
    slopes.removeAll(keepingCapacity: true)
    var score = 0
    for later in present.indices {
      for earlier in 0..<later {
        let change = present[later] - present[earlier]
        score += (change > 0 ? 1 : 0) - (change < 0 ? 1 : 0)
        let time = times[later] - times[earlier]
        if time > 0 { slopes.append(change / time) }
      }
    }
    guard !slopes.isEmpty else { return nil }
    slopes.sort()
    let slope = middle(slopes)
    let ordered = present.sorted()
    let intercept = middle(ordered) - slope * middle(times.sorted())
    let count = Double(present.count)
    var variance = count * (count - 1) * (2 * count + 5)
    var run = 1.0
    for place in ordered.indices {
      if place + 1 < ordered.count, ordered[place + 1] == ordered[place] {
        run += 1
      } else {
        variance -= run * (run - 1) * (2 * run + 5)
        run = 1
      }
    }
    variance /= 18
    let shifted = Double(abs(score) - (score == 0 ? 0 : 1))
    let p = variance > 0 ? erfc(shifted / (2 * variance).squareRoot()) : 1
    return (slope, intercept, p, Double(score) / (0.5 * count * (count - 1)))
  }

  private func middle(_ sorted: [Double]) -> Double {
    (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }
}

/// Tails of distributions.
enum Distribution {
  /// The chance that a Student's t of so many degrees of freedom is farther from 0 than the root of a number.
  static func studentTail(squared: Double, freedom: Double) -> Double {
    incompleteBeta(freedom / (freedom + squared), freedom / 2, 0.5)
  }

  /// The regularised incomplete beta function, by Lentz's continued fraction.
  private static func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    guard x > 0 else { return 0 }
    guard x < 1 else { return 1 }
    let front = exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * log(x) + b * log1p(-x))
    return x < (a + 1) / (a + b + 2) ? front * fraction(x, a, b) / a : 1 - front * fraction(1 - x, b, a) / b
  }

  /// The logarithm of the gamma function for a number above 0, by Lanczos' series.
  private static func logGamma(_ x: Double) -> Double {
    let factors = [
      676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
      -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
    ]
    var sum = 0.99999999999980993
    for (place, factor) in factors.enumerated() { sum += factor / (x + Double(place)) }
    let t = x + 6.5
    return 0.5 * log(2 * Double.pi) + (x - 0.5) * log(t) - t + log(sum)
  }

  private static func fraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
    let tiny = 1e-300
    func whole(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
    var c = 1.0
    var d = 1 / whole(1 - (a + b) * x / (a + 1))
    var result = d
    for step in 1...500 {
      let m = Double(step)
      for factor in [
        m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
        -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
      ] {
        d = 1 / whole(1 + factor * d)
        c = whole(1 + factor / c)
        result *= d * c
      }
      if abs(d * c - 1) < 1e-15 { break }
    }
    return result
  }
}
