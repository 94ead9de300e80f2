internal import Kernels
internal import KernelsAVX2
internal import KernelsAVX512

/// Count, mean, deviation, range and percentiles of a variable's values, in parts that merge exactly.
///
/// Sums are kept in fixed point and values in histograms that merge exactly, so that the result does not depend on
/// how the pixels were cut into chunks or in which order the chunks came. Missing values (NaN) are not counted.
///
/// Values of the range are counted in bins of equal width; values outside it in bins of a Float's leading bits, which
/// reach everywhere. Where values take few of the range's bins, they are counted in bins of the latter kind, too.
public struct SampleStatistics: Hashable, Sendable {
  /// Number of bins between the range's ends.
  public static let binCount = 4096

  /// The values that are counted in bins of equal width.
  public let range: ClosedRange<Double>
  public internal(set) var count = 0
  public internal(set) var minimum = Double.infinity
  public internal(set) var maximum = -Double.infinity
  /// Sum of the values in units of 1 / `unitsPerOne`.
  var sum: Int128 = 0
  /// Sum of the squares, in units of 1 / `unitsPerSquare`.
  var sumOfSquares: Int128 = 0
  var bins = [UInt32](repeating: 0, count: binCount)
  /// The values outside the range. Two thousand bins: values between 200 and 300 are distinguished to 1/8.
  var outside = FloatHistogram(most: SampleStatistics.mostOutside)
  /// The values of the range; nil where `bins` are enough: for whole numbers, and where many of them are taken.
  var inside: FloatHistogram? = FloatHistogram(most: SampleStatistics.mostInside)

  static let mostOutside = 2048
  static let mostInside = 1024
  /// So many taken bins of equal width distinguish values well enough.
  private static let enoughBins = 24

  /// - Parameters:
  ///   - range: where most values are expected.
  ///   - isDetailed: whether values that take few of the range's bins are told apart further; false for a part of what is
  ///     known to take many of them, where that would be lost when it is merged.
  /// - Precondition: `range` is finite and not empty.
  public init(range: ClosedRange<Double>, isDetailed: Bool = true) {
    precondition(
      range.lowerBound.isFinite && range.upperBound.isFinite && range.lowerBound < range.upperBound)
    self.range = range
    if !isDetailed { inside = nil }
  }

  /// Whether values that take few of the range's bins are told apart further.
  public var isDetailed: Bool { inside != nil }

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
  ///
  /// - Parameters:
  ///   - values: in any order.
  ///   - areWhole: whether all are whole numbers, as are those of all other parts.
  public mutating func add(_ values: UnsafeBufferPointer<Float>, areWhole: Bool = false) {
    var found = Extremes()
    // Four histograms, each with a place for missing values before the first bin.
    let length = SampleStatistics.binCount + 1
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 4 * length) { histograms in
      histograms.initialize(repeating: 0)
      withUnsafeTemporaryAllocation(of: Int32.self, capacity: SampleStatistics.blockSize) { places in
        for start in stride(from: 0, to: values.count, by: SampleStatistics.blockSize) {
          let end = min(start + SampleStatistics.blockSize, values.count)
          let block = UnsafeBufferPointer(rebasing: values[start..<end])
          found.add(
            add(block, places: UnsafeMutableBufferPointer(rebasing: places[..<block.count]), histograms))
        }
      }
      for bin in bins.indices {
        let place = bin + 1
        bins[bin] &+= histograms[place] &+ histograms[place + length]
        bins[bin] &+= histograms[place + 2 * length] &+ histograms[place + 3 * length]
      }
    }
    if found.minimum < range.lowerBound || found.maximum > range.upperBound {
      // The loops above count what lies outside in the first and the last bin.
      let (below, above) = outside.add(values, outside: range)
      bins[0] &-= UInt32(truncatingIfNeeded: below)
      bins[bins.count - 1] &-= UInt32(truncatingIfNeeded: above)
    }
    if found.minimum <= found.maximum, areWhole { inside = nil }
    dropDetail()
    inside?.add(values, inside: range)
    // Adding zero makes one zero of -0 and 0, which are equal, so that it does not matter which came first.
    (minimum, maximum) = (minimum + 0, maximum + 0)
  }

  /// Bins of equal width are enough where many are taken.
  private mutating func dropDetail() {
    if inside != nil, bins.count(where: { $0 > 0 }) > SampleStatistics.enoughBins { inside = nil }
  }

  /// Counts whole numbers, of which none is missing: the same as if they came as Floats.
  ///
  /// Small ones, such as numbers of observations, are counted first and looked at once for each different one.
  public mutating func add(counts: UnsafeBufferPointer<Int32>) {
    guard !counts.isEmpty else { return }
    inside = nil
    var (least, most) = (Int32.max, Int32.min)
    for value in counts {
      least = min(least, value)
      most = max(most, value)
    }
    guard least >= 0, most < SampleStatistics.binCount else {
      let floats = counts.map { Float($0) }
      return floats.withUnsafeBufferPointer { add($0, areWhole: true) }
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
    if let bin = bin(of: value) { bins[bin] &+= times } else { outside.add(Float(value), times: times) }
  }

  /// The bin of a value of the range; nil outside it.
  func bin(of value: Double) -> Int? {
    guard range.contains(value) else { return nil }
    let perBin = Double(SampleStatistics.binCount) / (range.upperBound - range.lowerBound)
    let place = ((value - range.lowerBound) * perBin).rounded(.down)
    return Int(min(place, Double(SampleStatistics.binCount - 1)))
  }

  /// The smallest and the largest of some values.
  private struct Extremes {
    var minimum = Double.infinity
    var maximum = -Double.infinity

    mutating func add(_ other: Extremes) {
      minimum = min(minimum, other.minimum)
      maximum = max(maximum, other.maximum)
    }
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
  ) -> Extremes {
    let (units, squareUnits) = (unitsPerOne, unitsPerSquare)
    let perBin = Double(SampleStatistics.binCount) / (range.upperBound - range.lowerBound)
    let part = Part(block, units, squareUnits, range.lowerBound, perBin, places)
    guard part.count > 0 else { return Extremes() }
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
    return Extremes(minimum: part.minimum, maximum: part.maximum)
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
    outside.merge(other.outside)
    if let detail = other.inside { inside?.merge(detail) } else { inside = nil }
    dropDetail()
  }

  /// The mean; nil when nothing was counted.
  public var mean: Double? { count == 0 ? nil : Double(sum) / unitsPerOne / Double(count) }

  /// The population standard deviation; nil when nothing was counted.
  public var standardDeviation: Double? {
    guard let mean else { return nil }
    let meanSquare = Double(sumOfSquares) / unitsPerSquare / Double(count)
    return max(0, meanSquare - mean * mean).squareRoot()
  }

  /// Rounds to a whole number of units; beyond what Int128 sums can hold the value is clamped.
  @inline(__always)
  private static func fixedPoint(_ units: Double) -> Int128 {
    // The common case stays in 64 bits: converting to Int128 directly is far slower.
    if abs(units) < 0x1p62 { return Int128(Int64(units.rounded(.toNearestOrEven))) }
    return Int128(min(max(units, -0x1p100), 0x1p100))
  }
}
