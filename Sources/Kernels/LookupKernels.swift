/// The nearest entry of a table to a pixel, over bands, by the sum of absolute or of squared differences.
///
/// Entries stand in the order of the sum of their bands, eight together. The sums of two lists of numbers differ by no
/// more than their absolute differences add up to: walking outwards from the pixel's own sum, once the gap is greater than
/// the best distance nothing nearer can follow. Distances are computed in Float first; those that might be the least
/// are computed again in Double, so that the answer is that of a search over all entries in Double.
public enum LookupKernels {
  /// Entries that go together.
  public static let lanes = 8

  /// Finds the nearest entry.
  ///
  /// - Parameters:
  ///   - pixel: the bands of the pixel.
  ///   - isSquared: whether squares are added up.
  ///   - blocks: by block and band, eight entries; the last block is filled with what is far from everything.
  ///   - least: of blocks, the least sum of bands of an entry.
  ///   - greatest: of blocks, the greatest sum.
  ///   - numbers: of entries in this order, their number in the table; -1 for filling.
  ///   - rows: by entry in this order, its bands.
  ///   - first: an entry in this order to begin with, such as the answer for the pixel before.
  /// - Returns: the entry in this order and the sum; of equal sums the one with the least number counts.
  @inline(never)
  public static func nearest(
    _ pixel: Span<Double>, isSquared: Bool, blocks: Span<SIMD8<Float>>, least: Span<Float>,
    greatest: Span<Float>, numbers: Span<Int32>, rows: Span<Double>, first: Int
  ) -> (entry: Int, sum: Double) {
    let bands = pixel.count
    let count = least.count
    precondition(blocks.count == count &* bands && greatest.count == count && numbers.count == count &* lanes)
    var best = first
    var bestSum = sum(pixel, rows, first, isSquared)
    var total: Float = 0
    for band in 0..<bands { total += Float(pixel[band]) }
    let slack = 1e-6 * (1 + abs(total))
    // The first block whose entries all have greater sums.
    var (low, high) = (0, count)
    while low < high {
      let middle = (low &+ high) / 2
      if least[middle] <= total { low = middle &+ 1 } else { high = middle }
    }
    var (left, right) = (low &- 1, low)
    while true {
      // What Float makes of sums and distances is exact to this.
      let root = Float(isSquared ? bestSum.squareRoot() : bestSum) * 1.00001 + slack
      let limit = isSquared ? root * root : root
      let reach = (isSquared ? Float(bands).squareRoot() * root : root) + slack
      let isLeft = left >= 0 && total - greatest[left] <= reach
      let isRight = right < count && least[right] - total <= reach
      let block: Int
      if isLeft && (!isRight || total - greatest[left] < least[right] - total) {
        block = left
        left &-= 1
      } else if isRight {
        block = right
        right &+= 1
      } else {
        return (best, bestSum)
      }
      var sums = SIMD8<Float>(repeating: -limit)
      if isSquared {
        for band in 0..<bands {
          let difference = blocks[block &* bands &+ band] - SIMD8(repeating: Float(pixel[band]))
          sums += difference * difference
        }
      } else {
        for band in 0..<bands {
          let difference = blocks[block &* bands &+ band] - SIMD8(repeating: Float(pixel[band]))
          // Without the sign bit.
          let bits = unsafeBitCast(difference, to: SIMD8<UInt32>.self) & SIMD8(repeating: 0x7FFF_FFFF)
          sums += unsafeBitCast(bits, to: SIMD8<Float>.self)
        }
      }
      // Whether any sum is below the limit: a sign bit.
      let signs = unsafeBitCast(sums, to: SIMD4<UInt64>.self)
      guard (signs[0] | signs[1] | signs[2] | signs[3]) & 0x8000_0000_8000_0000 != 0 else { continue }
      for lane in 0..<8 where sums[lane] < 0 {
        let entry = block &* lanes &+ lane
        guard numbers[entry] >= 0 else { continue }
        let exact = sum(pixel, rows, entry, isSquared)
        if exact < bestSum || exact == bestSum && numbers[entry] < numbers[best] {
          (best, bestSum) = (entry, exact)
        }
      }
    }
  }

  @inline(__always)
  private static func sum(
    _ pixel: Span<Double>, _ rows: Span<Double>, _ entry: Int, _ isSquared: Bool
  ) -> Double {
    let bands = pixel.count
    var sum = 0.0
    for band in 0..<bands {
      let difference = pixel[band] - rows[entry &* bands &+ band]
      sum += isSquared ? difference * difference : abs(difference)
    }
    return sum
  }
}
