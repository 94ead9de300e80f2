/// A percentile of each pixel over planes of values, missing values left out.
public enum Percentile {
  /// Finds the percentiles and counts the values that are present.
  ///
  /// Of n values in order the result lies at place `quantile` · (n − 1), linear between two values: numpy's default, R's
  /// type 7 (Hyndman & Fan 1996, The American Statistician 50:361–365). Computed in Double, rounded once. The order of
  /// the planes makes no difference.
  /// - Parameters:
  ///   - planes: one after the other, each of as many values as `output`; NaN is missing.
  ///   - count: how many planes; at most 65,535.
  ///   - quantile: 0…1.
  ///   - output: filled whole; NaN where no value is present.
  ///   - counts: filled whole: how many values are present.
  public static func percentiles(
    of planes: Span<Float>, count: Int, quantile: Double, into output: inout MutableSpan<Float>,
    counts: inout MutableSpan<UInt16>
  ) {
    let pixels = output.count
    precondition(counts.count == pixels && count <= Int(UInt16.max) && planes.count == count * pixels)
    withUnsafeTemporaryAllocation(of: Float.self, capacity: max(count, 1)) { values in
      for pixel in 0..<pixels {
        var present = 0
        for plane in 0..<count {
          let value = planes[plane * pixels + pixel]
          values[present] = value
          present &+= value == value ? 1 : 0
        }
        counts[pixel] = UInt16(truncatingIfNeeded: present)
        guard present > 0 else {
          output[pixel] = .nan
          continue
        }
        let place = quantile * Double(present - 1)
        let lower = min(Int(place), present - 1)
        let (first, second) = select(values, present, lower)
        let share = place - Double(lower)
        output[pixel] = Float(Double(first) + share * (Double(second) - Double(first)))
      }
    }
  }

  /// The value at a place in the order of the first `count`, and the one that follows it (itself when it is the last).
  ///
  /// Hoare 1961: the part that holds the place is divided again and again.
  private static func select(
    _ values: UnsafeMutableBufferPointer<Float>, _ count: Int, _ place: Int
  ) -> (Float, Float) {
    var (low, high) = (0, count - 1)
    while low < high {
      let pivot = values[(low + high) / 2]
      var (left, right) = (low, high)
      while left <= right {
        while values[left] < pivot { left &+= 1 }
        while pivot < values[right] { right &-= 1 }
        guard left <= right else { break }
        (values[left], values[right]) = (values[right], values[left])
        left &+= 1
        right &-= 1
      }
      if place <= right {
        high = right
      } else if place >= left {
        low = left
      } else {
        break
      }
    }
    // Everything behind the place is no less than it.
    var next = values[place]
    if place + 1 < count {
      next = values[place + 1]
      for index in (place + 1)..<count { next = min(next, values[index]) }
    }
    return (values[place], next)
  }
}
