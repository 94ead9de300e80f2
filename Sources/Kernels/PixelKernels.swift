/// Loops over observations of several bands (see `Medoid` in Raster).
public enum PixelKernels {
  /// Adds the squared difference of two bands to squared distances.
  @inline(never)
  public static func addSquares(_ a: Span<Float>, _ b: Span<Float>, to squares: inout MutableSpan<Double>) {
    let count = squares.count
    precondition(a.count == count && b.count == count)
    for index in 0..<count {
      let difference = Double(a[index]) - Double(b[index])
      squares[index] = squares[index] + difference * difference
    }
  }

  /// Adds the distance of two observations to both their sums where both count.
  ///
  /// - Parameters:
  ///   - squares: the squared distances; 0 afterwards, for the next pair.
  ///   - first: 1 where the observation counts, else 0.
  ///   - second: the same of the other observation.
  ///   - toFirst: the sums of distances of the first observation.
  ///   - toSecond: those of the second.
  @inline(never)
  public static func addDistances(
    _ squares: inout MutableSpan<Double>, first: Span<Double>, second: Span<Double>,
    toFirst: inout MutableSpan<Double>, toSecond: inout MutableSpan<Double>
  ) {
    let count = squares.count
    precondition(first.count == count && second.count == count)
    precondition(toFirst.count == count && toSecond.count == count)
    for index in 0..<count {
      let distance = squares[index].squareRoot() * (first[index] * second[index])
      toFirst[index] = toFirst[index] + distance
      toSecond[index] = toSecond[index] + distance
      squares[index] = 0
    }
  }
}
