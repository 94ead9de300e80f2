import Raster
import Testing

@Suite struct RunningMeanTests {
  private struct State {
    var sums: [Double]
    var counts: [UInt16]

    init(_ count: Int) {
      sums = [Double](repeating: 0, count: count)
      counts = [UInt16](repeating: 0, count: count)
    }

    mutating func add(_ values: [Float], step: Double) {
      var (newSums, newCounts) = (sums, counts)
      var sumSpan = newSums.mutableSpan
      var countSpan = newCounts.mutableSpan
      RunningMean.add(values.span, step: step, to: &sumSpan, counts: &countSpan)
      (sums, counts) = (newSums, newCounts)
    }

    mutating func merge(_ other: State) {
      (sums, counts) = (zip(sums, other.sums).map { $0 + $1 }, zip(counts, other.counts).map { $0 + $1 })
    }

    var means: [Float] {
      filled(sums.count, with: Float(0)) {
        RunningMean.means(sums: sums.span, counts: counts.span, into: &$0)
      }
    }
  }

  @Test(arguments: oddSizes)
  func `means skip what is missing`(count: Int) {
    let dates = (0..<20).map { floats(count, in: -1...1, seed: UInt64($0) + 30) }
    var state = State(count)
    for date in dates { state.add(date, step: RunningMean.step(for: -1...1)) }
    let numbers = filled(count, with: Int32(-1)) { RunningMean.counts(state.counts.span, into: &$0) }
    for pixel in 0..<count {
      let present = dates.map { $0[pixel] }.filter { !$0.isNaN }.map(Double.init)
      #expect(Int(numbers[pixel]) == present.count)
      guard !present.isEmpty else {
        #expect(state.means[pixel].isNaN)
        continue
      }
      let mean = present.reduce(0, +) / Double(present.count)
      #expect(abs(Double(state.means[pixel]) - mean) <= 1.2e-7 * abs(mean) + 1e-12)
    }
  }

  @Test(arguments: oddSizes)
  func `the first date gives what it adds to zeros`(count: Int) {
    let step = RunningMean.step(for: -1...1)
    var values = floats(count, in: -1...1, seed: 77)
    // Numbers that round to zero from both sides.
    for (index, value) in [Float(-0.0), -1e-20, 1e-20].enumerated() where index < count {
      values[index] = value
    }
    var added = State(count)
    added.add(values, step: step)
    var sums = [Double](repeating: .nan, count: count)
    var counts = [UInt16](repeating: 9, count: count)
    var sumSpan = sums.mutableSpan
    var countSpan = counts.mutableSpan
    RunningMean.begin(values.span, step: step, sums: &sumSpan, counts: &countSpan)
    #expect(sums.map(\.bitPattern) == added.sums.map(\.bitPattern))
    #expect(counts == added.counts)
  }

  @Test func `never seen is missing`() {
    var state = State(3)
    state.add([.nan, .nan, 0.5], step: 0x1p-40)
    #expect(same(state.means, [.nan, .nan, 0.5]))
    #expect(state.counts == [0, 0, 1])
  }

  @Test func `sums are the same in any order and any parts`() {
    let step = RunningMean.step(for: -1...1)
    // Values of very different size, where sums in floating point depend on the order.
    let dates = (0..<300).map { index in
      floats(101, in: -1...1, seed: UInt64(index) + 60).map { $0 * (index % 3 == 0 ? 1e-5 : 1) }
    }
    var forward = State(101)
    var backward = State(101)
    for date in dates { forward.add(date, step: step) }
    for date in dates.reversed() { backward.add(date, step: step) }
    var parts: [State] = []
    for start in stride(from: 0, to: 300, by: 37) {
      var part = State(101)
      for date in dates[start..<min(start + 37, 300)] { part.add(date, step: step) }
      parts.append(part)
    }
    var merged = State(101)
    for part in parts.reversed() { merged.merge(part) }
    #expect(forward.sums == backward.sums && forward.sums == merged.sums)
    #expect(forward.counts == backward.counts && forward.counts == merged.counts)
  }

  @Test func `stored numbers are summed exactly`() {
    let step = RunningMean.step(for: 0...65535)
    var state = State(2)
    for _ in 0..<1000 { state.add([65535, 12345], step: step) }
    #expect(state.sums == [65_535_000, 12_345_000])
    #expect(state.means == [65535, 12345])
  }

  @Test func `the step is a power of two far under the range`() {
    #expect(RunningMean.step(for: -1...1) == 0x1p-40)
    #expect(RunningMean.step(for: -0.2...1.6) == 0x1p-39)
    #expect(RunningMean.step(for: 0...65535) == 0x1p-24)
    #expect(RunningMean.step(for: -2...0.5) == 0x1p-39)
  }
}
