import Simulation
import Testing

/// The model of drylands against a plain program of NumPy.
@Suite struct DrylandPatternTests {
  @Test func `plants grow as in a plain program`() {
    // Every seventh cell of 20 by 20, 300 days of 1.1 mm.
    var pattern = DrylandPattern(
      start: (0..<400).map { $0 % 7 == 0 ? 1 : 0 }, size: 20, rain: 1.1)
    pattern.advance(days: 300, rain: 1.1)
    let sum = pattern.plants.reduce(0, +)
    #expect(abs(sum - 3333.457250874563) < 1e-8)
    #expect(abs(pattern.plants[0] - 8.742335608575331) < 1e-9)
    #expect(abs(pattern.plants[210] - 17.76643591797466) < 1e-9)
  }

  @Test func `no plants stay none, and water stands as it did`() {
    var pattern = DrylandPattern(start: [Double](repeating: 0, count: 25), size: 5, rain: 1)
    pattern.advance(days: 10, rain: 1)
    #expect(pattern.plants.allSatisfy { $0 == 0 })
  }
}
