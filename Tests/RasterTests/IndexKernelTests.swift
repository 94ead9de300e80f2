import Raster
import Testing

@Suite struct NormalizedDifferenceTests {
  @Test(arguments: oddSizes)
  func scaledBandsGiveTheIndexOfTheirPhysicalValues(count: Int) {
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

  @Test func unscaledFloatBandsGiveWhatFloatArithmeticGives() {
    let nir = floats(999, in: 0...1, seed: 3)
    let red = floats(999, in: 0...1, seed: 4)
    let result = withSamples([nir, red], scale: 1, offset: 0) { samples in
      filled(999, with: Float(0)) { NormalizedDifference.compute(samples[0], samples[1], into: &$0) }
    }
    #expect(same(result, zip(nir, red).map { ($0 - $1) / ($0 + $1) }))
  }

  @Test func aSumOfZeroIsMissingAndNotInfinite() {
    let result = withSamples([[0, 1, -2], [0, -1, 2]], scale: 1, offset: 0) { samples in
      filled(3, with: Float(0)) { NormalizedDifference.compute(samples[0], samples[1], into: &$0) }
    }
    #expect(result.allSatisfy { $0.isNaN })
  }

  @Test func reflectancesNearZeroKeepTheirDigits() {
    // DN 7273 and 7274 are reflectances of 7.5e-6 and 3.5e-5.
    let result = withSamples([[7274], [7273]], scale: 0.0000275, offset: -0.2) { samples in
      filled(1, with: Float(0)) { NormalizedDifference.compute(samples[0], samples[1], into: &$0) }
    }
    #expect(abs(result[0] - Float(0.0000275 / 0.0000425)) < 1e-6)
  }
}

@Suite struct BroadbandAlbedoTests {
  @Test(arguments: oddSizes)
  func weightedSumsAreThoseOfDoubles(count: Int) {
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
  func glacierIceIsKnapsPolynomial(count: Int) {
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

  @Test func aBandMissingMakesThePixelMissing() {
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
  @Test func valuesOutsideBecomeMissingAndTheEndsStay() {
    var values: [Float] = [-1.0001, -1, 0, 1, 1.0001, .nan, .infinity, -.infinity]
    var span = values.mutableSpan
    ValueRange.drop(outside: -1...1, in: &span)
    #expect(same(values, [.nan, -1, 0, 1, .nan, .nan, .nan, .nan]))
  }
}
