/// The comparisons that bring some of so many numbers to their places in order, whatever the numbers are: the middle two,
/// or those of a range of places.
///
/// Batcher's odd-even merge sort, of which only what those places depend on is left. Since the comparisons do
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

  /// The network that selects the middle two.
  public init(count: Int) {
    precondition(count >= 1)
    self.init(count: count, places: ((count - 1) / 2)...min((count + 1) / 2, count - 1))
  }

  /// The network that brings the numbers of some places, counted from 0 for the smallest, to them.
  public init(count: Int, places: ClosedRange<Int>) {
    precondition(count >= 1 && places.lowerBound >= 0 && places.upperBound < count)
    self.count = count
    var isUsed = (0..<count).map { places.contains($0) }
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
