import Engine
import Geo
import Testing

@testable import Modules

/// Shares of pixels and weighted statistics; the numbers are exactextract's 0.3.0.
@Suite struct SampleTests {
  private func point(_ x: Double, _ y: Double) -> VectorFeatures.Point { VectorFeatures.Point(x: x, y: y) }
  private let window = PixelWindow(column: 0, row: 0, width: 4, height: 3)

  @Test func `a polygon covers the shares of pixels that its area says`() {
    // A square of 2 × 1.5 pixels that begins half a pixel in; a triangle; a hole.
    let square = [point(0.5, 0.5), point(2.5, 0.5), point(2.5, 2), point(0.5, 2), point(0.5, 0.5)]
    #expect(
      PolygonCoverage.shares(of: [square], in: window)
        == [0.25, 0.5, 0.25, 0, 0.5, 1, 0.5, 0, 0, 0, 0, 0])
    // Backwards and from another start it is the same polygon.
    #expect(
      PolygonCoverage.shares(of: [square.reversed()], in: window)
        == PolygonCoverage.shares(of: [square], in: window))
    let triangle = [point(0, 0), point(4, 0), point(0, 2), point(0, 0)]
    let shares = PolygonCoverage.shares(of: [triangle], in: window)
    let expected = [1, 1, 0.75, 0.25, 0.75, 0.25, 0, 0, 0, 0, 0, 0]
    #expect(zip(shares, expected).allSatisfy { abs($0 - $1) < 1e-12 })
    let hole = [point(1, 0), point(1, 1), point(2, 1), point(2, 0), point(1, 0)]
    let withHole = PolygonCoverage.shares(of: [triangle, hole], in: window)
    #expect(
      zip(withHole, expected).enumerated().allSatisfy { $0 == 1 ? $1.0 < 1e-12 : abs($1.0 - $1.1) < 1e-12 })
  }

  @Test func `what lies beyond the window counts as much as it covers within`() {
    let wide = [point(-10, -10), point(3.25, -10), point(3.25, 20), point(-10, 20), point(-10, -10)]
    #expect(
      PolygonCoverage.shares(of: [wide], in: window)
        == [Double](repeating: 0, count: 3).flatMap { _ in [1, 1, 1, 0.25] })
    // A window elsewhere in the grid sees its own pixels.
    let far = PixelWindow(column: 2, row: 1, width: 2, height: 1)
    #expect(PolygonCoverage.shares(of: [wide], in: far) == [1, 0.25])
  }

  @Test func `the areas of many polygons add up, whatever their shape`() {
    var generator = Lottery(state: 7)
    let large = PixelWindow(column: -40, row: -40, width: 80, height: 80)
    for _ in 0..<200 {
      let corners = (0..<Int.random(in: 3...30, using: &generator)).map { _ in
        Double.random(in: 1...39, using: &generator)
      }
      var ring = corners.enumerated().map { index, radius in
        let angle = 2 * Double.pi * Double(index) / Double(corners.count)
        return point(radius * cosine(angle), radius * cosine(angle - .pi / 2))
      }
      ring.append(ring[0])
      let area = zip(ring, ring.dropFirst()).reduce(0) { $0 + ($1.0.x * $1.1.y - $1.1.x * $1.0.y) } / 2
      let sum = PolygonCoverage.shares(of: [ring], in: large).reduce(0, +)
      #expect(abs(sum - abs(area)) < 1e-8)
    }
  }

  /// The same numbers in every run.
  private struct Lottery: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ (state >> 29)
    }
  }

  /// Cosine by its series, which needs no library of mathematics.
  private func cosine(_ angle: Double) -> Double {
    var (term, sum) = (1.0, 1.0)
    for step in 1...30 {
      term *= -angle * angle / Double((2 * step - 1) * (2 * step))
      sum += term
    }
    return sum
  }

  @Test func `weighted statistics are exactextract's`() {
    var statistics = WeightedStatistics()
    for (value, weight) in [(3.0, 0.5), (1.0, 1.0), (7.0, 0.25), (3.0, 1.0), (2.0, 0.125)] {
      statistics.add(value, weight: weight)
    }
    #expect(statistics.count == 2.875)
    #expect(abs(statistics.mean - 2.6086956521739131) < 1e-14)
    #expect(abs(statistics.variance - 2.67296786389414) < 1e-12)
    // Four different values: 3 has the weight 1.5.
    #expect(statistics.quantile(0) == 1)
    #expect(statistics.quantile(1) == 7)
    for (rank, value) in [
      (0.1, 1.276), (0.25, 1.69), (0.5, 2.3653846153846154), (0.75, 3.1666666666666665),
      (0.9, 5.466666666666667),
    ] {
      #expect(abs(statistics.quantile(rank) - value) < 1e-12)
    }
    #expect(statistics.fraction(of: 3) == 1.5 / 2.875)
    var empty = WeightedStatistics()
    #expect(empty.count == 0 && empty.mean.isNaN && empty.quantile(0.5).isNaN && empty.minimum.isNaN)
  }

  @Test(arguments: [1, 15, 16, 100]) func `runs of one share give what their values give one by one`(
    _ count: Int
  ) {
    let values = (0..<count).map { $0 % 5 == 3 ? Float.nan : Float($0 * 37 % 101) - 50 }
    var (one, run) = (WeightedStatistics(), WeightedStatistics(keepsValues: false))
    for value in values where !value.isNaN { one.add(Double(value), weight: 0.5) }
    values.withUnsafeBufferPointer { run.add($0, weight: 0.5) }
    #expect(run.count == one.count && run.sum == one.sum && run.mean == one.mean)
    #expect(run.minimum == one.minimum && run.maximum == one.maximum)
    var missing = WeightedStatistics(keepsValues: false)
    Array(repeating: Float.nan, count: count).withUnsafeBufferPointer { missing.add($0, weight: 1) }
    #expect(missing.count == 0 && missing.sum.isNaN && missing.minimum.isNaN && missing.maximum.isNaN)
  }

  @Test func `runs of a coverage are its shares`() {
    let window = PixelWindow(column: 2, row: 1, width: 9, height: 7)
    let ring = [(2.5, 1.0), (11.0, 1.25), (10.0, 7.5), (4.0, 8.0), (2.5, 1.0)].map {
      VectorFeatures.Point(x: $0.0, y: $0.1)
    }
    let feature = TableFeature(id: "a", x: 0, y: 0)
    let area = TableArea(window: window, features: [feature], rings: [ring])
    var shares = [Double](repeating: 0, count: window.count)
    let runs = CoverageRuns(of: area).runs
    for run in runs {
      for place in run.start..<(run.start + run.count) { shares[Int(place)] = run.share }
      #expect(Int(run.start) / 9 == Int(run.start + run.count - 1) / 9)
    }
    #expect(shares == PolygonCoverage.shares(of: [ring], in: window))
    #expect(runs.count < window.count)
    let all = CoverageRuns(of: TableArea(window: window, features: [feature])).runs
    #expect(all.map { Int($0.count) } == Array(repeating: 9, count: 7) && all.allSatisfy { $0.share == 1 })
  }
}
