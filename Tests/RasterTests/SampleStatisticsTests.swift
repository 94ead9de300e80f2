import Raster
import TestSupport
import Testing

@Suite struct SampleStatisticsTests {
  private func statistics(
    _ values: [Float], range: ClosedRange<Double> = -1...1, areWhole: Bool = false
  ) -> SampleStatistics {
    var statistics = SampleStatistics(range: range)
    values.withUnsafeBufferPointer { statistics.add($0, areWhole: areWhole) }
    return statistics
  }

  /// numpy's default percentile ("linear").
  private func percentile(_ percent: Double, of sorted: [Double]) -> Double {
    let rank = percent / 100 * Double(sorted.count - 1)
    let below = Int(rank)
    guard below + 1 < sorted.count else { return sorted[sorted.count - 1] }
    return sorted[below] + (rank - Double(below)) * (sorted[below + 1] - sorted[below])
  }

  @Test(arguments: [2, 3, 4, 100, 2047, 2048, 2049, 10_000])
  func `count mean deviation and range are those of the values`(count: Int) throws {
    let values = floats(count, in: -0.9...0.8, seed: UInt64(count))
    let present = values.filter { !$0.isNaN }.map(Double.init)
    let found = statistics(values)
    #expect(found.count == present.count)
    try #require(!present.isEmpty)
    let mean = present.reduce(0, +) / Double(present.count)
    let variance = present.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(present.count)
    #expect(abs((found.mean ?? .nan) - mean) < 1e-10)
    #expect(abs((found.standardDeviation ?? .nan) - variance.squareRoot()) < 1e-5)
    #expect(found.minimum == present.min() && found.maximum == present.max())
  }

  @Test(arguments: [
    (0...45, 0.0...4096.0), (3...3, 0...4096), (0...4095, 0...64), (0...100_000, 0...4096),
    (-5...9, -10...10),
  ])
  func `whole numbers count like the same floats`(_ values: ClosedRange<Int32>, _ range: ClosedRange<Double>)
  {
    var random = SeededGenerator(seed: 7)
    let counts = (0..<5003).map { _ in Int32.random(in: values, using: &random) }
    var found = SampleStatistics(range: range)
    counts.withUnsafeBufferPointer { found.add(counts: $0) }
    counts[..<7].withUnsafeBufferPointer { found.add(counts: $0) }
    [Int32]().withUnsafeBufferPointer { found.add(counts: $0) }
    #expect(found == statistics((counts + counts[..<7]).map { Float($0) }, range: range, areWhole: true))
  }

  @Test func `percentiles of counts are whole numbers`() {
    var counts = SampleStatistics(range: 0...4096)
    let values: [Float] = [6, 7, 8, 8, 9, 9, 9, 10, 11]
    values.withUnsafeBufferPointer { counts.add($0, areWhole: true) }
    #expect([2, 25, 50, 75, 98].map { counts.percentile($0, isWhole: true) } == [6, 8, 9, 9, 10])
    var flags = SampleStatistics(range: 0...1)
    let mask: [Float] = [0, 0, 1, 1, 1]
    mask.withUnsafeBufferPointer { flags.add($0, areWhole: true) }
    #expect([2, 50, 98].map { flags.percentile($0, isWhole: true) } == [0, 1, 1])
  }

  @Test func `percentiles are right to a bin`() throws {
    let values = floats(5000, in: -0.9...0.8, seed: 77)
    let sorted = values.filter { !$0.isNaN }.map(Double.init).sorted()
    let found = statistics(values)
    for percent in [0.0, 2, 25, 50, 75, 98, 100] {
      let value = try #require(found.percentile(percent))
      #expect(abs(value - percentile(percent, of: sorted)) <= 2.0 / 4096, "\(percent) %")
    }
  }

  @Test func `values fall into the bin that begins at or below them`() {
    // Bins of width 1: 0.9 belongs to the first, 4 to the fifth, the upper end to the last.
    let found = statistics([0, 0.9, 2.5, 3.999, 4, 4096, 4095.5], range: 0...4096)
    #expect(found.parts.bins == [0, 2, 1, 1, 0, 1, 0, 1, 4090, 2])
  }

  @Test func `nothing counted has no statistics`() {
    for empty in [statistics([]), statistics([.nan, .nan])] {
      #expect(empty.count == 0)
      #expect(empty.mean == nil && empty.standardDeviation == nil && empty.percentile(50) == nil)
    }
  }

  @Test func `one value is its own percentiles`() {
    let one = statistics([0.25])
    #expect(one.percentile(2) == 0.25 && one.percentile(98) == 0.25)
    #expect(one.mean == 0.25 && one.standardDeviation == 0)
  }

  /// Values about zero; partly outside the range, the rest of which is taken; all outside; in few bins of the range.
  private func sample(_ kind: Int) -> [Float] {
    var values = floats(20_011, in: -0.9...0.8, seed: 8)
    switch kind {
    case 0:
      // Some values outside the range, a few of them far outside, and both zeros.
      values[17] = 1.5
      values[4000] = -3
      values[9000] = 3e9
      values[9001] = -2e20
      values[9002] = -0.0
      values[9003] = 0
    case 1: values = values.map { $0 * 3 }
    case 2: values = values.map { 250 + 40 * $0 }
    case 3: values = values.map { $0 * 0.001 }
    default: values = values.map { 0.5 - 10 / $0 }
    }
    return values
  }

  @Test(arguments: 0..<5) func `any split in any order gives the same statistics`(kind: Int) {
    let values = sample(kind)
    let whole = statistics(values)
    var generator = SeededGenerator(seed: 9)
    for most in [3000, 3000, 3000, 40, 7] {
      var parts: [SampleStatistics] = []
      var start = 0
      while start < values.count {
        let end = min(values.count, start + Int.random(in: 1...most, using: &generator))
        parts.append(statistics(Array(values[start..<end])))
        start = end
      }
      parts.shuffle(using: &generator)
      var merged = SampleStatistics(range: -1...1)
      for part in parts { merged.merge(part) }
      #expect(merged == whole)
      #expect(merged.parts == whole.parts)
    }
    #expect(statistics(values.shuffled(using: &generator)) == whole)
  }

  @Test(arguments: 1..<4) func `percentiles are those of the values also outside the range`(kind: Int) throws
  {
    let values = sample(kind)
    let sorted = values.filter { !$0.isNaN }.map(Double.init).sorted()
    let spread = sorted[sorted.count - 1] - sorted[0]
    let found = statistics(values)
    for percent in [0.0, 2, 25, 50, 75, 98, 100] {
      let value = try #require(found.percentile(percent))
      #expect(abs(value - percentile(percent, of: sorted)) <= spread / 500, "\(percent) %")
    }
  }

  @Test func `numbers far apart are told apart outside the range`() {
    let found = statistics([-1e30, -400, -400, 0.5, 3, 7, 7, 1e10, .infinity])
    let percents = [0, 12.5, 25, 37.5, 50, 62.5, 75, 87.5, 100]
    #expect(
      percents.map { found.percentile($0) }
        == [Double(Float(-1e30)), -400, -400, 0.5, 3, 7, 7, Double(Float(1e10)), .infinity])
    // As numpy has it: 40 % of the way from 3 to 7.
    #expect(abs((found.percentile(55) ?? 0) - 4.6) < 1e-12)
    let counts = statistics([3, 300, 300, 70_000], range: 0...254, areWhole: true)
    #expect([3, 300, 70_000, 255].map { counts.count(of: $0) } == [1, 2, 1, 0])
  }

  @Test func `zeros of both signs are one zero`() {
    #expect(statistics([-0.0]).parts.minimum.sign == .plus)
    #expect(statistics([-0.0, 0]).parts == statistics([0, -0.0]).parts)
  }

  @Test func `values far outside the range still add up`() {
    let found = statistics([3e9, 1, -1e9, 0])
    #expect(found.mean == (3e9 + 1 - 1e9) / 4)
    let deviations: [Double] = [3e9, 1, -1e9, 0].map { $0 - 500_000_000.25 }
    let variance = deviations.map { $0 * $0 }.reduce(0, +) / 4
    #expect(abs((found.standardDeviation ?? .nan) / variance.squareRoot() - 1) < 1e-9)
  }

  @Test func `stored numbers of sixteen bits are counted exactly`() {
    let found = statistics((0...65535).map { Float($0) }, range: 0...65535)
    #expect(found.count == 65536 && found.mean == 32767.5)
    #expect(abs((found.standardDeviation ?? .nan) - 18918.61361860324) < 1e-6)
    #expect(abs((found.percentile(50) ?? .nan) - 32767.5) < 17)
  }

  @Test func `parts are read back as they were`() throws {
    for kind in 0..<5 {
      let found = statistics(sample(kind))
      let read = try #require(SampleStatistics(range: -1...1, parts: found.parts))
      #expect(read == found)
    }
    let empty = statistics([])
    #expect(SampleStatistics(range: -1...1, parts: empty.parts) == empty)
  }

  @Test func `damaged parts are refused`() {
    let parts = statistics([0.5, 0.25]).parts
    var damaged = parts
    damaged.sum = "12x"
    #expect(SampleStatistics(range: -1...1, parts: damaged) == nil)
    damaged = parts
    damaged.bins = [4096, 1]
    #expect(SampleStatistics(range: -1...1, parts: damaged) == nil)
    damaged = parts
    damaged.bins = [1, 2, 3]
    #expect(SampleStatistics(range: -1...1, parts: damaged) == nil)
    damaged = parts
    damaged.bins = [-1, 2]
    #expect(SampleStatistics(range: -1...1, parts: damaged) == nil)
    damaged = parts
    damaged.count = -1
    #expect(SampleStatistics(range: -1...1, parts: damaged) == nil)
    damaged = parts
    damaged.inside = [0, 1_048_576_000, 1]
    #expect(SampleStatistics(range: -1...1, parts: damaged) == nil)
  }

  @Test func `parts that have values outside the range in its own bins are refused`() {
    var parts = statistics([0.5, 3]).parts
    #expect(SampleStatistics(range: -1...1, parts: parts) != nil)
    (parts.bins, parts.outside) = ([3072, 1, 1022, 1], [])
    #expect(SampleStatistics(range: -1...1, parts: parts) == nil)
    // Without those that lie outside they are taken as they once were written.
    parts = statistics([0.5, 0.25]).parts
    parts.inside = nil
    #expect(SampleStatistics(range: -1...1, parts: parts)?.count == 2)
    for outside in [[0], [32, 1, 1], [0, 1, 0], [0, 5, 1, 0, 1], [0, Int.max, 1, 1, 1]] {
      parts.outside = outside
      #expect(SampleStatistics(range: -1...1, parts: parts) == nil)
    }
  }
}
