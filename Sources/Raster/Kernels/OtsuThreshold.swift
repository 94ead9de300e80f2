/// The lowest and the highest of values that are not missing.
public struct ValueExtent: Sendable {
  /// NaN without a value, as the highest.
  public private(set) var lowest = Double.nan
  public private(set) var highest = Double.nan

  public init() {}

  /// Takes in values; those that are no finite numbers are passed over.
  public mutating func add(_ values: UnsafeBufferPointer<Float>) {
    for value in values where value.isFinite {
      // The lesser of a number and none is the number.
      lowest = Double.minimum(lowest, Double(value))
      highest = Double.maximum(highest, Double(value))
    }
  }
}

/// The threshold that tells two classes of values apart best: where the variance between them is greatest.
///
/// The same as scikit-image's `threshold_otsu`: values are counted in 256 bins between the lowest and the highest, and the
/// threshold is the middle of the last bin of the lower class.
///
/// Otsu 1979, A threshold selection method from gray-level histograms, IEEE Transactions on Systems, Man, and Cybernetics
/// 9:62-66.
public struct OtsuThreshold: Sendable {
  public static let binCount = 256
  private let edges: [Double]
  private var counts = [Int](repeating: 0, count: binCount)

  /// - Parameter extent: of the values that will be added.
  /// - Returns: nil where all values are the same, or there is none: no threshold tells them apart.
  public init?(_ extent: ValueExtent) {
    let (low, high) = (extent.lowest, extent.highest)
    guard low < high else { return nil }
    let width = (high - low) / Double(Self.binCount)
    edges = (0..<Self.binCount).map { low + Double($0) * width } + [high]
  }

  /// Counts values; those that are no finite numbers are passed over.
  public mutating func add(_ values: UnsafeBufferPointer<Float>) {
    let (low, high) = (edges[0], edges[Self.binCount])
    let scale = Double(Self.binCount) / (high - low)
    for value in values where value.isFinite {
      let number = Double(value)
      var bin = min(max(Int((number - low) * scale), 0), Self.binCount - 1)
      // A bin's own edges decide where rounding puts a value beside it.
      if number < edges[bin] {
        bin -= 1
      } else if bin < Self.binCount - 1, number >= edges[bin + 1] {
        bin += 1
      }
      counts[max(bin, 0)] += 1
    }
  }

  public var value: Double {
    let centres = (0..<Self.binCount).map { (edges[$0] + edges[$0 + 1]) / 2 }
    var (below, belowSum) = (0.0, 0.0)
    let all = Double(counts.reduce(0, +))
    let allSum = zip(counts, centres).reduce(0) { $0 + Double($1.0) * $1.1 }
    var best = (bin: 0, variance: -Double.infinity)
    for bin in 0..<(Self.binCount - 1) {
      below += Double(counts[bin])
      belowSum += Double(counts[bin]) * centres[bin]
      let above = all - below
      let difference = belowSum / below - (allSum - belowSum) / above
      let variance = below * above * difference * difference
      if variance > best.variance { best = (bin, variance) }
    }
    return centres[best.bin]
  }
}
