/// Making impossible values missing.
public enum ValueRange {
  /// Turns values outside the range into NaN.
  public static func drop(outside range: ClosedRange<Float>, in values: inout MutableSpan<Float>) {
    let count = values.count
    let (low, high) = (range.lowerBound, range.upperBound)
    for index in 0..<count {
      let value = values[index]
      values[index] = value >= low && value <= high ? value : .nan
    }
  }
}
