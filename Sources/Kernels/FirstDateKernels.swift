/// Sums that begin (see `RunningMean`).
public enum FirstDateKernels {
  /// What `StripKernels.add` makes of sums and counts that are zero, without reading them.
  @inline(never)
  public static func begin(
    _ values: Span<Float>, rounder: Double, sums: inout MutableSpan<Double>, counts: inout MutableSpan<UInt16>
  ) {
    let count = values.count
    precondition(sums.count == count && counts.count == count)
    for index in 0..<count {
      let value = values[index]
      let isPresent = value == value
      let rounded = (Double(value) + rounder) - rounder
      // Never a negative zero: the difference of two equal numbers is zero.
      sums[index] = isPresent ? rounded : 0
      counts[index] = isPresent ? 1 : 0
    }
  }
}
