import Raster
import TestSupport
import Testing

@Suite struct NormalizedDifferenceTests {
  @Test(arguments: oddSizes)
  func `scaled bands give the index of their physical values`(count: Int) {
    let nir = floats(count, in: 7000...20_000, seed: 1).map { $0.rounded() }
    let red = floats(count, in: 7000...20_000, seed: 2).map { $0.rounded() }
    let result = withSamples([nir, red], scale: 0.0000275, offset: -0.2) { samples in
      filled(count, with: Float(0)) { NormalizedDifference.compute(samples[0], samples[1], into: &$0) }
    }
    for index in 0..<count {
      let (a, b) = (Double(nir[index]) * 0.0000275 - 0.2, Double(red[index]) * 0.0000275 - 0.2)
      let expected = (a - b) / (a + b)
      if expected.isNaN {
        #expect(result[index].isNaN)
      } else {
        #expect(abs(Double(result[index]) - expected) <= 3e-7 * max(1, abs(expected)))
      }
    }
  }

  @Test func `unscaled Float bands give what Float arithmetic gives`() {
    let nir = floats(999, in: 0...1, seed: 3)
    let red = floats(999, in: 0...1, seed: 4)
    let result = withSamples([nir, red], scale: 1, offset: 0) { samples in
      filled(999, with: Float(0)) { NormalizedDifference.compute(samples[0], samples[1], into: &$0) }
    }
    #expect(same(result, zip(nir, red).map { ($0 - $1) / ($0 + $1) }))
  }

  @Test func `a sum of zero is missing and not infinite`() {
    let result = withSamples([[0, 1, -2], [0, -1, 2]], scale: 1, offset: 0) { samples in
      filled(3, with: Float(0)) { NormalizedDifference.compute(samples[0], samples[1], into: &$0) }
    }
    #expect(result.allSatisfy { $0.isNaN })
  }

  @Test func `reflectances near zero keep their digits`() {
    // DN 7273 and 7274 are reflectances of 7.5e-6 and 3.5e-5.
    let result = withSamples([[7274], [7273]], scale: 0.0000275, offset: -0.2) { samples in
      filled(1, with: Float(0)) { NormalizedDifference.compute(samples[0], samples[1], into: &$0) }
    }
    #expect(abs(result[0] - Float(0.0000275 / 0.0000425)) < 1e-6)
  }
}

/// Indices of samples as files store them.
@Suite struct StoredDifferenceTests {
  /// Landsat's, Sentinel-2's before and since its offset, none, and one whose zero is between two numbers.
  private static let encodings: [(scale: Double, offset: Double)] = [
    (0.0000275, -0.2), (0.0001, 0), (0.0001, -0.1), (1, 0), (1, -40.5), (-0.5, 100), (0.00002, -0.1000001),
  ]
  private let first: [UInt16]
  private let second: [UInt16]
  private let rejected: [UInt8]

  init() {
    var generator = SeededGenerator(seed: 5)
    let corners: [UInt16] = [0, 1, 2, 255, 1000, 7272, 7273, 14_545, 32_767, 32_768, 65_534, 65_535]
    var pairs = corners.flatMap { a in corners.map { (a, $0) } }
    // Close to where the sum of reflectances is zero, and anywhere.
    pairs += (0..<1000).map { _ in
      let a = UInt16.random(in: 0...14_545, using: &generator)
      return (a, 14_545 - a + UInt16.random(in: 0...2, using: &generator))
    }
    pairs += (0..<3001).map { _ in
      (.random(in: 0 ... .max, using: &generator), .random(in: 0 ... .max, using: &generator))
    }
    (first, second) = (pairs.map(\.0), pairs.map(\.1))
    rejected = pairs.map { _ in UInt8.random(in: 0...3, using: &generator) / 3 }
  }

  private func stored(
    scale: (Double, Double), offset: (Double, Double), isMasked: Bool, missing: UInt16 = 0
  ) -> [Float]? {
    first.withUnsafeBufferPointer { first in
      second.withUnsafeBufferPointer { second in
        rejected.withUnsafeBufferPointer { rejected in
          let rejected = isMasked ? rejected : nil
          var isDone = false
          let result = filled(first.count, with: Float(7)) { output in
            isDone = NormalizedDifference.compute(
              StoredSamples(first, missing: missing, rejected: rejected, scale: scale.0, offset: offset.0),
              StoredSamples(second, missing: 65_535, rejected: rejected, scale: scale.1, offset: offset.1),
              into: &output)
          }
          return isDone ? result : nil
        }
      }
    }
  }

  /// The samples as Float, which is how a pixel comes where scenes with different formats are fused.
  private func floats(isMasked: Bool) -> [[Float]] {
    let rejected = isMasked ? rejected : rejected.map { _ in 0 }
    return [
      zip(first, rejected).map { $0 == 0 || $1 != 0 ? .nan : Float($0) },
      zip(second, rejected).map { $0 == 65_535 || $1 != 0 ? .nan : Float($0) },
    ]
  }

  @Test(arguments: [true, false])
  func `stored samples give the bits that they give as Float`(isMasked: Bool) throws {
    for (scale, offset) in Self.encodings {
      let result = stored(scale: (scale, scale), offset: (offset, offset), isMasked: isMasked)
      let expected = withSamples(floats(isMasked: isMasked), scale: scale, offset: offset) { samples in
        filled(first.count, with: Float(0)) {
          NormalizedDifference.compute(samples[0], samples[1], into: &$0)
        }
      }
      #expect(try #require(result).map(\.bitPattern) == expected.map(\.bitPattern), "\(scale), \(offset)")
    }
  }

  @Test func `they are those of the formula in Double`() throws {
    for (scale, offset) in Self.encodings {
      let result = try #require(
        stored(scale: (scale, scale), offset: (offset, offset), isMasked: true))
      var (largest, wrongly) = (0.0, 0)
      for (index, value) in result.enumerated() {
        let isMissing = first[index] == 0 || second[index] == 65_535 || rejected[index] != 0
        let (a, b) = (Double(first[index]) * scale + offset, Double(second[index]) * scale + offset)
        // Where the sum is zero but for what rounding leaves of it.
        let isZero = abs(a + b) < 1e-9 * abs(scale)
        wrongly += value.isNaN == (isMissing || isZero) ? 0 : 1
        if isMissing || isZero { continue }
        let expected = (a - b) / (a + b)
        largest = max(largest, abs(Double(value) - expected) / max(abs(expected), 1e-9))
      }
      #expect(wrongly == 0, "\(scale), \(offset)")
      #expect(largest < 2e-7, "\(scale), \(offset)")
    }
  }

  @Test func `bands scaled differently, or by what whole numbers do not meet, go as Float`() {
    #expect(stored(scale: (0.1, 0.2), offset: (0, 0), isMasked: true) == nil)
    #expect(stored(scale: (0.1, 0.1), offset: (-100, 250), isMasked: true) == nil)
    #expect(stored(scale: (1, 1), offset: (-0.1, -0.1), isMasked: true) == nil)
    #expect(stored(scale: (1e-9, 1e-9), offset: (1, 1), isMasked: true) == nil)
    #expect(stored(scale: (0, 0), offset: (0.1, 0.1), isMasked: true) == nil)
  }
}

@Suite struct DifferentScalesTests {
  @Test(arguments: [(0.5, -100.0, 0.5, 250.0), (0.0001, 0, 0.0000275, -0.2), (1, 0.1, 2, 0.1)])
  func `bands scaled differently give the index of their physical values`(
    scaleA: Double, offsetA: Double, scaleB: Double, offsetB: Double
  ) {
    let first = floats(999, in: 1000...20_000, seed: 6).map { $0.rounded() }
    let second = floats(999, in: 1000...20_000, seed: 7).map { $0.rounded() }
    let result = withSamples([first, second], scale: 1, offset: 0) { samples in
      filled(999, with: Float(0)) {
        NormalizedDifference.compute(
          LinearSamples(samples[0].samples, scale: scaleA, offset: offsetA),
          LinearSamples(samples[1].samples, scale: scaleB, offset: offsetB), into: &$0)
      }
    }
    for index in 0..<999 {
      let (a, b) = (
        Double(first[index]) * scaleA + offsetA, Double(second[index]) * scaleB + offsetB
      )
      let expected = (a - b) / (a + b)
      #expect(
        expected.isNaN
          ? result[index].isNaN : abs(Double(result[index]) - expected) <= 2e-7 * max(1, abs(expected)))
    }
  }
}

@Suite struct BroadbandAlbedoTests {
  @Test(arguments: oddSizes)
  func `weighted sums are those of doubles`(count: Int) {
    let bands = (0..<6).map { floats(count, in: 7000...40_000, seed: UInt64($0) + 10).map { $0.rounded() } }
    let weights = [0.2266, 0.1236, 0.1573, 0.3417, 0.1170, 0.0338]
    withSamples(bands, scale: 0.0000275, offset: -0.2) { s in
      let six = filled(count, with: Float(0)) {
        BroadbandAlbedo.weightedSum(
          s[0], s[1], s[2], s[3], s[4], s[5], weights: weights, constant: 0.25, into: &$0)
      }
      let five = filled(count, with: Float(0)) {
        BroadbandAlbedo.weightedSum(
          s[0], s[1], s[2], s[3], s[4], weights: Array(weights[..<5]), constant: -0.0018, into: &$0)
      }
      for index in 0..<count {
        let values = bands.map { Double($0[index]) * 0.0000275 - 0.2 }
        for (result, used, constant) in [(six[index], 6, 0.25), (five[index], 5, -0.0018)] {
          let expected = zip(values, weights).prefix(used).map { $0 * $1 }.reduce(constant, +)
          #expect(expected.isNaN ? result.isNaN : abs(Double(result) - expected) < 1e-7)
        }
      }
    }
  }

  @Test(arguments: oddSizes)
  func `glacier ice is knaps polynomial`(count: Int) {
    let green = floats(count, in: 0...1, seed: 21)
    let nir = floats(count, in: 0...1, seed: 22)
    let result = withSamples([green, nir], scale: 1, offset: 0) { samples in
      filled(count, with: Float(0)) {
        BroadbandAlbedo.glacierIce(green: samples[0], nir: samples[1], nirCoefficient: 0.051, into: &$0)
      }
    }
    for index in 0..<count {
      let (g, n) = (Double(green[index]), Double(nir[index]))
      let expected = 0.726 * g - 0.322 * g * g - 0.051 * n + 0.581 * n * n
      #expect(expected.isNaN ? result[index].isNaN : abs(Double(result[index]) - expected) < 1e-7)
    }
  }

  @Test func `a band missing makes the pixel missing`() {
    for missing in 0..<6 {
      var bands = [[Float]](repeating: [0.5, 0.5], count: 6)
      bands[missing][1] = .nan
      let result = withSamples(bands, scale: 1, offset: 0) { s in
        filled(2, with: Float(0)) {
          BroadbandAlbedo.weightedSum(
            s[0], s[1], s[2], s[3], s[4], s[5], weights: [1, 0, 0, 0, 0, 0], constant: 0, into: &$0)
        }
      }
      #expect(result[0] == 0.5 && result[1].isNaN, "band \(missing), even with a weight of zero")
    }
  }
}

@Suite struct ValueRangeTests {
  @Test func `values outside become missing and the ends stay`() {
    var values: [Float] = [-1.0001, -1, 0, 1, 1.0001, .nan, .infinity, -.infinity]
    var span = values.mutableSpan
    ValueRange.drop(outside: -1...1, in: &span)
    #expect(same(values, [.nan, -1, 0, 1, .nan, .nan, .nan, .nan]))
  }
}
