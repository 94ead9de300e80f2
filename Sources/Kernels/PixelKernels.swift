/// Loops over observations of several bands (see `Medoid` and `GeometricMedian` in Raster).
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

  /// Moves the centres of eight pixels to their geometric medians.
  ///
  /// Weiszfeld's iteration, with the step of Vardi and Zhang where a centre sits on observations. A pixel whose centre
  /// moved less than `eps` stays as it is.
  ///
  /// - Parameters:
  ///   - observations: date by date, each with its bands; 0 where they do not count.
  ///   - counts: of each date, 1 where the observation counts, else 0.
  ///   - centres: of each band: where to begin, and where it ended.
  ///   - next: room for as many numbers as `centres`.
  ///   - isDone: lanes that are not to be moved.
  @inline(never)
  public static func moveToMedians(
    _ observations: UnsafeBufferPointer<SIMD8<Double>>, counts: UnsafeBufferPointer<SIMD8<Double>>,
    centres: UnsafeMutableBufferPointer<SIMD8<Double>>, next: UnsafeMutableBufferPointer<SIMD8<Double>>,
    isDone: SIMDMask<SIMD8<Int64>>, eps: Double, most: Int
  ) {
    let (bands, dates) = (centres.count, counts.count)
    precondition(observations.count == bands * dates && next.count == bands)
    let (zero, one) = (SIMD8<Double>(repeating: 0), SIMD8<Double>(repeating: 1))
    let near = SIMD8<Double>(repeating: 1e-12)
    var isDone = isDone
    for _ in 0..<most {
      if all(isDone) { return }
      var (weights, there) = (zero, zero)
      for band in 0..<bands { next[band] = zero }
      for date in 0..<dates {
        let first = date &* bands
        var squares = zero
        for band in 0..<bands {
          let difference = observations[first &+ band] - centres[band]
          squares += difference * difference
        }
        let distance = squares.squareRoot()
        let isFar = distance .> near
        let count = counts[date]
        let weight = zero.replacing(with: count / distance, where: isFar)
        weights += weight
        there += count.replacing(with: zero, where: isFar)
        for band in 0..<bands { next[band] += observations[first &+ band] * weight }
      }
      let isPulled = weights .> zero
      let divisor = one.replacing(with: weights, where: isPulled)
      var squares = zero
      for band in 0..<bands {
        next[band] /= divisor
        let pull = (next[band] - centres[band]) * weights
        squares += pull * pull
      }
      let pull = squares.squareRoot()
      // How much of the centre stays where it is: 0 unless it sits on observations.
      let held = pointwiseMin(one, one.replacing(with: there / pull, where: pull .> zero))
      let stay = zero.replacing(with: held, where: there .> zero)
      var moved = zero
      for band in 0..<bands {
        let centre = centres[band]
        let target = centre.replacing(with: (one - stay) * next[band] + stay * centre, where: isPulled)
        let step = target - centre
        moved += step * step
        centres[band] = target.replacing(with: centre, where: isDone)
      }
      isDone .|= moved.squareRoot() .< SIMD8(repeating: eps)
    }
  }
}
