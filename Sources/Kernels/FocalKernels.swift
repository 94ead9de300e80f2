/// The loops of filters over neighbourhoods: one neighbour of a row of pixels at a time (see `FocalFilter` in Raster).
public enum FocalKernels {
  /// Adds neighbours to sums and counts; missing ones are left out.
  @inline(never)
  public static func add(
    _ values: Span<Float>, to sums: inout MutableSpan<Double>, counts: inout MutableSpan<Double>
  ) {
    let count = sums.count
    precondition(values.count == count && counts.count == count)
    for index in 0..<count {
      let value = values[index]
      sums[index] = sums[index] + Double(value == value ? value : 0)
      counts[index] = counts[index] + (value == value ? 1 : 0)
    }
  }

  /// Adds the squares of neighbours' deviations from means; missing ones are left out.
  @inline(never)
  public static func addSquares(
    _ values: Span<Float>, means: Span<Double>, to squares: inout MutableSpan<Double>
  ) {
    let count = squares.count
    precondition(values.count == count && means.count == count)
    for index in 0..<count {
      let (value, mean) = (values[index], means[index])
      let deviation = Double(value) - mean
      squares[index] = squares[index] + (value == value ? deviation * deviation : 0)
    }
  }

  /// Keeps the smaller of each pair; a missing neighbour is left out. Begin with infinity.
  @inline(never)
  public static func keepLeast(_ values: Span<Float>, in least: inout MutableSpan<Float>) {
    let count = least.count
    precondition(values.count == count)
    for index in 0..<count {
      let (value, other) = (values[index], least[index])
      least[index] = value < other ? value : other
    }
  }

  /// Keeps the larger of each pair; a missing neighbour is left out. Begin with minus infinity.
  @inline(never)
  public static func keepGreatest(_ values: Span<Float>, in greatest: inout MutableSpan<Float>) {
    let count = greatest.count
    precondition(values.count == count)
    for index in 0..<count {
      let (value, other) = (values[index], greatest[index])
      greatest[index] = value > other ? value : other
    }
  }
}
