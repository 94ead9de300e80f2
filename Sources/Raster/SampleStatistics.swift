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
  /// Sum of the squares, in the same units.
  private var sumOfSquares: Int128 = 0
  private var bins = [UInt32](repeating: 0, count: binCount)

  /// - Precondition: `range` is finite and not empty.
  public init(range: ClosedRange<Double>) {
    precondition(
      range.lowerBound.isFinite && range.upperBound.isFinite && range.lowerBound < range.upperBound)
    self.range = range
  }

  /// How many fixed-point units make one: 2³⁸ over the power of two at or above the range's larger end.
  private var unitsPerOne: Double {
    let magnitude = max(abs(range.lowerBound), abs(range.upperBound))
    let exponent = 38 - Int(magnitude.exponent) - 1
    return Double(sign: .plus, exponent: exponent, significand: 1)
  }

  /// Counts values; NaN is skipped.
  public mutating func add(_ values: UnsafeBufferPointer<Float>) {
    let units = unitsPerOne
    let lower = range.lowerBound
    let perBin = Double(SampleStatistics.binCount) / (range.upperBound - lower)
    let last = Double(SampleStatistics.binCount - 1)
    var (low, high) = (minimum, maximum)
    var total = sum
    var squares = sumOfSquares
    var seen = 0
    bins.withUnsafeMutableBufferPointer { bins in
      for sample in values where sample == sample {
        let value = Double(sample)
        low = min(low, value)
        high = max(high, value)
        total &+= SampleStatistics.fixedPoint(value * units)
        squares &+= SampleStatistics.fixedPoint(value * value * units)
        bins[Int(min(max((value - lower) * perBin, 0), last))] &+= 1
        seen &+= 1
      }
    }
    (minimum, maximum, sum, sumOfSquares) = (low, high, total, squares)
    count += seen
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
    let meanSquare = Double(sumOfSquares) / unitsPerOne / Double(count)
    return max(0, meanSquare - mean * mean).squareRoot()
  }

  /// The value below which `percent` of the values lie, interpolated within a bin; nil when nothing was counted.
  ///
  /// Accurate to one bin: 1/4096 of the range. Never outside the smallest and largest value seen.
  public func percentile(_ percent: Double) -> Double? {
    guard count > 0 else { return nil }
    // The rank numpy's default ("linear") asks for, counted from 0.
    let rank = percent / 100 * Double(count - 1)
    let width = (range.upperBound - range.lowerBound) / Double(SampleStatistics.binCount)
    var below = 0.0
    for (index, bin) in bins.enumerated() where bin > 0 {
      if rank < below + Double(bin) {
        let within = (rank - below + 0.5) / Double(bin)
        let value = range.lowerBound + (Double(index) + within) * width
        return min(max(value, minimum), maximum)
      }
      below += Double(bin)
    }
    return maximum
  }

  /// Rounds to a whole number of units; beyond what Int128 sums can hold the value is clamped.
  @inline(__always)
  private static func fixedPoint(_ units: Double) -> Int128 {
    // The common case stays in 64 bits: converting to Int128 directly is far slower.
    if abs(units) < 0x1p62 { return Int128(Int64(units.rounded())) }
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
  }
}
