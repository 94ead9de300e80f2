/// The comparisons that bring the middle two of so many numbers to their places, whatever the numbers are.
///
/// Batcher's odd-even merge sort, of which only what the middle depends on is left. Since the comparisons do
/// not depend on the data, one network serves many pixels at once.
///
/// Batcher 1968, Sorting networks and their applications, AFIPS 32.
public struct SelectionNetwork: Sendable {
  /// One comparison: afterwards `low` holds the smaller and `high` the larger of both numbers.
  public struct Comparison: Hashable, Sendable {
    public let low: Int
    public let high: Int
    /// Whether anybody looks at the smaller, or at the larger, number later on.
    public internal(set) var isLowUsed = true
    public internal(set) var isHighUsed = true
  }

  /// How many numbers there are; at least 1.
  public let count: Int
  /// To be done in this order.
  public let comparisons: [Comparison]
  /// Where the middle number ends up; the lower one of an even count.
  public var lowerMiddle: Int { (count - 1) / 2 }
  /// Where the one that follows it in order ends up; itself when there is only one number.
  public var upperMiddle: Int { min(lowerMiddle + 1, count - 1) }

  public init(count: Int) {
    precondition(count >= 1)
    self.count = count
    var isUsed = [Bool](repeating: false, count: count)
    isUsed[(count - 1) / 2] = true
    isUsed[min((count + 1) / 2, count - 1)] = true
    var kept: [Comparison] = []
    for var comparison in SelectionNetwork.sorting(count).reversed() {
      comparison.isLowUsed = isUsed[comparison.low]
      comparison.isHighUsed = isUsed[comparison.high]
      guard comparison.isLowUsed || comparison.isHighUsed else { continue }
      isUsed[comparison.low] = true
      isUsed[comparison.high] = true
      kept.append(comparison)
    }
    comparisons = kept.reversed()
  }

  /// Odd-even merge sort for any count: the network for the next power of two, without what lies beyond.
  private static func sorting(_ count: Int) -> [Comparison] {
    var comparisons: [Comparison] = []
    var run = 1
    while run < count {
      var distance = run
      while distance >= 1 {
        for start in stride(from: distance % run, to: count - distance, by: 2 * distance) {
          for low in start..<min(start + distance, count - distance)
          where low / (2 * run) == (low + distance) / (2 * run) {
            comparisons.append(Comparison(low: low, high: low + distance))
          }
        }
        distance /= 2
      }
      run *= 2
    }
    return comparisons
  }
}
