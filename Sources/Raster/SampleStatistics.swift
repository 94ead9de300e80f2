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
  public private(set) var count = 0
  public private(set) var minimum = Double.infinity
  public private(set) var maximum = -Double.infinity
  /// Sum of the values in units of 1 / `unitsPerOne`.
  private var sum: Int128 = 0
  /// Sum of the squares, in units of 1 / `unitsPerSquare`.
  private var sumOfSquares: Int128 = 0
  private var bins = [UInt32](repeating: 0, count: binCount)
  /// The values outside the range. Two thousand bins: values between 200 and 300 are told apart by 1/8 at least.
  private var outside = FloatHistogram(most: SampleStatistics.mostOutside)
  /// The values of the range; nil where `bins` are enough: for whole numbers, and where many of them are taken.
  private var inside: FloatHistogram? = FloatHistogram(most: SampleStatistics.mostInside)

  private static let mostOutside = 2048
  private static let mostInside = 1024
  /// So many taken bins of equal width tell values apart well enough.
  private static let enoughBins = 24

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
  private func bin(of value: Double) -> Int? {
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

  /// The value below which `percent` of the values lie, interpolated within a bin; nil when nothing was counted.
  ///
  /// Accurate to one of the bins that are taken, each 1/4096 of the range or less; outside the range, and where values
  /// take few of its bins, to one of about a thousand or more that the values are shared among. Never outside the smallest and largest value seen.
  ///
  /// - Parameters:
  ///   - percent: 0...100.
  ///   - isWhole: whether all values are whole numbers, none of the range's share a bin: the result is one then.
  public func percentile(_ percent: Double, isWhole: Bool = false) -> Double? {
    guard count > 0 else { return nil }
    // The rank numpy's default ("linear") asks for, counted from 0.
    let rank = percent / 100 * Double(count - 1)
    let below = rank.rounded(.down)
    let low = value(at: below, isWhole: isWhole)
    guard !isWhole, rank > below, low.isFinite else { return low }
    let high = value(at: below + 1, isWhole: false)
    return high.isFinite ? low + (rank - below) * (high - low) : low
  }

  /// The value of a rank, counted from 0, where the values of a bin are spread evenly over it.
  private func value(at rank: Double, isWhole: Bool) -> Double {
    var below = 0.0
    /// The value in a bin where the rank falls into it; nil where it lies beyond.
    func value(_ number: UInt32, from low: Double, to high: Double) -> Double? {
      guard rank < below + Double(number) else {
        below += Double(number)
        return nil
      }
      let within = (rank - below + 0.5) / Double(number)
      let value = isWhole ? low.rounded() : low < high ? low + within * (high - low) : low
      return min(max(value, minimum), maximum)
    }
    let under = outside.bins.indices.prefix { outside.ends($0).low < range.lowerBound }
    for place in under {
      let ends = outside.ends(place)
      let high = min(ends.high, range.lowerBound)
      if let value = value(outside.counts[place], from: ends.low, to: high) { return value }
    }
    if let inside {
      for (place, number) in inside.counts.enumerated() {
        let ends = inside.ends(place)
        if let value = value(number, from: ends.low, to: ends.high) { return value }
      }
    } else {
      let width = (range.upperBound - range.lowerBound) / Double(SampleStatistics.binCount)
      for (index, number) in bins.enumerated() where number > 0 {
        let low = range.lowerBound + Double(index) * width
        if let value = value(number, from: low, to: low + width) { return value }
      }
    }
    for place in under.endIndex..<outside.bins.count {
      let ends = outside.ends(place)
      // A single number has no width.
      let low = ends.low < ends.high ? max(ends.low, range.upperBound) : ends.low
      if let value = value(outside.counts[place], from: low, to: ends.high) { return value }
    }
    return maximum
  }

  /// How many of the values are a whole number.
  ///
  /// - Precondition: all values are whole numbers, none of the range's share a bin.
  public func count(of whole: Int) -> Int {
    bin(of: Double(whole)).map { Int(bins[$0]) } ?? outside.count(of: Float(whole))
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
  /// The two sums are decimal text (they exceed 64 bits); bins are pairs: how many empty bins to pass, the count;
  /// of values outside the range, and in few of its bins, first how many bits their bins leave out, then pairs: how far a
  /// bin lies from the one before, the count.
  public struct Parts: Hashable, Sendable {
    public var count: Int
    public var minimum: Double
    public var maximum: Double
    public var sum: String
    public var sumOfSquares: String
    public var bins: [Int]
    public var outside: [Int]
    /// Nil where `bins` are enough.
    public var inside: [Int]?

    public init(
      count: Int, minimum: Double, maximum: Double, sum: String, sumOfSquares: String, bins: [Int],
      outside: [Int] = [], inside: [Int]? = nil
    ) {
      self.count = count
      self.minimum = minimum
      self.maximum = maximum
      self.sum = sum
      self.sumOfSquares = sumOfSquares
      self.bins = bins
      self.outside = outside
      self.inside = inside
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
      bins: runs, outside: outside.parts, inside: inside?.parts)
  }

  /// Reads parts back; nil when they are not what `parts` writes, or have values outside the range in none of its bins.
  public init?(range: ClosedRange<Double>, parts: Parts) {
    self.init(range: range)
    guard let sum = Int128(parts.sum), let squares = Int128(parts.sumOfSquares), parts.bins.count % 2 == 0,
      parts.count >= 0, let outside = FloatHistogram(parts: parts.outside, most: SampleStatistics.mostOutside)
    else { return nil }
    count = parts.count
    minimum = parts.minimum
    maximum = parts.maximum
    self.sum = sum
    sumOfSquares = squares
    self.outside = outside
    if let numbers = parts.inside {
      guard let found = FloatHistogram(parts: numbers, most: SampleStatistics.mostInside) else { return nil }
      inside = found
    } else if count > 0 {
      inside = nil
    }
    var index = 0
    for pair in stride(from: 0, to: parts.bins.count, by: 2) {
      guard let value = UInt32(exactly: parts.bins[pair + 1]), parts.bins[pair] >= 0,
        parts.bins[pair] < SampleStatistics.binCount - index
      else { return nil }
      index += parts.bins[pair]
      bins[index] = value
      index += 1
    }
    // Every value counted is in one of the bins. What lies outside was once counted in the first and the last one.
    guard bins.reduce(outside.total, { $0 + Int($1) }) == count,
      !outside.isEmpty || count == 0 || minimum >= range.lowerBound && maximum <= range.upperBound
    else { return nil }
    guard inside.map({ $0.total == count - outside.total }) ?? true else { return nil }
  }
}
