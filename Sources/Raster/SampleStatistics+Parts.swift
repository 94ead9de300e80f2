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
