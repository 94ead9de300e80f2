import Raster
import Testing

@Suite struct MedianTests {
  private func medians(_ planes: [[Float]]) -> (medians: [Float], counts: [UInt16]) {
    let pixels = planes.first?.count ?? 3
    let values = Array(planes.joined())
    var medians = [Float](repeating: -9, count: pixels)
    var counts = [UInt16](repeating: 9, count: pixels)
    var medianSpan = medians.mutableSpan
    var countSpan = counts.mutableSpan
    Median.medians(of: values.span, count: planes.count, into: &medianSpan, counts: &countSpan)
    return (medians, counts)
  }

  /// The median as the textbook has it: sort, take the middle.
  private func textbook(_ planes: [[Float]], pixel: Int) -> Float {
    let sorted = planes.map { $0[pixel] }.filter { !$0.isNaN }.sorted()
    guard !sorted.isEmpty else { return .nan }
    let upper = Double(sorted[sorted.count / 2])
    return sorted.count % 2 == 1 ? Float(upper) : Float((Double(sorted[sorted.count / 2 - 1]) + upper) / 2)
  }

  @Test(arguments: [1, 2, 3, 4, 5, 7, 8, 11, 12, 16, 17, 31, 45, 64, 65, 130, 300])
  func `medians are those of sorted values`(planes count: Int) {
    // Wider than a block, and not a multiple of its width.
    let planes = (0..<count).map { floats(611, in: -1...1, seed: UInt64($0) + 7) }
    let found = medians(planes)
    for pixel in 0..<611 {
      #expect(same(found.medians[pixel], textbook(planes, pixel: pixel)), "pixel \(pixel)")
      #expect(Int(found.counts[pixel]) == planes.count { !$0[pixel].isNaN })
    }
  }

  @Test(arguments: oddSizes)
  func `every pixel of any width is filled`(count: Int) {
    let planes = (0..<6).map { floats(count, in: 0...1, seed: UInt64($0) + 300) }
    let found = medians(planes)
    #expect(same(found.medians, (0..<count).map { textbook(planes, pixel: $0) }))
  }

  @Test(arguments: 1...9)
  func `every pattern of missing values is right`(planes count: Int) {
    // One pixel for each subset of dates that are present.
    var planes: [[Float]] = []
    for date in 0..<count {
      let value = Float(date * 5 % 9)
      planes.append((0..<(1 << count)).map { subset in (subset >> date) & 1 == 1 ? value : Float.nan })
    }
    let found = medians(planes)
    for subset in 0..<(1 << count) {
      #expect(same(found.medians[subset], textbook(planes, pixel: subset)), "subset \(subset)")
      #expect(Int(found.counts[subset]) == subset.nonzeroBitCount)
    }
  }

  @Test func `even counts give the mean of the middle two`() {
    let found = medians([
      [0.5, 1, .nan, 3], [0.25, .nan, .nan, 1], [1, 3, .nan, 2], [0.75, .nan, .nan, 4],
    ])
    #expect(same(found.medians, [0.625, 2, .nan, 2.5]))
    #expect(found.counts == [4, 2, 0, 4])
  }

  @Test func `without planes everything is missing`() {
    let found = medians([])
    #expect(found.medians.allSatisfy { $0.isNaN } && found.counts == [0, 0, 0])
  }

  @Test func `infinities and large values are values`() {
    let large = Float.greatestFiniteMagnitude
    let found = medians([
      [.infinity, -.infinity, large, .infinity, -.infinity],
      [.nan, .nan, large, -.infinity, 1],
      [.nan, -.infinity, .nan, 5, .nan],
    ])
    #expect(found.medians == [.infinity, -.infinity, large, 5, -.infinity])
    #expect(found.counts == [1, 2, 2, 3, 2])
  }

  @Test func `the order of dates makes no difference to the last bit`() {
    // Few different values, zeros of both signs among them.
    var planes: [[Float]] = []
    for date in 0..<23 {
      let factor: Float = date % 2 == 0 ? 1 : -0.5
      planes.append(floats(200, in: -1...1, seed: UInt64(date) + 900).map { ($0 * 2).rounded() * factor })
    }
    let forward = medians(planes)
    let backward = medians(planes.reversed())
    let mixed = medians((0..<23).map { planes[$0 * 9 % 23] })
    #expect(forward.medians.map(\.bitPattern) == backward.medians.map(\.bitPattern))
    #expect(forward.medians.map(\.bitPattern) == mixed.medians.map(\.bitPattern))
    #expect(forward.counts == backward.counts && forward.counts == mixed.counts)
  }
}
