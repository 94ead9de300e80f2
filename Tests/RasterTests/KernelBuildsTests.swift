import Kernels
import KernelsAVX2
import KernelsAVX512
import Raster
import TestSupport
import Testing

/// All builds of the kernels give the same bits: what a run computes does not depend on the processor.
@Suite(
  .enabled(if: Processor.available.count > 1, "this processor has no AVX2: only one of the builds runs here"))
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

  @Test func `Loading, rejecting and scaling are the same in all builds`() throws {
    let loaded = each { build, output in
      let (samples, rejected) = (samples.span, rejected.span)
      switch build {
      case .avx512:
        KernelsAVX512.StripKernels.load(samples, missing: 0, rejected: rejected, into: &output)
      case .avx2: KernelsAVX2.StripKernels.load(samples, missing: 0, rejected: rejected, into: &output)
      case .baseline: Kernels.StripKernels.load(samples, missing: 0, rejected: rejected, into: &output)
      }
    }
    #expect(loaded.areAlike)
    for (place, bits) in try #require(loaded.first).enumerated() {
      let isMissing = samples[place] == 0 || rejected[place] != 0
      #expect(bits == (isMissing ? Float.nan : Float(samples[place])).bitPattern)
    }
    let plain = each { build, output in
      let (samples, rejected) = (samples.span, rejected.span)
      switch build {
      case .avx512:
        KernelsAVX512.StripKernels.load(samples, missing: 7, into: &output)
        KernelsAVX512.StripKernels.reject(rejected, in: &output)
      case .avx2:
        KernelsAVX2.StripKernels.load(samples, missing: 7, into: &output)
        KernelsAVX2.StripKernels.reject(rejected, in: &output)
      case .baseline:
        Kernels.StripKernels.load(samples, missing: 7, into: &output)
        Kernels.StripKernels.reject(rejected, in: &output)
      }
    }
    #expect(plain.areAlike)
    let scaled = each { build, output in
      let values = values.span
      switch build {
      case .avx512: KernelsAVX512.StripKernels.scale(values, scale: 0.1, offset: -0.3, into: &output)
      case .avx2: KernelsAVX2.StripKernels.scale(values, scale: 0.1, offset: -0.3, into: &output)
      case .baseline: Kernels.StripKernels.scale(values, scale: 0.1, offset: -0.3, into: &output)
      }
    }
    #expect(scaled.areAlike)
  }

  @Test func `The normalised difference is the same in all builds`() {
    let (red, nir) = (samples.map { Float($0) }, others.map { Float($0) })
    for (scale, offset) in [(0.0000275, -0.2), (1.0, 0.0)] {
      let results = each { build, output in
        let (red, nir) = (red.span, nir.span)
        switch build {
        case .avx512:
          KernelsAVX512.StripKernels.normalizedDifference(
            nir, scale: scale, offset: offset, red, scale: scale, offset: offset, into: &output)
        case .avx2:
          KernelsAVX2.StripKernels.normalizedDifference(
            nir, scale: scale, offset: offset, red, scale: scale, offset: offset, into: &output)
        case .baseline:
          Kernels.StripKernels.normalizedDifference(
            nir, scale: scale, offset: offset, red, scale: scale, offset: offset, into: &output)
        }
      }
      #expect(results.areAlike)
    }
  }

  @Test func `The normalised difference of one scale, also as stored, is the same in all builds`() {
    let (red, nir) = (samples.map { Float($0) }, others.map { Float($0) })
    let floats = each { build, output in
      let (red, nir) = (red.span, nir.span)
      switch build {
      case .avx512: KernelsAVX512.StripKernels.normalizedDifference(nir, red, plus: -7000.25, into: &output)
      case .avx2: KernelsAVX2.StripKernels.normalizedDifference(nir, red, plus: -7000.25, into: &output)
      case .baseline: Kernels.StripKernels.normalizedDifference(nir, red, plus: -7000.25, into: &output)
      }
    }
    #expect(floats.areAlike)
    let kept = each { build, output in
      let (red, nir) = (samples.span, others.span)
      switch build {
      case .avx512:
        KernelsAVX512.StripKernels.normalizedDifference(
          nir, missing: 1, red, missing: 1, plus: -7000, -0.25, into: &output)
      case .avx2:
        KernelsAVX2.StripKernels.normalizedDifference(
          nir, missing: 1, red, missing: 1, plus: -7000, -0.25, into: &output)
      case .baseline:
        Kernels.StripKernels.normalizedDifference(
          nir, missing: 1, red, missing: 1, plus: -7000, -0.25, into: &output)
      }
    }
    #expect(kept.areAlike && kept.first == floats.first)
    let masked = each { build, output in
      let (red, nir, rejected) = (samples.span, others.span, rejected.span)
      switch build {
      case .avx512:
        KernelsAVX512.StripKernels.normalizedDifference(
          nir, missing: 0, red, missing: 0, rejected: rejected, plus: -7000, -0.25, into: &output)
      case .avx2:
        KernelsAVX2.StripKernels.normalizedDifference(
          nir, missing: 0, red, missing: 0, rejected: rejected, plus: -7000, -0.25, into: &output)
      case .baseline:
        Kernels.StripKernels.normalizedDifference(
          nir, missing: 0, red, missing: 0, rejected: rejected, plus: -7000, -0.25, into: &output)
      }
    }
    #expect(masked.areAlike)
  }

  @Test func `Sums, counts and means are the same in all builds`() throws {
    let finite = values.map { abs($0) <= 1 ? $0 : .nan }
    let results = Processor.available.map { build in
      var sums = [Double](repeating: 0, count: Self.count)
      var counts = [UInt16](repeating: 0, count: Self.count)
      for round in 1...3 {
        let values = finite.map { $0 / Float(round) }
        var sum = sums.mutableSpan
        var count = counts.mutableSpan
        switch build {
        case .avx512:
          KernelsAVX512.StripKernels.add(values.span, rounder: 0x1.8p12, to: &sum, counts: &count)
        case .avx2: KernelsAVX2.StripKernels.add(values.span, rounder: 0x1.8p12, to: &sum, counts: &count)
        case .baseline: Kernels.StripKernels.add(values.span, rounder: 0x1.8p12, to: &sum, counts: &count)
        }
      }
      return (sums: sums, counts: counts)
    }
    #expect(results.map { $0.sums.map(\.bitPattern) }.areAlike)
    #expect(results.map(\.counts).areAlike)
    let (sums, counts) = try #require(results.first)
    let means = each { build, output in
      switch build {
      case .avx512: KernelsAVX512.StripKernels.means(sums.span, counts: counts.span, into: &output)
      case .avx2: KernelsAVX2.StripKernels.means(sums.span, counts: counts.span, into: &output)
      case .baseline: Kernels.StripKernels.means(sums.span, counts: counts.span, into: &output)
      }
    }
    #expect(means.areAlike)
    #expect(means.first?.contains { Float(bitPattern: $0).isNaN } == true)
  }

  /// What a build counts.
  private struct Counted: Equatable {
    let count: Int
    let sum: Int64
    let sumOfSquares: Int64
    let minimum: Float
    let maximum: Float
    let bins: [Int32]
  }

  @Test func `Statistics and their bins are the same in all builds, and as counted one by one`() throws {
    let (lower, perBin, last) = (-1.0, 2048.0, 4095.0)
    let finite = values.map { $0.isInfinite || abs($0) > 4 ? .nan : $0 }
    let results = Processor.available.map { build in
      var bins = [Int32](repeating: 0, count: Self.count)
      return finite.withUnsafeBufferPointer { values in
        let counted = bins.withUnsafeMutableBufferPointer { bins in
          switch build {
          case .avx512:
            let block = KernelsAVX512.StatisticsKernels.count(
              values,
              .init(units: 0x1p37, squareUnits: 0x1p36, lower: lower, perBin: perBin, lastBin: last),
              bins: bins)
            return (block.count, block.sum, block.sumOfSquares, block.minimum, block.maximum)
          case .avx2:
            let block = KernelsAVX2.StatisticsKernels.count(
              values,
              .init(units: 0x1p37, squareUnits: 0x1p36, lower: lower, perBin: perBin, lastBin: last),
              bins: bins)
            return (block.count, block.sum, block.sumOfSquares, block.minimum, block.maximum)
          case .baseline:
            let block = Kernels.StatisticsKernels.count(
              values,
              .init(units: 0x1p37, squareUnits: 0x1p36, lower: lower, perBin: perBin, lastBin: last),
              bins: bins)
            return (block.count, block.sum, block.sumOfSquares, block.minimum, block.maximum)
          }
        }
        return Counted(
          count: counted.0, sum: counted.1, sumOfSquares: counted.2, minimum: counted.3, maximum: counted.4,
          bins: bins)
      }
    }
    #expect(results.areAlike)
    let counted = try #require(results.first)
    let present = finite.filter { !$0.isNaN }
    #expect(counted.count == present.count)
    #expect(counted.minimum == present.min() && counted.maximum == present.max())
    #expect(
      counted.sum == present.reduce(0) { $0 + Int64((Double($1) * 0x1p37).rounded(.toNearestOrEven)) })
    for (value, bin) in zip(finite, counted.bins) {
      let place = min(max(((Double(value) - lower) * perBin).rounded(.down), 0), last)
      #expect(bin == (value.isNaN ? -1 : Int32(place)))
    }
  }

  @Test func `Bins are tallied alike in all builds, and as counted one by one`() {
    let length = 12
    for count in [0, 1, 15, 16, 17, 33, Self.count] {
      // Alone, in long runs, and missing.
      let bins = (0..<count).map { place -> Int32 in
        let (long, short) = (place / 50 % 11, Int(samples[place]) % 12 - 1)
        return Int32(place / 100 % 3 == 0 ? long : short)
      }
      for build in Processor.available {
        var histograms = [UInt32](repeating: 0, count: 4 * length)
        bins.withUnsafeBufferPointer { bins in
          histograms.withUnsafeMutableBufferPointer { histograms in
            switch build {
            case .avx512: KernelsAVX512.StatisticsKernels.tally(bins, in: histograms)
            case .avx2: KernelsAVX2.StatisticsKernels.tally(bins, in: histograms)
            case .baseline: Kernels.StatisticsKernels.tally(bins, in: histograms)
            }
          }
        }
        for bin in -1..<11 {
          let counts = (0..<4).map { histograms[$0 * length + bin + 1] }
          let expected = bins.count { $0 == bin }
          #expect(Int(counts.reduce(0, +)) == expected, "bin \(bin), built as \(build)")
        }
      }
    }
  }

  @Test func `Running sums along rows are the same in all builds, and as summed one by one`() {
    for width in [1, 7, 8, 9, 31, 32, 33, 64, 100, 300] {
      for skip in [0, 1, 5] {
        // Three rows, with something between them that stays as it is.
        let (from, to) = (2 * (width + skip + 3), 2 * (width + 1))
        var expected = [UInt16](repeating: 9, count: 3 * to / 2)
        for row in 0..<3 {
          var sum: UInt16 = 0
          for place in 0..<(skip + width) {
            sum &+= samples[row * from / 2 + place]
            if place >= skip { expected[row * to / 2 + place - skip] = sum }
          }
        }
        for build in Processor.available {
          var sums = [UInt16](repeating: 9, count: 3 * to / 2)
          sums.withUnsafeMutableBytes { sums in
            samples.withUnsafeBytes { samples in
              guard let source = samples.baseAddress, let target = sums.baseAddress else { return }
              switch build {
              case .avx512:
                KernelsAVX512.DifferenceKernels.integrate(
                  source, sourceStride: from, skip: skip, into: target, targetStride: to, width: width,
                  height: 3)
              case .avx2:
                KernelsAVX2.DifferenceKernels.integrate(
                  source, sourceStride: from, skip: skip, into: target, targetStride: to, width: width,
                  height: 3)
              case .baseline:
                Kernels.DifferenceKernels.integrate(
                  source, sourceStride: from, skip: skip, into: target, targetStride: to, width: width,
                  height: 3)
              }
            }
          }
          #expect(sums == expected, "\(width) samples after \(skip), built as \(build)")
        }
      }
    }
  }

  @Test func `Tests of bits are the same in all builds`() {
    for build in Processor.available {
      var flags = [UInt8](repeating: 9, count: Self.count)
      var output = flags.mutableSpan
      switch build {
      case .avx512: KernelsAVX512.StripKernels.test(samples.span, anyOf: 0x99, into: &output)
      case .avx2: KernelsAVX2.StripKernels.test(samples.span, anyOf: 0x99, into: &output)
      case .baseline: Kernels.StripKernels.test(samples.span, anyOf: 0x99, into: &output)
      }
      #expect(flags == samples.map { $0 & 0x99 == 0 ? 0 : 1 })
    }
  }

  @Test func `Medians are the same in both builds that there are of them`() {
    let turned = Array(values.reversed())
    let medians = each { build, output in
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
      if build == .baseline {
        Kernels.SelectionKernels.take(values.span, into: &lows, substitutes: &ones, counts: &twos)
        Kernels.SelectionKernels.take(turned.span, into: &highs, substitutes: &ones, counts: &twos)
        Kernels.SelectionKernels.order(&lows, &highs)
        Kernels.SelectionKernels.medians(
          lower: lows.span, upper: highs.span, counts: twos.span, into: &output, counts: &numbers)
      } else {
        KernelsAVX2.SelectionKernels.take(values.span, into: &lows, substitutes: &ones, counts: &twos)
        KernelsAVX2.SelectionKernels.take(turned.span, into: &highs, substitutes: &ones, counts: &twos)
        KernelsAVX2.SelectionKernels.order(&lows, &highs)
        KernelsAVX2.SelectionKernels.medians(
          lower: lows.span, upper: highs.span, counts: twos.span, into: &output, counts: &numbers)
      }
    }
    #expect(medians.areAlike)
  }

  /// The bits of what each build writes.
  private func each(_ body: (Processor.Build, inout MutableSpan<Float>) -> Void) -> [[UInt32]] {
    Processor.available.map { build in
      var result = [Float](repeating: 5, count: Self.count)
      var output = result.mutableSpan
      body(build, &output)
      return result.map(\.bitPattern)
    }
  }
}

extension Sequence where Element: Equatable {
  /// Whether all elements are the same.
  fileprivate var areAlike: Bool {
    let first = first { _ in true }
    return allSatisfy { $0 == first }
  }
}
