import Raster
import TestSupport
import Testing

/// Statistics over dates against plain references and numbers computed beforehand with numpy.
@Suite struct TemporalStatisticsTests {
  /// Six dates of five pixels: whole, with gaps, with one value only, with equal values.
  private static let dates: [[Float]] = [
    [3, 1.5, .nan, -2, 7], [1, .nan, .nan, -2, 5.5], [4, 2.25, .nan, 8, 0.125], [1, .nan, .nan, 0, 9],
    [5, -4, 2, 1, 6], [9, 3, .nan, .nan, -1],
  ]

  private func present(_ dates: [[Float]], _ pixel: Int) -> [Float] {
    dates.map { $0[pixel] }.filter { !$0.isNaN }
  }

  private func randomDates(_ dates: Int, pixels: Int, seed: UInt64) -> [[Float]] {
    (0..<dates).map { floats(pixels, in: -1...1, seed: seed + UInt64($0)) }
  }

  // MARK: One date after the other

  @Test(arguments: oddSizes)
  func `Smallest, largest, first, last and count skip what is missing`(pixels: Int) {
    let dates = randomDates(9, pixels: pixels, seed: 500)
    func run(_ kernel: (Span<Float>, inout MutableSpan<Float>) -> Void) -> [Float] {
      filled(pixels, with: Float.nan) { for date in dates { kernel(date.span, &$0) } }
    }
    let counts = filled(pixels, with: UInt16(0)) {
      for date in dates { RunningStatistics.count(date.span, into: &$0) }
    }
    let values = (0..<pixels).map { present(dates, $0) }
    #expect(same(run { RunningStatistics.add($0, .least, to: &$1) }, values.map { $0.min() ?? .nan }))
    #expect(same(run { RunningStatistics.add($0, .greatest, to: &$1) }, values.map { $0.max() ?? .nan }))
    #expect(same(run { RunningStatistics.add($0, .first, to: &$1) }, values.map { $0.first ?? .nan }))
    #expect(same(run { RunningStatistics.add($0, .last, to: &$1) }, values.map { $0.last ?? .nan }))
    for choice in [RunningStatistics.Choice.least, .greatest, .first, .last] {
      var chosen = [Float](repeating: .nan, count: pixels)
      var steps = [UInt16](repeating: 99, count: pixels)
      for (step, date) in dates.enumerated() {
        var chosenSpan = chosen.mutableSpan
        var stepSpan = steps.mutableSpan
        RunningStatistics.add(date.span, step: UInt16(step), choice, to: &chosenSpan, steps: &stepSpan)
      }
      #expect(same(chosen, run { RunningStatistics.add($0, choice, to: &$1) }))
      for pixel in 0..<pixels where !chosen[pixel].isNaN {
        #expect(dates[Int(steps[pixel])][pixel] == chosen[pixel], "\(choice)")
      }
    }
    #expect(counts.map(Int.init) == values.map(\.count))
  }

  @Test func `of equal values the earliest is chosen, and of too few none`() {
    let dates: [[Float]] = [[.nan, 2, 5], [3, 2, 5], [3, 1, .nan], [3, 2, 5]]
    func steps(_ choice: RunningStatistics.Choice) -> [UInt16] {
      var chosen = [Float](repeating: .nan, count: 3)
      return filled(3, with: UInt16(9)) { steps in
        for (step, date) in dates.enumerated() {
          var span = chosen.mutableSpan
          RunningStatistics.add(date.span, step: UInt16(step), choice, to: &span, steps: &steps)
        }
      }
    }
    #expect(steps(.least) == [1, 2, 0] && steps(.greatest) == [1, 0, 0])
    #expect(steps(.first) == [1, 0, 0] && steps(.last) == [3, 3, 3])
    let counts: [UInt16] = [0, 2, 2, 3]
    var values: [Float] = [1, 2, 3, 4]
    var span = values.mutableSpan
    RunningStatistics.require(3, counts: counts.span, in: &span)
    #expect(same(values, [.nan, .nan, .nan, 4]))
  }

  // MARK: Variance

  private struct Variance {
    var counts: [UInt16]
    var means: [Double]
    var squares: [Double]

    init(_ dates: [[Float]], _ pixels: Int) {
      var counts = [UInt16](repeating: 0, count: pixels)
      var means = [Double](repeating: 0, count: pixels)
      var squares = means
      for date in dates {
        var countSpan = counts.mutableSpan
        var meanSpan = means.mutableSpan
        var squareSpan = squares.mutableSpan
        RunningVariance.add(date.span, counts: &countSpan, means: &meanSpan, squares: &squareSpan)
      }
      (self.counts, self.means, self.squares) = (counts, means, squares)
    }

    func variances(ddof: UInt16) -> [Float] {
      filled(counts.count, with: 9) {
        RunningVariance.variances(squares: squares.span, counts: counts.span, ddof: ddof, into: &$0)
      }
    }

    func deviations(ddof: UInt16) -> [Float] {
      filled(counts.count, with: 9) {
        RunningVariance.standardDeviations(squares: squares.span, counts: counts.span, ddof: ddof, into: &$0)
      }
    }
  }

  private func near(_ found: [Float], _ expected: [Float]) -> Bool {
    zip(found, expected).allSatisfy {
      $1.isNaN ? $0.isNaN : abs($0 - $1) <= abs($1) * 1.2e-7
    }
  }

  @Test func `Variances and standard deviations are numpy's`() {
    let state = Variance(Self.dates, 5)
    #expect(
      near(
        state.variances(ddof: 0),
        [7.472222328186035, 7.60546875, 0.0, 13.600000381469727, 13.186198234558105]))
    #expect(
      near(
        state.deviations(ddof: 0),
        [2.7335364818573, 2.7578015327453613, 0.0, 3.6878178119659424, 3.6312804222106934]))
    #expect(near(state.variances(ddof: 1), [8.966666221618652, 10.140625, .nan, 17.0, 15.823437690734863]))
    #expect(
      near(
        state.deviations(ddof: 1),
        [2.9944393634796143, 3.1844348907470703, .nan, 4.123105525970459, 3.9778685569763184]))
    #expect(state.counts == [6, 4, 1, 5, 6])
  }

  @Test func `Small differences of large values are not lost, and one value has no spread`() {
    let state = Variance([[1_000_000, 5, .nan], [1_000_001, .nan, .nan], [1_000_002, .nan, .nan]], 3)
    #expect(near(state.variances(ddof: 0), [2.0 / 3, 0, .nan]))
    #expect(same(state.variances(ddof: 1), [1, .nan, .nan]))
    #expect(
      same(
        filled(3, with: 9) { RunningVariance.means(state.means.span, counts: state.counts.span, into: &$0) },
        [1_000_001, 5, .nan]))
  }

  // MARK: Percentiles and modes

  private func percentiles(_ dates: [[Float]], _ wanted: [Double], pixels: Int) -> ([[Float]], [UInt16]) {
    let stack = Array(dates.joined())
    var counts = [UInt16](repeating: 9, count: pixels)
    let result = filled(wanted.count * pixels, with: Float(-9)) {
      var countSpan = counts.mutableSpan
      OrderStatistics.compute(
        of: stack.span, count: dates.count, wanted.map { .percentile($0) }, into: &$0, counts: &countSpan)
    }
    return (wanted.indices.map { Array(result[($0 * pixels)..<(($0 + 1) * pixels)]) }, counts)
  }

  @Test func `Percentiles are numpy's, alone and together`() {
    let expected: [(Double, [Float])] = [
      (0, [1.0, -4.0, 2.0, -2.0, -1.0]),
      (2, [1.0, -3.6700000762939453, 2.0, -2.0, -0.887499988079071]),
      (10, [1.0, -2.3499999046325684, 2.0, -2.0, -0.4375]),
      (25, [1.5, 0.125, 2.0, -2.0, 1.46875]),
      (50, [3.5, 1.875, 2.0, 0.0, 5.75]),
      (90, [7.0, 2.7750000953674316, 2.0, 5.199999809265137, 8.0]),
      (98, [8.600000381469727, 2.9549999237060547, 2.0, 7.440000057220459, 8.800000190734863]),
      (100, [9.0, 3.0, 2.0, 8.0, 9.0]),
    ]
    let together = percentiles(Self.dates, expected.map(\.0), pixels: 5)
    for (index, (percentile, values)) in expected.enumerated() {
      #expect(near(together.0[index], values), "\(percentile): \(together.0[index])")
      let alone = percentiles(Self.dates, [percentile], pixels: 5)
      #expect(same(alone.0[0], together.0[index]))
      #expect(alone.1 == [6, 4, 1, 5, 6] && together.1 == alone.1)
    }
  }

  @Test(arguments: [1, 2, 3, 5, 8, 12, 17, 45, 130])
  func `Percentiles are those of values in order`(count: Int) {
    let dates = randomDates(count, pixels: 611, seed: 700)
    for wanted in [[50], [10, 90], [0, 37.5, 100], [99.9]] as [[Double]] {
      let found = percentiles(dates, wanted, pixels: 611)
      for pixel in 0..<611 {
        let sorted = present(dates, pixel).sorted().map(Double.init)
        #expect(Int(found.1[pixel]) == sorted.count)
        for (index, percentile) in wanted.enumerated() {
          guard !sorted.isEmpty else {
            #expect(found.0[index][pixel].isNaN)
            continue
          }
          let place = percentile / 100 * Double(sorted.count - 1)
          let (low, high) = (sorted[Int(place)], sorted[min(Int(place) + 1, sorted.count - 1)])
          let value = low + (high - low) * (place - place.rounded(.down))
          #expect(abs(Double(found.0[index][pixel]) - value) < 1e-7)
        }
      }
    }
  }

  @Test func `The percentile 50 is the median, and infinities are values`() {
    let dates = randomDates(12, pixels: 300, seed: 40)
    let stack = Array(dates.joined())
    var counts = [UInt16](repeating: 0, count: 300)
    let medians = filled(300, with: Float(0)) {
      var countSpan = counts.mutableSpan
      Median.medians(of: stack.span, count: 12, into: &$0, counts: &countSpan)
    }
    #expect(same(percentiles(dates, [50], pixels: 300).0[0], medians))
    let infinite = percentiles(
      [[.infinity, -.infinity], [.infinity, 1], [.nan, -.infinity]], [25, 100], pixels: 2)
    #expect(same(infinite.0[0], [.infinity, -.infinity]) && same(infinite.0[1], [.infinity, 1]))
  }

  @Test func `The mode is the most frequent value, the smallest of equals`() {
    func modes(_ dates: [[Float]], _ pixels: Int) -> ([Float], [UInt16]) {
      let stack = Array(dates.joined())
      var counts = [UInt16](repeating: 9, count: pixels)
      let modes = filled(pixels, with: Float(-9)) {
        var countSpan = counts.mutableSpan
        OrderStatistics.compute(of: stack.span, count: dates.count, [.mode], into: &$0, counts: &countSpan)
      }
      return (modes, counts)
    }
    let found = modes(Self.dates, 5)
    #expect(same(found.0, [1, -4, 2, -2, -1]) && found.1 == [6, 4, 1, 5, 6])
    #expect(same(modes([], 2).0, [.nan, .nan]))
    #expect(same(modes([[0, .nan]], 2).0, [0, .nan]))
    // Against counting one by one.
    var generator = SeededGenerator(seed: 3)
    for count in [2, 5, 16, 33] {
      let dates = (0..<count).map { _ in
        (0..<400).map { _ in
          let value = Int.random(in: -1...5, using: &generator)
          return value < 0 ? Float.nan : Float(value)
        }
      }
      let found = modes(dates, 400)
      for pixel in 0..<400 {
        let values = present(dates, pixel)
        let tally = Dictionary(grouping: values) { $0 }.mapValues(\.count)
        let most = tally.values.max()
        #expect(same(found.0[pixel], tally.filter { $0.value == most }.keys.min() ?? .nan))
        #expect(Int(found.1[pixel]) == values.count)
      }
    }
  }

  @Test(arguments: [1, 2, 3, 4, 7, 12, 31])
  func `Ranges between quartiles and median deviations are those of values in order`(count: Int) {
    let dates = randomDates(count, pixels: 500, seed: 900)
    let stack = Array(dates.joined())
    var counts = [UInt16](repeating: 0, count: 500)
    let found = filled(3 * 500, with: Float(-9)) {
      var countSpan = counts.mutableSpan
      OrderStatistics.compute(
        of: stack.span, count: count, [.interquartileRange, .medianDeviation, .percentile(50)], into: &$0,
        counts: &countSpan)
    }
    func quantile(_ sorted: [Double], _ share: Double) -> Double {
      let place = share * Double(sorted.count - 1)
      let (low, high) = (sorted[Int(place)], sorted[min(Int(place) + 1, sorted.count - 1)])
      return low + (high - low) * (place - place.rounded(.down))
    }
    for pixel in 0..<500 {
      let sorted = present(dates, pixel).sorted().map(Double.init)
      guard !sorted.isEmpty else {
        #expect(found[pixel].isNaN && found[500 + pixel].isNaN && found[1000 + pixel].isNaN)
        continue
      }
      let median = quantile(sorted, 0.5)
      let deviation = quantile(sorted.map { abs($0 - median) }.sorted(), 0.5)
      #expect(abs(Double(found[pixel]) - quantile(sorted, 0.75) + quantile(sorted, 0.25)) < 2e-7)
      #expect(abs(Double(found[500 + pixel]) - deviation) < 2e-7)
      #expect(abs(Double(found[1000 + pixel]) - median) < 1e-7)
    }
  }

  @Test func `A network brings the asked places of any numbers in order`() {
    for (count, places) in [(9, 0...3), (9, 4...8), (16, 7...7), (11, 0...10), (1, 0...0)] {
      let network = SelectionNetwork(count: count, places: places)
      for bits in 0..<(1 << count) {
        var numbers = (0..<count).map { bits >> $0 & 1 }
        let sorted = numbers.sorted()
        for comparison in network.comparisons {
          let (a, b) = (numbers[comparison.low], numbers[comparison.high])
          numbers[comparison.low] = comparison.isLowUsed ? min(a, b) : Int.min
          numbers[comparison.high] = comparison.isHighUsed ? max(a, b) : Int.max
        }
        guard Array(numbers[places]) != Array(sorted[places]) else { continue }
        Issue.record("\(bits) of \(count), places \(places)")
      }
    }
    #expect(
      SelectionNetwork(count: 16, places: 0...1).comparisons.count
        < SelectionNetwork(count: 16, places: 0...15).comparisons.count)
  }
}
