import Raster
import Testing

/// Numbers of whole layers against scikit-image 0.26 (`threshold_otsu`) and numpy (`percentile`), in float64.
@Suite struct LayerThresholdTests {
  /// Numbers that Python makes the same.
  private func series(_ count: Int, seed: Int) -> [Float] {
    var state = seed
    return (0..<count).map { place in
      state = (state * 1_103_515_245 + 12345) % (1 << 31)
      let share = Double(state) / Double(1 << 31)
      return Float((place % 3 == 0 ? 0.7 : 0.2) + 0.15 * share * share)
    }
  }

  private func otsu(_ parts: [[Float]]) -> Double {
    var extent = ValueExtent()
    for part in parts { part.withUnsafeBufferPointer { extent.add($0) } }
    guard var threshold = OtsuThreshold(extent) else { return extent.lowest }
    for part in parts { part.withUnsafeBufferPointer { threshold.add($0) } }
    return threshold.value
  }

  private func percentile(_ percent: Double, _ parts: [[Float]]) -> Double {
    var search = PercentileSearch(percent)
    while !search.isFinished {
      for part in parts { part.withUnsafeBufferPointer { search.add($0) } }
      search.endPass()
    }
    return search.value
  }

  @Test func `Otsu's threshold is scikit-image's`() {
    #expect(otsu([series(1000, seed: 1)]) == 0.34845950847375207)
    #expect(otsu([series(4097, seed: 7)]) == 0.3510700969782192)
    #expect(otsu([[0, 0, 0, 1, 1, 5, 5, 5, 9]]) == 1.001953125)
    #expect(otsu([[1, 2]]) == 1.001953125)
    #expect(otsu([[-5, -4.5, -1e-3, 0, 2e-3, 3, 3.5, -0.0]]) == -4.4853515625)
  }

  @Test func `percentiles are numpy's`() {
    let (ranks, values) = ([0, 12.5, 50, 98, 100], series(4097, seed: 7))
    let expected = [
      0.20000018179416656, 0.20585331320762634, 0.28313204646110535, 0.8324768114089965, 0.8499816656112671,
    ]
    for (rank, value) in zip(ranks, expected) { #expect(abs(percentile(rank, [values]) - value) < 1e-15) }
    let mixed: [Float] = [-5, -4.5, -1e-3, 0, 2e-3, 3, 3.5, -0.0]
    #expect(ranks.map { percentile($0, [mixed]) } == [-5, -4.5625, 0, 3.4299999999999997, 3.5])
    #expect(percentile(50, [[4]]) == 4 && percentile(50, [[.nan]]).isNaN && percentile(50, []).isNaN)
  }

  @Test func `neither parts nor missing values change them`() {
    let values = series(1000, seed: 1)
    let parts = [
      Array(values[..<1]) + [.nan, .infinity], [], [.nan], Array(values[1..<777]), Array(values[777...]),
    ]
    #expect(otsu(parts) == otsu([values]) && percentile(30, parts) == percentile(30, [values]))
    #expect(otsu([[3, 3, .nan]]) == 3 && otsu([[.nan]]).isNaN && otsu([]).isNaN)
  }
}
