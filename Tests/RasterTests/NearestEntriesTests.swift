import Raster
import TestSupport
import Testing

@Suite struct NearestEntriesTests {
  /// The first of the nearest entries by a search over all of them.
  private func nearest(_ pixel: [Double], _ entries: [Double], _ metric: NearestEntries.Metric) -> (
    Int, Double
  ) {
    let bands = pixel.count
    var best = (entry: -1, distance: Double.infinity)
    for entry in 0..<(entries.count / bands) {
      let differences = pixel.indices.map { pixel[$0] - entries[entry * bands + $0] }
      guard differences.allSatisfy(\.isFinite) else { continue }
      let sum = differences.reduce(0) { $0 + (metric == .mae ? abs($1) : $1 * $1) }
      let distance = metric == .mae ? sum / Double(bands) : (sum / Double(bands)).squareRoot()
      if distance < best.distance { best = (entry, distance) }
    }
    return best
  }

  @Test(arguments: NearestEntries.Metric.allCases, [1, 2, 9])
  func `the nearest entry is that of a search over all`(metric: NearestEntries.Metric, bands: Int) throws {
    var generator = SeededGenerator(seed: UInt64(bands))
    // In hundredths, so that many are equally near; some cannot be used.
    func value() -> Double { Double(Int.random(in: 0...100, using: &generator)) / 100 }
    var entries = (0..<(700 * bands)).map { _ in value() }
    entries[5 * bands] = .nan
    entries[8 * bands] = .infinity
    let search = try #require(NearestEntries(entries, bands: bands, metric: metric))
    #expect(search.count == 698)
    var place = NearestEntries.Place()
    for _ in 0..<400 {
      let pixel = (0..<bands).map { _ in value() * 1.4 - 0.2 }
      let (entry, distance) = nearest(pixel, entries, metric)
      let found = search.nearest(pixel, from: &place)
      #expect(found.entry == entry && abs(found.distance - distance) < 1e-12)
    }
  }

  @Test func `numbers far from reflectance are compared as well`() throws {
    var generator = SeededGenerator(seed: 3)
    let entries = (0..<300).map { _ in Double(Int.random(in: 0...20_000, using: &generator)) }
    let search = try #require(NearestEntries(entries, bands: 3, metric: .mae))
    var place = NearestEntries.Place()
    for _ in 0..<200 {
      let pixel = (0..<3).map { _ in Double(Int.random(in: 0...20_000, using: &generator)) }
      #expect(search.nearest(pixel, from: &place).entry == nearest(pixel, entries, .mae).0)
    }
  }

  @Test func `entries that are not used are not found, and none is nothing to search`() throws {
    let search = try #require(NearestEntries([0, 1, 2], bands: 1, metric: .mae) { $0 != 1 })
    var place = NearestEntries.Place()
    #expect(search.nearest([1.1], from: &place).entry == 2)
    #expect(NearestEntries([.nan], bands: 1, metric: .mae) == nil)
  }
}
