/// Values by their rank.
extension SampleStatistics {
  /// The value below which `percent` of the values lie, interpolated within a bin; nil when nothing was counted.
  ///
  /// Accurate to one of the bins that are taken, each 1/4096 of the range or less; outside the range, and where values
  /// take few of its bins, to one of about a thousand or more that the values are shared among. Never outside the
  /// smallest and largest value seen.
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
}
