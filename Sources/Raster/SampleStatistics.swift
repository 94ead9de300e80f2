internal import Kernels
internal import KernelsAVX2
internal import KernelsAVX512

/// Count, mean, deviation, range and percentiles of a variable's values, in parts that merge exactly.
///
/// Sums are kept in fixed point and values in a histogram of fixed bins, so that the result does not depend on
/// how the pixels were cut into chunks or in which order the chunks came. Missing values (NaN) are not counted.
public struct SampleStatistics: Hashable, Sendable {
  /// Number of bins between the range's ends; values outside are counted in the first or last one.
  public static let binCount = 4096

  /// The values the histogram resolves.
  public let range: ClosedRange<Double>
  public private(set) var count = 0
  public private(set) var minimum = Double.infinity
  public private(set) var maximum = -Double.infinity
  /// Sum of the values in units of 1 / `unitsPerOne`.
  private var sum: Int128 = 0
  /// Sum of the squares, in units of 1 / `unitsPerSquare`.
  private var sumOfSquares: Int128 = 0
  private var bins = [UInt32](repeating: 0, count: binCount)

  /// - Precondition: `range` is finite and not empty.
  public init(range: ClosedRange<Double>) {
    precondition(
      range.lowerBound.isFinite && range.upperBound.isFinite && range.lowerBound < range.upperBound)
    self.range = range
  }

  /// The power of two at or above the range's larger end.
  private var magnitudeExponent: Int {
    Int(max(abs(range.lowerBound), abs(range.upperBound)).exponent) + 1
  }

  /// How many fixed-point units make one: values of the range are sums of at most 2³⁸ of them.
  private var unitsPerOne: Double {
    Double(sign: .plus, exponent: 38 - magnitudeExponent, significand: 1)
  }

  /// The same for squares.
  private var unitsPerSquare: Double {
    Double(sign: .plus, exponent: 38 - 2 * magnitudeExponent, significand: 1)
  }

  /// Counts values; NaN is skipped.
  public mutating func add(_ values: UnsafeBufferPointer<Float>) {
    // Four histograms, each with a place for missing values before the first bin.
    let length = SampleStatistics.binCount + 1
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 4 * length) { histograms in
      histograms.initialize(repeating: 0)
      withUnsafeTemporaryAllocation(of: Int32.self, capacity: SampleStatistics.blockSize) { places in
        for start in stride(from: 0, to: values.count, by: SampleStatistics.blockSize) {
          let end = min(start + SampleStatistics.blockSize, values.count)
          let block = UnsafeBufferPointer(rebasing: values[start..<end])
          add(block, places: UnsafeMutableBufferPointer(rebasing: places[..<block.count]), histograms)
        }
      }
      for bin in bins.indices {
        let place = bin + 1
        bins[bin] &+= histograms[place] &+ histograms[place + length]
        bins[bin] &+= histograms[place + 2 * length] &+ histograms[place + 3 * length]
      }
    }
    // Adding zero makes one zero of -0 and 0, which are equal, so that it does not matter which came first.
    (minimum, maximum) = (minimum + 0, maximum + 0)
  }

  /// Counts whole numbers, of which none is missing: the same as if they came as Floats.
  ///
  /// Small ones, such as numbers of observations, are counted first and looked at once for each different one.
  public mutating func add(counts: UnsafeBufferPointer<Int32>) {
    guard !counts.isEmpty else { return }
    var (least, most) = (Int32.max, Int32.min)
    for value in counts {
      least = min(least, value)
      most = max(most, value)
    }
    guard least >= 0, most < SampleStatistics.binCount else {
      let floats = counts.map { Float($0) }
      return floats.withUnsafeBufferPointer { add($0) }
    }
    // A place for missing values before the first, of which there are none.
    let length = Int(most) + 2
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 4 * length) { histograms in
      histograms.initialize(repeating: 0)
      SampleStatistics.tally(counts, in: histograms)
      for value in Int(least)...Int(most) {
        let place = value + 1
        let (one, two) = (histograms[place], histograms[place + length])
        let (three, four) = (histograms[place + 2 * length], histograms[place + 3 * length])
        add(Double(value), times: one &+ two &+ three &+ four)
      }
    }
  }

  private mutating func add(_ value: Double, times: UInt32) {
    guard times > 0 else { return }
    count += Int(times)
    minimum = min(minimum, value)
    maximum = max(maximum, value)
    sum &+= SampleStatistics.fixedPoint(value * unitsPerOne) &* Int128(times)
    sumOfSquares &+= SampleStatistics.fixedPoint(value * value * unitsPerSquare) &* Int128(times)
    let perBin = Double(SampleStatistics.binCount) / (range.upperBound - range.lowerBound)
    let place = max(0, (value - range.lowerBound) * perBin).rounded(.down)
    bins[Int(min(place, Double(SampleStatistics.binCount - 1)))] &+= times
  }

  private static func tally(
    _ bins: UnsafeBufferPointer<Int32>, in histograms: UnsafeMutableBufferPointer<UInt32>
  ) {
    switch Processor.build {
    case .avx512: KernelsAVX512.StatisticsKernels.tally(bins, in: histograms)
    case .avx2: KernelsAVX2.StatisticsKernels.tally(bins, in: histograms)
    case .baseline: Kernels.StatisticsKernels.tally(bins, in: histograms)
    }
  }

  private static let blockSize = 2048

  private mutating func add(
    _ block: UnsafeBufferPointer<Float>, places: UnsafeMutableBufferPointer<Int32>,
    _ histograms: UnsafeMutableBufferPointer<UInt32>
  ) {
    let (units, squareUnits) = (unitsPerOne, unitsPerSquare)
    let perBin = Double(SampleStatistics.binCount) / (range.upperBound - range.lowerBound)
    let part = Part(block, units, squareUnits, range.lowerBound, perBin, places)
    guard part.count > 0 else { return }
    count += part.count
    minimum = min(minimum, part.minimum)
    maximum = max(maximum, part.maximum)
    if part.isExact(units: units, squareUnits: squareUnits) {
      sum &+= Int128(part.sum)
      sumOfSquares &+= Int128(part.sumOfSquares)
    } else {
      for sample in block where sample == sample {
        let value = Double(sample)
        sum &+= SampleStatistics.fixedPoint(value * units)
        sumOfSquares &+= SampleStatistics.fixedPoint(value * value * squareUnits)
      }
    }
    SampleStatistics.tally(UnsafeBufferPointer(places), in: histograms)
  }

  /// Count, range and sums of one block.
  private struct Part {
    let count: Int
    let minimum: Double
    let maximum: Double
    let sum: Int64
    let sumOfSquares: Int64

    /// Counts a block, and finds the bin of each value; -1 where it is missing.
    init(
      _ values: UnsafeBufferPointer<Float>, _ units: Double, _ squareUnits: Double, _ lower: Double,
      _ perBin: Double, _ bins: UnsafeMutableBufferPointer<Int32>
    ) {
      let last = Double(SampleStatistics.binCount - 1)
      switch Processor.build {
      case .avx512:
        let block = KernelsAVX512.StatisticsKernels.count(
          values,
          .init(units: units, squareUnits: squareUnits, lower: lower, perBin: perBin, lastBin: last),
          bins: bins)
        (count, sum, sumOfSquares) = (block.count, block.sum, block.sumOfSquares)
        (minimum, maximum) = (Double(block.minimum), Double(block.maximum))
      case .avx2:
        let block = KernelsAVX2.StatisticsKernels.count(
          values,
          .init(units: units, squareUnits: squareUnits, lower: lower, perBin: perBin, lastBin: last),
          bins: bins)
        (count, sum, sumOfSquares) = (block.count, block.sum, block.sumOfSquares)
        (minimum, maximum) = (Double(block.minimum), Double(block.maximum))
      case .baseline:
        let block = Kernels.StatisticsKernels.count(
          values,
          .init(units: units, squareUnits: squareUnits, lower: lower, perBin: perBin, lastBin: last),
          bins: bins)
        (count, sum, sumOfSquares) = (block.count, block.sum, block.sumOfSquares)
        (minimum, maximum) = (Double(block.minimum), Double(block.maximum))
      }
    }

    /// Whether every value is small enough for the sums to hold.
    func isExact(units: Double, squareUnits: Double) -> Bool {
      let largest = max(abs(minimum), abs(maximum))
      return largest * units < 0x1p50 && largest * largest * squareUnits < 0x1p50
    }
  }

  /// Adds what another part counted.
  ///
  /// - Precondition: both have the same range.
  public mutating func merge(_ other: SampleStatistics) {
    precondition(range == other.range)
    count += other.count
    minimum = min(minimum, other.minimum)
    maximum = max(maximum, other.maximum)
    sum &+= other.sum
    sumOfSquares &+= other.sumOfSquares
    for index in bins.indices { bins[index] &+= other.bins[index] }
  }

  /// The mean; nil when nothing was counted.
  public var mean: Double? { count == 0 ? nil : Double(sum) / unitsPerOne / Double(count) }

  /// The population standard deviation; nil when nothing was counted.
  public var standardDeviation: Double? {
    guard let mean else { return nil }
    let meanSquare = Double(sumOfSquares) / unitsPerSquare / Double(count)
    return max(0, meanSquare - mean * mean).squareRoot()
  }

  /// The value below which `percent` of the values lie, interpolated within a bin; nil when nothing was counted.
  ///
  /// Accurate to one bin: 1/4096 of the range. Never outside the smallest and largest value seen.
  ///
  /// - Parameters:
  ///   - percent: 0...100.
  ///   - isWhole: whether all values are whole numbers, none of which share a bin: the result is one then.
  public func percentile(_ percent: Double, isWhole: Bool = false) -> Double? {
    guard count > 0 else { return nil }
    // The rank numpy's default ("linear") asks for, counted from 0.
    let rank = percent / 100 * Double(count - 1)
    let width = (range.upperBound - range.lowerBound) / Double(SampleStatistics.binCount)
    var below = 0.0
    for (index, bin) in bins.enumerated() where bin > 0 {
      if rank < below + Double(bin) {
        if isWhole { return min(max((range.lowerBound + Double(index) * width).rounded(), minimum), maximum) }
        let within = (rank - below + 0.5) / Double(bin)
        let value = range.lowerBound + (Double(index) + within) * width
        return min(max(value, minimum), maximum)
      }
      below += Double(bin)
    }
    return maximum
  }

  /// How many of the values are a whole number.
  ///
  /// - Precondition: all values are whole numbers of the range, none of which share a bin.
  public func count(of whole: Int) -> Int {
    let perBin = Double(SampleStatistics.binCount) / (range.upperBound - range.lowerBound)
    let place = ((Double(whole) - range.lowerBound) * perBin).rounded(.down)
    guard place >= 0 else { return 0 }
    return Int(bins[Int(min(place, Double(SampleStatistics.binCount - 1)))])
  }

  /// Rounds to a whole number of units; beyond what Int128 sums can hold the value is clamped.
  @inline(__always)
  private static func fixedPoint(_ units: Double) -> Int128 {
    // The common case stays in 64 bits: converting to Int128 directly is far slower.
    if abs(units) < 0x1p62 { return Int128(Int64(units.rounded(.toNearestOrEven))) }
    return Int128(min(max(units, -0x1p100), 0x1p100))
  }
}

extension SampleStatistics {
  /// The parts as plain numbers, for a file: what `init(range:parts:)` reads back.
  ///
  /// The two sums are decimal text (they exceed 64 bits); bins are pairs: how many empty bins to pass, the count.
  public struct Parts: Hashable, Sendable {
    public var count: Int
    public var minimum: Double
    public var maximum: Double
    public var sum: String
    public var sumOfSquares: String
    public var bins: [Int]

    public init(count: Int, minimum: Double, maximum: Double, sum: String, sumOfSquares: String, bins: [Int])
    {
      self.count = count
      self.minimum = minimum
      self.maximum = maximum
      self.sum = sum
      self.sumOfSquares = sumOfSquares
      self.bins = bins
    }
  }

  public var parts: Parts {
    var runs: [Int] = []
    var empty = 0
    for bin in bins {
      if bin == 0 {
        empty += 1
      } else {
        runs += [empty, Int(bin)]
        empty = 0
      }
    }
    return Parts(
      count: count, minimum: minimum, maximum: maximum, sum: String(sum), sumOfSquares: String(sumOfSquares),
      bins: runs)
  }

  /// Reads parts back; nil when they are not what `parts` writes.
  public init?(range: ClosedRange<Double>, parts: Parts) {
    self.init(range: range)
    guard let sum = Int128(parts.sum), let squares = Int128(parts.sumOfSquares), parts.bins.count % 2 == 0,
      parts.count >= 0
    else { return nil }
    count = parts.count
    minimum = parts.minimum
    maximum = parts.maximum
    self.sum = sum
    sumOfSquares = squares
    var index = 0
    for pair in stride(from: 0, to: parts.bins.count, by: 2) {
      guard let value = UInt32(exactly: parts.bins[pair + 1]), parts.bins[pair] >= 0,
        parts.bins[pair] < SampleStatistics.binCount - index
      else { return nil }
      index += parts.bins[pair]
      bins[index] = value
      index += 1
    }
    // Every value counted is in one of the bins.
    guard bins.reduce(0, { $0 + Int($1) }) == count else { return nil }
  }
}
