/// A statistic of a pixel's values in order.
public enum OrderStatistic: Hashable, Sendable {
  /// Of n values the one at place p/100 · (n − 1), linear between two values: numpy's "linear", R's type 7 (Hyndman &
  /// Fan 1996, The American Statistician 50:361–365).
  case percentile(Double)
  /// The percentile 75 less the percentile 25.
  case interquartileRange
  /// The median of the absolute deviations from the median.
  case medianDeviation
  /// The most frequent value, of equally frequent ones the smallest: for classes and other whole numbers.
  case mode

  /// The highest place in order that it looks at, of `count` values.
  fileprivate func highestPlace(of count: Int) -> Int {
    let percentile: Double =
      switch self {
      case .percentile(let percentile): percentile
      case .interquartileRange: 75
      case .medianDeviation, .mode: 100
      }
    return min(Int((percentile / 100 * Double(count - 1)).rounded(.up)), count - 1)
  }
}

/// Statistics of each pixel's values in order over planes of values, missing values left out.
///
/// All that are wanted share one selection. Computed in Double, rounded once. The order of the planes makes no
/// difference, to the last bit; a zero is +0.
public enum OrderStatistics {
  /// Computes statistics and counts the values that are present.
  ///
  /// - Parameters:
  ///   - planes: one after the other, each of as many values as `counts`; NaN is missing.
  ///   - count: how many planes; at most 65,535.
  ///   - wanted: percentiles 0…100; one statistic at least.
  ///   - output: a plane for each of `wanted`, one after the other; NaN where no value is present.
  ///   - counts: filled whole: how many values are present.
  public static func compute(
    of planes: Span<Float>, count: Int, _ wanted: [OrderStatistic], into output: inout MutableSpan<Float>,
    counts: inout MutableSpan<UInt16>
  ) {
    let pixels = counts.count
    precondition(output.count == wanted.count * pixels && planes.count == count * pixels && !wanted.isEmpty)
    guard count > 0 else {
      output.update(repeating: .nan)
      counts.update(repeating: 0)
      return
    }
    // A network for the two in the middle is smaller, and its missing values are spread so that they stay there.
    if wanted == [.percentile(50)] {
      return Median.medians(of: planes, count: count, into: &output, counts: &counts)
    }
    // Pixels have from 1 to `count` values: up to the place among all of them every place may be asked for.
    let highest = wanted.map { $0.highestPlace(of: count) }.max() ?? 0
    let network = SelectionNetwork(count: count, places: 0...highest)
    output.withUnsafeMutableBufferPointer { output in
      counts.withUnsafeMutableBufferPointer { counts in
        SortedPlanes.forEachBlock(of: planes, pixels: pixels, network: network) {
          part, rows, width, numbers in
          for (index, pixel) in part.enumerated() { counts[pixel] = numbers[index] }
          for (plane, statistic) in wanted.enumerated() {
            let target = UnsafeMutableBufferPointer(
              rebasing: output[(plane * pixels + part.lowerBound)..<(plane * pixels + part.upperBound)])
            fill(target, statistic, rows, width, numbers)
          }
        }
      }
    }
  }

  /// One statistic of a block of pixels.
  private static func fill(
    _ target: UnsafeMutableBufferPointer<Float>, _ statistic: OrderStatistic,
    _ rows: UnsafeMutableBufferPointer<Float>, _ width: Int, _ numbers: UnsafeMutableBufferPointer<UInt16>
  ) {
    for index in target.indices {
      let number = Int(numbers[index])
      guard number > 0 else {
        target[index] = .nan
        continue
      }
      let values = SortedValues(rows: rows, first: index, stride: width, count: number)
      switch statistic {
      case .percentile(let percentile): target[index] = Float(values.percentile(percentile)) + 0
      case .interquartileRange: target[index] = Float(values.percentile(75) - values.percentile(25)) + 0
      case .medianDeviation: target[index] = Float(values.medianDeviation()) + 0
      case .mode: target[index] = values.mode() + 0
      }
    }
  }
}

/// One pixel's values in order, `stride` apart in memory.
private struct SortedValues {
  let rows: UnsafeMutableBufferPointer<Float>
  let first: Int
  let stride: Int
  /// At least 1.
  let count: Int

  @inline(__always)
  subscript(place: Int) -> Float { rows[first &+ place &* stride] }

  @inline(__always)
  func percentile(_ percentile: Double) -> Double {
    let place = percentile / 100 * Double(count - 1)
    let lower = Int(place)
    let upper = min(lower + 1, count - 1)
    let (low, high) = (Double(self[lower]), Double(self[upper]))
    let fraction = place - Double(lower)
    // Also where both are infinite: their difference would be missing.
    guard fraction > 0, low != high else { return low }
    return fraction < 0.5 ? low + (high - low) * fraction : high - (high - low) * (1 - fraction)
  }

  /// Deviations grow from the median to both sides: the middle ones are found by going outwards.
  func medianDeviation() -> Double {
    let median = (Double(self[(count - 1) / 2]) + Double(self[count / 2])) / 2
    var below = (count - 1) / 2
    var above = below + 1
    let (lower, upper) = ((count - 1) / 2, count / 2)
    var (atLower, atUpper) = (0.0, 0.0)
    for place in 0...upper {
      let down = below >= 0 ? abs(Double(self[below]) - median) : Double.infinity
      let up = above < count ? abs(Double(self[above]) - median) : Double.infinity
      let next: Double
      if above >= count || (below >= 0 && down <= up) {
        next = down
        below -= 1
      } else {
        next = up
        above += 1
      }
      if place == lower { atLower = next }
      if place == upper { atUpper = next }
    }
    return (atLower + atUpper) / 2
  }

  /// The value that stands longest in the row; the first of equally long runs.
  func mode() -> Float {
    var (best, bestLength) = (self[0], 0)
    var (current, length) = (best, 0)
    for place in 0..<count {
      let value = self[place]
      length = value == current ? length + 1 : 1
      current = value
      if length > bestLength { (best, bestLength) = (value, length) }
    }
    return best
  }
}
