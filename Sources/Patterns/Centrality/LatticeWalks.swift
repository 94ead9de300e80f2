/// Counts of walks on a lattice of pixels, in which each pixel has four neighbours.
enum LatticeWalks {
  /// How many steps are counted; walks that close have up to twice as many.
  static let steps = 14

  /// Sums the closed walks from pixels, each over the factorial of its length.
  ///
  /// From a pixel, m steps reach the pixels (a + b − m, a − b) away along x and y, a and b from 0 to m: turned by 45°
  /// they are a square without holes. B(m, a, b), the number of walks of m steps to one of them, is the sum of four
  /// B(m − 1, …) where the pixel is in the mask, and 0 elsewhere. Σ B(m, a, b)² is the number of closed walks of 2 m
  /// steps. Counts up to 14 steps are at most 11,778,624 and exact in Float; sums of squares are exact in Double in any
  /// order. Only the last sum over m is rounded; it is taken from the longest walks to the shortest.
  ///
  /// - Parameters:
  ///   - mask: 1 or 0 for each pixel, turned: pixel (x, y) stands in row x + y + `steps`, at place
  ///     (last y) − y + `steps`. Places within `steps` around a centre, and 16 beyond, exist.
  ///   - stride: places from one row to the next.
  ///   - centres: places of pixels that are in the mask.
  ///   - factorials: 0!, 2!, 4! … 28!.
  ///   - sums: one for each centre.
  @inline(never)
  static func centralities(
    mask: Span<Float>, stride: Int, centres: Span<Int>, factorials: Span<Double>,
    into sums: inout MutableSpan<Double>
  ) {
    precondition(centres.count == sums.count && factorials.count == steps + 1)
    // 16 counts a row, and room for a 0 before them.
    let rowStride = 20
    withUnsafeTemporaryAllocation(of: Float.self, capacity: 16 * rowStride) { counts in
      mask.withUnsafeBufferPointer { mask in
        guard let counts = counts.baseAddress, let mask = mask.baseAddress else { return }
        let first = UnsafeMutableRawPointer(counts + 4)
        for index in 0..<centres.count {
          counts.initialize(repeating: 0, count: 16 * rowStride)
          counts[4] = 1
          let centre = UnsafeRawPointer(mask + centres[index])
          var sum = 0.0
          withUnsafeTemporaryAllocation(of: Double.self, capacity: steps + 1) { walks in
            walks[0] = 1
            for step in 1...steps {
              var squares = SIMD16<Float>.zero
              var (low, high) = (SIMD8<Double>.zero, SIMD8<Double>.zero)
              var pairs = SIMD16<Float>.zero
              // Row a of the step lies in row x + y + 2 a − m of the mask, and begins at place (last y) − y − a.
              var place = centre + 4 * (stride * step - step)
              var row = first + 4 * rowStride * step
              for _ in 0...step {
                let below = row - 4 * rowStride
                // The row before the first is never read for what is in it.
                let next =
                  row == first
                  ? .zero
                  : below.loadUnaligned(as: SIMD16<Float>.self)
                    + (below - 4).loadUnaligned(as: SIMD16<Float>.self)
                let count = (pairs + next) * place.loadUnaligned(as: SIMD16<Float>.self)
                row.storeBytes(of: count, as: SIMD16<Float>.self)
                pairs = next
                if step <= 7 {
                  squares += count * count
                } else {
                  let (even, odd) = (SIMD8<Double>(count.lowHalf), SIMD8<Double>(count.highHalf))
                  low += even * even
                  high += odd * odd
                }
                row = below
                place -= 4 * (2 * stride - 1)
              }
              walks[step] = step <= 7 ? Double(squares.sum()) : (low + high).sum()
            }
            for step in (0...steps).reversed() { sum += walks[step] / factorials[step] }
          }
          sums[index] = sum
        }
      }
    }
  }
}
