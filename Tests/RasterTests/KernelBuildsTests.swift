import Kernels
import KernelsAVX2
import Raster
import TestSupport
import Testing

/// Both builds of the kernels give the same bits: what a run computes does not depend on the processor.
@Suite(.enabled(if: Processor.hasAVX2, "this processor has no AVX2: only one of the builds runs here"))
struct KernelBuildsTests {
  /// Not a multiple of any vector, with ordinary, missing, extreme and rejected samples.
  private static let count = 1237
  private let samples: [UInt16]
  private let others: [UInt16]
  private let rejected: [UInt8]
  private let values: [Float]

  init() {
    var generator = SeededGenerator(seed: 42)
    samples = (0..<Self.count).map { $0 % 7 == 0 ? 0 : UInt16.random(in: 0...65535, using: &generator) }
    others = (0..<Self.count).map { _ in UInt16.random(in: 6000...8000, using: &generator) }
    rejected = (0..<Self.count).map { _ in UInt8.random(in: 0...1, using: &generator) }
    let special: [Float] = [.nan, .infinity, -.infinity, 0, -0.0, .leastNonzeroMagnitude, -1, 1, 0.1, 3e38]
    values = (0..<Self.count).map {
      $0 % 5 == 0 ? special[$0 / 5 % special.count] : Float.random(in: -1...1, using: &generator)
    }
  }

  @Test func `Loading, rejecting and scaling are the same in both builds`() {
    let pair = both { isAVX2, output in
      if isAVX2 {
        KernelsAVX2.StripKernels.load(samples.span, missing: 0, rejected: rejected.span, into: &output)
      } else {
        Kernels.StripKernels.load(samples.span, missing: 0, rejected: rejected.span, into: &output)
      }
    }
    #expect(pair.0 == pair.1)
    for (place, bits) in pair.0.enumerated() {
      let isMissing = samples[place] == 0 || rejected[place] != 0
      #expect(bits == (isMissing ? Float.nan : Float(samples[place])).bitPattern)
    }
    let plain = both { isAVX2, output in
      if isAVX2 {
        KernelsAVX2.StripKernels.load(samples.span, missing: 7, into: &output)
        KernelsAVX2.StripKernels.reject(rejected.span, in: &output)
      } else {
        Kernels.StripKernels.load(samples.span, missing: 7, into: &output)
        Kernels.StripKernels.reject(rejected.span, in: &output)
      }
    }
    #expect(plain.0 == plain.1)
    let scaled = both { isAVX2, output in
      if isAVX2 {
        KernelsAVX2.StripKernels.scale(values.span, scale: 0.1, offset: -0.3, into: &output)
      } else {
        Kernels.StripKernels.scale(values.span, scale: 0.1, offset: -0.3, into: &output)
      }
    }
    #expect(scaled.0 == scaled.1)
  }

  @Test func `The normalised difference is the same in both builds`() {
    let (red, nir) = (samples.map { Float($0) }, others.map { Float($0) })
    for (scale, offset) in [(0.0000275, -0.2), (1.0, 0.0)] {
      let pair = both { isAVX2, output in
        if isAVX2 {
          KernelsAVX2.StripKernels.normalizedDifference(
            nir.span, scale: scale, offset: offset, red.span, scale: scale, offset: offset, into: &output)
        } else {
          Kernels.StripKernels.normalizedDifference(
            nir.span, scale: scale, offset: offset, red.span, scale: scale, offset: offset, into: &output)
        }
      }
      #expect(pair.0 == pair.1)
    }
  }

  @Test func `Sums, counts and means are the same in both builds`() {
    var sums = [[Double]](repeating: Array(repeating: 0, count: Self.count), count: 2)
    var counts = [[UInt16]](repeating: Array(repeating: 0, count: Self.count), count: 2)
    let finite = values.map { abs($0) <= 1 ? $0 : .nan }
    for round in 1...3 {
      let step = finite.map { $0 / Float(round) }
      var sum = sums[0].mutableSpan
      var count = counts[0].mutableSpan
      Kernels.StripKernels.add(step.span, rounder: 0x1.8p12, to: &sum, counts: &count)
      sum = sums[1].mutableSpan
      count = counts[1].mutableSpan
      KernelsAVX2.StripKernels.add(step.span, rounder: 0x1.8p12, to: &sum, counts: &count)
    }
    #expect(sums[0].map(\.bitPattern) == sums[1].map(\.bitPattern))
    #expect(counts[0] == counts[1])
    let (firstSums, firstCounts, secondSums, secondCounts) = (sums[0], counts[0], sums[1], counts[1])
    let means = both { isAVX2, output in
      if isAVX2 {
        KernelsAVX2.StripKernels.means(secondSums.span, counts: secondCounts.span, into: &output)
      } else {
        Kernels.StripKernels.means(firstSums.span, counts: firstCounts.span, into: &output)
      }
    }
    #expect(means.0 == means.1)
    #expect(means.0.contains { Float(bitPattern: $0).isNaN })
  }

  @Test func `Statistics and their bins are the same in both builds, and as counted one by one`() {
    let (lower, perBin, last) = (-1.0, 2048.0, 4095.0)
    let finite = values.map { $0.isInfinite || abs($0) > 4 ? .nan : $0 }
    var bins = [[Int32]](repeating: Array(repeating: 0, count: Self.count), count: 2)
    let block = finite.withUnsafeBufferPointer { values in
      (
        bins[0].withUnsafeMutableBufferPointer {
          Kernels.StatisticsKernels.count(
            values,
            .init(units: 0x1p37, squareUnits: 0x1p36, lower: lower, perBin: perBin, lastBin: last), bins: $0)
        },
        bins[1].withUnsafeMutableBufferPointer {
          KernelsAVX2.StatisticsKernels.count(
            values,
            .init(units: 0x1p37, squareUnits: 0x1p36, lower: lower, perBin: perBin, lastBin: last), bins: $0)
        }
      )
    }
    #expect(bins[0] == bins[1])
    #expect(block.0.count == block.1.count && block.0.minimum == block.1.minimum)
    #expect(block.0.maximum == block.1.maximum)
    #expect(block.0.sum == block.1.sum && block.0.sumOfSquares == block.1.sumOfSquares)
    let present = finite.filter { !$0.isNaN }
    #expect(block.0.count == present.count)
    #expect(block.0.minimum == present.min() && block.0.maximum == present.max())
    #expect(block.0.sum == present.reduce(0) { $0 + Int64((Double($1) * 0x1p37).rounded(.toNearestOrEven)) })
    for (value, bin) in zip(finite, bins[0]) {
      let place = min(max(((Double(value) - lower) * perBin).rounded(.down), 0), last)
      #expect(bin == (value.isNaN ? -1 : Int32(place)))
    }
  }

  @Test func `Running sums along rows are the same in both builds, and as summed one by one`() {
    for length in [0, 1, 7, 8, 9, 64, Self.count] {
      let part = samples[..<length]
      var sums = [[UInt16]](repeating: Array(repeating: 0, count: length), count: 2)
      Array(part).withUnsafeBufferPointer { differences in
        sums[0].withUnsafeMutableBufferPointer {
          Kernels.DifferenceKernels.integrate(differences, after: 65_000, into: $0)
        }
        sums[1].withUnsafeMutableBufferPointer {
          KernelsAVX2.DifferenceKernels.integrate(differences, after: 65_000, into: $0)
        }
      }
      var sum: UInt16 = 65_000
      let expected = part.map { difference in
        sum &+= difference
        return sum
      }
      #expect(sums[0] == expected)
      #expect(sums[1] == expected)
    }
  }

  @Test func `Medians and tests of bits are the same in both builds`() {
    var flags = [[UInt8]](repeating: Array(repeating: 9, count: Self.count), count: 2)
    var output = flags[0].mutableSpan
    Kernels.StripKernels.test(samples.span, anyOf: 0x99, into: &output)
    output = flags[1].mutableSpan
    KernelsAVX2.StripKernels.test(samples.span, anyOf: 0x99, into: &output)
    #expect(flags[0] == flags[1])
    #expect(flags[0] == samples.map { $0 & 0x99 == 0 ? 0 : 1 })

    let turned = Array(values.reversed())
    let medians = both { isAVX2, output in
      var low = [Float](repeating: 0, count: Self.count)
      var high = low
      var (one, two) = (
        [Float](repeating: .infinity, count: Self.count), [Int32](repeating: 0, count: Self.count)
      )
      var counts = [UInt16](repeating: 0, count: Self.count)
      var lows = low.mutableSpan
      var highs = high.mutableSpan
      var ones = one.mutableSpan
      var twos = two.mutableSpan
      var numbers = counts.mutableSpan
      if isAVX2 {
        KernelsAVX2.SelectionKernels.take(values.span, into: &lows, substitutes: &ones, counts: &twos)
        KernelsAVX2.SelectionKernels.take(turned.span, into: &highs, substitutes: &ones, counts: &twos)
        KernelsAVX2.SelectionKernels.order(&lows, &highs)
        KernelsAVX2.SelectionKernels.medians(
          lower: lows.span, upper: highs.span, counts: twos.span, into: &output, counts: &numbers)
      } else {
        Kernels.SelectionKernels.take(values.span, into: &lows, substitutes: &ones, counts: &twos)
        Kernels.SelectionKernels.take(turned.span, into: &highs, substitutes: &ones, counts: &twos)
        Kernels.SelectionKernels.order(&lows, &highs)
        Kernels.SelectionKernels.medians(
          lower: lows.span, upper: highs.span, counts: twos.span, into: &output, counts: &numbers)
      }
    }
    #expect(medians.0 == medians.1)
  }

  /// The bits of what each build writes.
  private func both(_ body: (_ isAVX2: Bool, inout MutableSpan<Float>) -> Void) -> ([UInt32], [UInt32]) {
    var results = [[Float]](repeating: Array(repeating: 5, count: Self.count), count: 2)
    for build in 0..<2 {
      var output = results[build].mutableSpan
      body(build == 1, &output)
    }
    return (results[0].map(\.bitPattern), results[1].map(\.bitPattern))
  }
}
