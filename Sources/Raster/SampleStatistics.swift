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
    let scaling = Scaling(
      units: unitsPerOne, squareUnits: unitsPerSquare, lower: range.lowerBound,
      perBin: Double(SampleStatistics.binCount) / (range.upperBound - range.lowerBound))
    var (total, squares) = (sum, sumOfSquares)
    var (seen, low, high) = (0, minimum, maximum)
    bins.withUnsafeMutableBufferPointer { bins in
      withUnsafeTemporaryAllocation(of: Int32.self, capacity: SampleStatistics.blockSize) { indices in
        for start in stride(from: 0, to: values.count, by: SampleStatistics.blockSize) {
          let end = min(start + SampleStatistics.blockSize, values.count)
          let block = UnsafeBufferPointer(rebasing: values[start..<end])
          let part = SampleStatistics.reduce(block.span, scaling)
          guard part.count > 0 else { continue }
          seen += part.count
          low = min(low, part.minimum)
          high = max(high, part.maximum)
          if part.isExact(scaling) {
            total &+= Int128(part.sum)
            squares &+= Int128(part.sumOfSquares)
          } else {
            for sample in block where sample == sample {
              let value = Double(sample)
              total &+= SampleStatistics.fixedPoint(value * scaling.units)
              squares &+= SampleStatistics.fixedPoint(value * value * scaling.squareUnits)
            }
          }
          let places = UnsafeMutableBufferPointer(rebasing: indices[..<block.count])
          var span = places.mutableSpan
          SampleStatistics.findBins(block.span, scaling, into: &span)
          for place in places where place >= 0 { bins[Int(place)] &+= 1 }
        }
      }
    }
    (sum, sumOfSquares) = (total, squares)
    // Adding zero makes one zero of -0 and 0, which are equal, so that it does not matter which came first.
    (minimum, maximum) = (low + 0, high + 0)
    count += seen
  }

  private static let blockSize = 2048

  private struct Scaling {
    let units: Double
    let squareUnits: Double
    let lower: Double
    let perBin: Double
  }

  /// Count, range and sums of one block.
  private struct Block {
    var count = 0
    var minimum = Double.infinity
    var maximum = -Double.infinity
    var sum = 0
    var sumOfSquares = 0

    /// Whether every value is small enough for the sums to hold.
    func isExact(_ scaling: Scaling) -> Bool {
      let largest = max(abs(minimum), abs(maximum))
      return largest * scaling.units < 0x1p50 && largest * largest * scaling.squareUnits < 0x1p50
    }
  }

  private static func reduce(_ values: Span<Float>, _ scaling: Scaling) -> Block {
    // Adding this rounds to a whole number, which then stands in the low bits of the Double's pattern: a vector
    // conversion to integers where the processor has none.
    let rounder = 0x1.8p52
    let pattern = Int64(bitPattern: rounder.bitPattern)
    let count = values.count
    var present: Int32 = 0
    var (low, high) = (Float.infinity, -Float.infinity)
    var (sum, squares) = (Int64(0), Int64(0))
    for index in 0..<count {
      let sample = values[index]
      let isPresent = sample == sample
      present &+= isPresent ? 1 : 0
      low = sample < low ? sample : low
      high = sample > high ? sample : high
      let value = Double(isPresent ? sample : 0)
      sum &+= Int64(bitPattern: (value * scaling.units + rounder).bitPattern) &- pattern
      squares &+= Int64(bitPattern: (value * value * scaling.squareUnits + rounder).bitPattern) &- pattern
    }
    return Block(
      count: Int(present), minimum: Double(low), maximum: Double(high), sum: Int(sum),
      sumOfSquares: Int(squares))
  }

  /// The bin of each value; -1 where it is missing.
  private static func findBins(_ values: Span<Float>, _ scaling: Scaling, into bins: inout MutableSpan<Int32>)
  {
    let count = values.count
    precondition(bins.count == count)
    let last = Double(binCount - 1)
    // Rounds to a whole number that then stands in the low bits of the pattern (see `reduce`).
    let rounder = 0x1.8p52
    for index in 0..<count {
      let sample = values[index]
      let isPresent = sample == sample
      let place = (Double(isPresent ? sample : 0) - scaling.lower) * scaling.perBin
      let above = place > 0 ? place : 0
      let inside = above < last ? above : last
      let rounded = (inside + rounder) - rounder
      let whole = rounded > inside ? rounded - 1 : rounded
      let bin = Int32(truncatingIfNeeded: (whole + rounder).bitPattern)
      bins[index] = isPresent ? bin : -1
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
  /// - Parameter isWhole: whether all values are whole numbers, none of which share a bin: the result is one then.
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
  }
}
