/// Finds the middle of many values, none of them NaN.
enum Selection {
  /// So many values that a sample of them pays.
  private static let many = 256
  /// Values of a sample, and ranks of it beside the one that is looked for.
  private static let sampled = 64
  private static let beside = 7

  /// The two values in the middle of all, once they are sorted: of an odd number the same twice. Changes their order.
  ///
  /// - Parameter scratch: memory for one value more.
  static func middle(
    of values: UnsafeMutableBufferPointer<Float>, scratch: UnsafeMutableBufferPointer<Float>
  ) -> (lower: Float, upper: Float) {
    var (part, rank) = (values, values.count / 2)
    if values.count >= many {
      // A few of the values tell between which two the ones lie that are looked for (Floyd and Rivest).
      let sample = (0..<sampled).map { values[$0 * values.count / sampled] }.sorted()
      let (low, high) = (sample[sampled / 2 - beside], sample[sampled / 2 + beside])
      var (below, inside) = (0, 0)
      for value in values {
        scratch[inside] = value
        below &+= value < low ? 1 : 0
        inside &+= value >= low && value <= high ? 1 : 0
      }
      if rank > below, rank < below + inside {
        (part, rank) = (UnsafeMutableBufferPointer(rebasing: scratch[..<inside]), rank - below)
      }
    }
    put(rank, in: part)
    guard values.count % 2 == 0, let lower = part[..<rank].max() else { return (part[rank], part[rank]) }
    return (lower, part[rank])
  }

  /// Puts the value of a rank in its place, smaller ones before it (Hoare's algorithm).
  private static func put(_ rank: Int, in values: UnsafeMutableBufferPointer<Float>) {
    var (low, high) = (0, values.count - 1)
    while low < high {
      let pivot = values[(low + high) / 2]
      var (left, right) = (low, high)
      while left <= right {
        while values[left] < pivot { left += 1 }
        while pivot < values[right] { right -= 1 }
        if left <= right {
          values.swapAt(left, right)
          left += 1
          right -= 1
        }
      }
      if rank <= right {
        high = right
      } else if rank >= left {
        low = left
      } else {
        return
      }
    }
  }
}
