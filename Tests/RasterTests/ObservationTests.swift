import Raster
import TestSupport
import Testing

/// Medoids and geometric medians against plain references.
@Suite struct ObservationTests {
  /// Observations of a pixel: dates, each with its bands.
  private func observations(_ dates: Int, _ bands: Int, pixels: Int, seed: UInt64) -> [Float] {
    (0..<(dates * bands)).flatMap { plane in
      floats(pixels, in: 0...1, seed: seed + UInt64(plane), missing: plane % bands == 1)
    }
  }

  private func pixel(_ planes: [Float], _ dates: Int, _ bands: Int, _ pixels: Int, _ pixel: Int)
    -> [[Double]?]
  {
    (0..<dates).map { date in
      let values = (0..<bands).map { Double(planes[(date * bands + $0) * pixels + pixel]) }
      return values.contains { $0.isNaN } ? nil : values
    }
  }

  private func medoids(_ planes: [Float], dates: Int, bands: Int, pixels: Int) -> ([Int32], [UInt16]) {
    var counts = [UInt16](repeating: 9, count: pixels)
    let found = filled(pixels, with: Int32(-9)) { output in
      planes.withUnsafeBufferPointer { planes in
        var span = counts.mutableSpan
        Medoid.find(
          in: Observations(planes, dates: dates, bands: bands, pixels: pixels), dates: &output, counts: &span)
      }
    }
    return (found, counts)
  }

  private func medians(
    _ planes: [Float], dates: Int, bands: Int, pixels: Int, eps: Double = 1e-9, most: Int = 5000
  ) -> ([Float], [UInt16]) {
    var counts = [UInt16](repeating: 9, count: pixels)
    let found = filled((bands + 3) * pixels, with: Float(-9)) { output in
      planes.withUnsafeBufferPointer { planes in
        var span = counts.mutableSpan
        GeometricMedian(eps: eps, maximumSteps: most).compute(
          of: Observations(planes, dates: dates, bands: bands, pixels: pixels), withSpreads: true,
          into: &output,
          counts: &span)
      }
    }
    return (found, counts)
  }

  private func distance(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).map { ($0 - $1) * ($0 - $1) }.reduce(0, +).squareRoot()
  }

  @Test(arguments: [(1, 2), (2, 3), (5, 3), (12, 6), (31, 4)])
  func `a medoid is the observation with the smallest sum of distances`(dates: Int, bands: Int) {
    let pixels = 611
    let planes = observations(dates, bands, pixels: pixels, seed: 30)
    let (found, counts) = medoids(planes, dates: dates, bands: bands, pixels: pixels)
    for place in 0..<pixels {
      let all = pixel(planes, dates, bands, pixels, place)
      #expect(Int(counts[place]) == all.count { $0 != nil })
      var (best, least) = (-1, Double.infinity)
      for (date, own) in all.enumerated() {
        guard let own else { continue }
        let sum = all.compactMap { $0.map { distance(own, $0) } }.reduce(0, +)
        if sum < least - 1e-12 { (best, least) = (date, sum) }
      }
      #expect(Int(found[place]) == best, "pixel \(place)")
    }
  }

  @Test(arguments: [(1, 9), (3, 64), (6, 611), (4, 640)])
  func `where no observation of many pixels counts nothing but the first band is written`(
    bands: Int, pixels: Int
  ) {
    let dates = 7
    var planes = observations(dates, bands, pixels: pixels, seed: 70)
    // Clouds: of each date and each band a stretch of its own.
    for plane in 0..<(dates * bands) {
      let start = plane * 53 % pixels
      for pixel in start..<min(pixels, start + 200) { planes[plane * pixels + pixel] = .nan }
    }
    // Numbers of an earlier chunk.
    var stack = [Float](repeating: 77, count: planes.count)
    for date in 0..<dates {
      let part = (date * bands * pixels)..<((date + 1) * bands * pixels)
      planes.withUnsafeBufferPointer { planes in
        let own = (0..<bands).map { band in
          UnsafeBufferPointer(rebasing: planes[part].dropFirst(band * pixels).prefix(pixels))
        }
        stack.withUnsafeMutableBufferPointer {
          Observations.copy(own, into: UnsafeMutableBufferPointer(rebasing: $0[part]))
        }
      }
    }
    if bands > 1, pixels > 200 { #expect(stack.contains(77)) }
    #expect(
      medoids(stack, dates: dates, bands: bands, pixels: pixels)
        == medoids(planes, dates: dates, bands: bands, pixels: pixels))
    let (found, counts) = medians(stack, dates: dates, bands: bands, pixels: pixels)
    let (expected, numbers) = medians(planes, dates: dates, bands: bands, pixels: pixels)
    #expect(counts == numbers && found.map(\.bitPattern) == expected.map(\.bitPattern))
    for pixel in 0..<pixels {
      #expect(Int(counts[pixel]) == self.pixel(planes, dates, bands, pixels, pixel).count { $0 != nil })
    }
  }

  @Test func `of equal observations the earliest is the medoid`() {
    // Two pixels: 1, 0, 1 and all the same.
    let planes: [Float] = [1, 2, 0, 2, 1, 2]
    #expect(medoids(planes, dates: 3, bands: 1, pixels: 2).0 == [0, 0])
  }

  @Test(arguments: [(3, 2), (4, 3), (12, 6), (24, 4), (45, 3)])
  func `no point near a geometric median has a smaller sum of distances`(dates: Int, bands: Int) {
    let pixels = 37
    let planes = observations(dates, bands, pixels: pixels, seed: 70)
    let (found, counts) = medians(planes, dates: dates, bands: bands, pixels: pixels)
    for place in 0..<pixels {
      let all = pixel(planes, dates, bands, pixels, place).compactMap(\.self)
      #expect(Int(counts[place]) == all.count)
      guard !all.isEmpty else {
        #expect((0..<(bands + 3)).allSatisfy { found[$0 * pixels + place].isNaN })
        continue
      }
      let centre = (0..<bands).map { Double(found[$0 * pixels + place]) }
      let sum = all.map { distance($0, centre) }.reduce(0, +)
      for band in 0..<bands {
        for step in [-1e-3, 1e-3] {
          var moved = centre
          moved[band] += step
          #expect(all.map { distance($0, moved) }.reduce(0, +) >= sum - 1e-6)
        }
      }
      let distances = all.map { distance($0, centre) }.sorted()
      let middle = (distances[(all.count - 1) / 2] + distances[all.count / 2]) / 2
      #expect(abs(Double(found[bands * pixels + place]) - middle) < 1e-6)
    }
  }

  /// The others pull at the second observation with 0.99952 of what would move it: steps from beside it lead over it.
  @Test(arguments: [1e-4, 1e-6, 1e-9])
  func `a median on an observation is found from beside it`(eps: Double) {
    let dates: [[Float]] = [
      [0.0744, 0.0721, 0.0393, 0.3388, 0.1794, 0.0910], [0.0786, 0.0660, 0.0389, 0.2038, 0.1482, 0.0720],
      [0.0778, 0.0587, 0.0348, 0.1974, 0.1283, 0.0633],
    ]
    let (found, _) = medians(dates.flatMap(\.self), dates: 3, bands: 6, pixels: 1, eps: eps, most: 1000)
    for band in 0..<6 { #expect(abs(found[band] - dates[1][band]) < Float(max(2 * eps, 2e-6))) }
  }

  // numpy, in double precision: Weiszfeld with the step of Vardi and Zhang, eps 1e-9.
  @Test func `medians and spreads are those of a plain reference`() {
    let dates: [[Float]] = [
      [0.1, 0.5, 0.2], [0.12, 0.4, 0.3], [0.3, 0.1, 0.9], [0.11, 0.45, 0.24], [0.5, 0.5, 0.5],
    ]
    let expected: [Float] = [
      0.13200204985379657, 0.4191689305214188, 0.2948338225566557, 0.1286516468140855, 0.02795912162356562,
      0.12616423505252827,
    ]
    let (found, counts) = medians(dates.flatMap { $0 }, dates: 5, bands: 3, pixels: 1)
    #expect(counts == [5])
    for (value, wanted) in zip(found, expected) { #expect(abs(value - wanted) < 2e-7, "\(found)") }
  }

  @Test func `a median that meets an observation is told from one that does not`() {
    // Three observations of which one is the median of all: an angle of more than 120° at it.
    let corner = medians([0, 0, 1, 0.1, 2, 0], dates: 3, bands: 2, pixels: 1).0
    #expect(abs(corner[0] - 1) < 1e-6 && abs(corner[1] - 0.1) < 1e-6, "\(corner)")
    // The mean, where it begins, is an observation, but not the median.
    let mean = medians([0, 0, 0, 0, 0, 0, 4, 0, 1, 0], dates: 5, bands: 2, pixels: 1).0
    #expect(abs(mean[0]) < 1e-6 && abs(mean[1]) < 1e-6, "\(mean)")
    let two = medians([0, 0, 1, 3], dates: 2, bands: 2, pixels: 1).0
    #expect(two[0] == 0.5 && two[1] == 1.5)
  }

  @Test(arguments: [(3, 2), (4, 3), (5, 6)])
  func `a median that is an observation is found to the last digit`(dates: Int, bands: Int) {
    let pixels = 400
    let planes = observations(dates, bands, pixels: pixels, seed: 170)
    let found = medians(planes, dates: dates, bands: bands, pixels: pixels, eps: 1e-6, most: 1000).0
    var met = 0
    for place in 0..<pixels {
      let all = pixel(planes, dates, bands, pixels, place).compactMap(\.self)
      guard all.count > 2 else { continue }
      for own in all {
        // An observation is the median where the directions to the others pull no harder than it holds.
        var pull = [Double](repeating: 0, count: bands)
        for other in all where other != own {
          for band in 0..<bands { pull[band] += (other[band] - own[band]) / distance(own, other) }
        }
        guard pull.map({ $0 * $0 }).reduce(0, +).squareRoot() < 0.999 else { continue }
        met += 1
        #expect((0..<bands).allSatisfy { found[$0 * pixels + place] == Float(own[$0]) }, "pixel \(place)")
      }
    }
    #expect(met > 0)
  }

  @Test(arguments: [1, 7, 8, 9, 255, 257, 700])
  func `results do not depend on how pixels are cut into runs`(size: Int) {
    let (dates, bands, pixels) = (9, 4, 700)
    let planes = observations(dates, bands, pixels: pixels, seed: 11)
    let whole = medians(planes, dates: dates, bands: bands, pixels: pixels, eps: 1e-6, most: 40)
    let medoids = medoids(planes, dates: dates, bands: bands, pixels: pixels)
    for start in stride(from: 0, to: pixels, by: size).prefix(20) {
      let part = start..<min(start + size, pixels)
      let own = (0..<(dates * bands)).flatMap {
        planes[($0 * pixels + part.lowerBound)..<($0 * pixels + part.upperBound)]
      }
      let found = medians(own, dates: dates, bands: bands, pixels: part.count, eps: 1e-6, most: 40)
      for plane in 0..<(bands + 3) {
        let expected = whole.0[(plane * pixels + part.lowerBound)..<(plane * pixels + part.upperBound)]
        #expect(
          found.0[(plane * part.count)..<((plane + 1) * part.count)].map(\.bitPattern)
            == expected.map(\.bitPattern))
      }
      #expect(self.medoids(own, dates: dates, bands: bands, pixels: part.count).0 == Array(medoids.0[part]))
    }
  }
}
