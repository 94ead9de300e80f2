import Testing

@testable import Pipeline

/// The chunks that a probe looks at.
@Suite struct RunProbeTests {
  @Test(arguments: [1, 2, 3, 8, 9, 40, 64, 1000, 10_000])
  func `a probe's chunks are spread over the grid, each once`(count: Int) {
    let chunks = RunProbe.chunks(of: count)
    #expect(chunks[0] == count / 2 && chunks.count == Set(chunks).count)
    #expect(chunks.allSatisfy { (0..<count).contains($0) })
    #expect(chunks.count >= min(count, 4))
    guard count >= 8 else { return }
    // None of eight bands of rows has more than two of them, and the first and the last third have some.
    #expect(Dictionary(grouping: chunks) { $0 * 8 / count }.values.allSatisfy { $0.count <= 2 }, "\(chunks)")
    #expect(chunks.contains { $0 < count / 3 } && chunks.contains { $0 >= count * 2 / 3 })
  }
}

/// What a probe makes of its findings.
@Suite struct RunProbeRangeTests {
  @Test func `a range holds what was found, and its ends are less than three times apart`() {
    for seconds in [0.5, 5, 500.0] {
      let range = RunProbe.range(cells: 0.2 * seconds, layers: 0.3 * seconds, files: 0.5 * seconds)
      #expect(range.contains(seconds * 0.62) && range.contains(seconds * 1.58))
      #expect(range.upperBound < 3.2 * range.lowerBound)
    }
  }

  @Test func `the time of a run is that of its sequences and of planning, or unknown`() throws {
    func result(_ seconds: ClosedRange<Double>) -> RunProbe.Result {
      RunProbe.Result(cells: 1, spent: 0, seconds: seconds, written: 0...1)
    }
    let whole = try #require(RunProbe.whole([result(1...2), result(10...20)], planning: 0.2))
    #expect(abs(whole.lowerBound - 11.14) < 1e-9 && abs(whole.upperBound - 22.3) < 1e-9)
    #expect(RunProbe.whole([result(1...2), nil], planning: 0.2) == nil)
    #expect(RunProbe.whole([], planning: 0.2) == nil)
  }
}
