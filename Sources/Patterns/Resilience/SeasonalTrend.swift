/// A series taken apart into a trend, a season that may change slowly, and a rest (STL).
///
/// Robust: points far off count less. As statsmodels' `STL(…, robust=True)` with its other defaults.
///
/// Cleveland, R. B., Cleveland, W. S., McRae, J. E., Terpenning, I. (1990): STL: a seasonal-trend decomposition procedure
/// based on loess. Journal of Official Statistics 6, 3–73.
public struct SeasonalTrend: Sendable {
  public private(set) var trend: [Double]
  public private(set) var season: [Double]
  public private(set) var rest: [Double]

  private let values: [Double]
  private let period: Int
  private let seasonalWindow: Int
  private let trendWindow: Int
  private let lowPassWindow: Int

  /// - Parameters:
  ///   - values: evenly spaced, none missing; two periods at least.
  ///   - period: values a season: 12 for months. 2 or more.
  ///   - seasonalWindow: seasons that are smoothed together; odd, 3 or more.
  ///   - robust: whether points far off count less.
  /// - Returns: nil for fewer than two periods.
  public init?(_ values: [Double], period: Int = 12, seasonalWindow: Int = 7, robust: Bool = true) {
    precondition(period >= 2 && seasonalWindow >= 3 && seasonalWindow % 2 == 1)
    guard values.count >= 2 * period else { return nil }
    self.values = values
    self.period = period
    self.seasonalWindow = seasonalWindow
    trendWindow = Self.odd((1.5 * Double(period) / (1 - 1.5 / Double(seasonalWindow))).rounded(.up))
    lowPassWindow = Self.odd(Double(period) + 1)
    trend = [Double](repeating: 0, count: values.count)
    season = trend
    rest = trend
    var robustness: [Double]?
    let (inner, outer) = robust ? (2, 15) : (5, 0)
    for round in 0...outer {
      for _ in 0..<inner { update(robustness) }
      if round < outer { robustness = weights() }
    }
    rest = values.indices.map { values[$0] - trend[$0] - season[$0] }
  }

  private static func odd(_ value: Double) -> Int {
    let value = Int(value)
    return value % 2 == 0 ? value + 1 : value
  }

  /// The inner loop: season of what is left without the trend, then trend of what is left without the season.
  private mutating func update(_ robustness: [Double]?) {
    let count = values.count
    var cycle = [Double](repeating: 0, count: count + 2 * period)
    for phase in 0..<period {
      let places = stride(from: phase, to: count, by: period)
      let values = places.map { self.values[$0] - trend[$0] }
      let loess = Loess(
        values, window: seasonalWindow, robustness: robustness.map { all in places.map { all[$0] } })
      let window = min(seasonalWindow, values.count)
      let smooth = loess.smooth()
      // One season more at either end.
      let first = loess.value(at: 0, over: 0..<window) ?? smooth[0]
      let last =
        loess.value(at: Double(values.count + 1), over: (values.count - window)..<values.count)
        ?? smooth[values.count - 1]
      for (place, value) in ([first] + smooth + [last]).enumerated() { cycle[phase + place * period] = value }
    }
    let averages = Self.average(Self.average(Self.average(cycle, period), period), 3)
    let low = Loess(averages, window: lowPassWindow, robustness: nil).smooth()
    season = (0..<count).map { cycle[period + $0] - low[$0] }
    trend = Loess((0..<count).map { values[$0] - season[$0] }, window: trendWindow, robustness: robustness)
      .smooth()
  }

  /// Less weight for points farther off: none from six times the median on.
  private func weights() -> [Double] {
    let distances = values.indices.map { abs(values[$0] - trend[$0] - season[$0]) }
    let limit = 6 * Statistics.median(distances)
    return distances.map { distance in
      if distance <= 0.001 * limit { return 1 }
      guard distance <= 0.999 * limit else { return 0 }
      let rest = 1 - (distance / limit) * (distance / limit)
      return rest * rest
    }
  }

  /// Moving averages over so many values; fewer by `length` − 1 than the values.
  private static func average(_ values: [Double], _ length: Int) -> [Double] {
    var sum = values[..<length].reduce(0, +)
    var averages = [sum / Double(length)]
    for place in length..<values.count {
      sum += values[place] - values[place - length]
      averages.append(sum / Double(length))
    }
    return averages
  }

  /// Local lines through evenly spaced values, which stand at 1, 2, 3 …
  private struct Loess {
    let values: [Double]
    /// How many neighbours count; may be more than there are values.
    let window: Int
    let robustness: [Double]?

    init(_ values: [Double], window: Int, robustness: [Double]?) {
      self.values = values
      self.window = window
      self.robustness = robustness
    }

    func smooth() -> [Double] {
      let count = values.count
      guard count >= 2 else { return values }
      let size = min(window, count)
      let half = (window + 1) / 2
      return values.indices.map { index in
        let start = window >= count ? 0 : min(max(index + 1 - half, 0), count - size)
        return value(at: Double(index + 1), over: start..<(start + size)) ?? values[index]
      }
    }

    /// The line's value at a position, fitted to a range of values; nil where none of them has a weight.
    func value(at position: Double, over range: Range<Int>) -> Double? {
      var radius = max(position - Double(range.lowerBound + 1), Double(range.upperBound) - position)
      if window > values.count { radius += Double((window - values.count) / 2) }
      var weights = range.map { place -> Double in
        let distance = abs(Double(place + 1) - position)
        guard distance <= 0.999 * radius else { return 0 }
        return (distance <= 0.001 * radius ? 1 : tricube(distance / radius)) * (robustness?[place] ?? 1)
      }
      let sum = weights.reduce(0, +)
      guard sum > 0 else { return nil }
      for index in weights.indices { weights[index] /= sum }
      if radius > 0 {
        let mean = zip(weights, range).reduce(0) { $0 + $1.0 * Double($1.1 + 1) }
        let spread = zip(weights, range).reduce(0) {
          $0 + $1.0 * (Double($1.1 + 1) - mean) * (Double($1.1 + 1) - mean)
        }
        if spread.squareRoot() > 0.001 * Double(values.count - 1) {
          let slope = (position - mean) / spread
          for (index, place) in range.enumerated() {
            weights[index] *= slope * (Double(place + 1) - mean) + 1
          }
        }
      }
      return zip(weights, range).reduce(0) { $0 + $1.0 * values[$1.1] }
    }
  }
}
