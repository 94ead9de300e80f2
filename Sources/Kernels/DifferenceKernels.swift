/// Undoing horizontal differencing (TIFF's predictor 2): running sums along rows.
public enum DifferenceKernels {
  /// Sums a row of 16-bit differences.
  ///
  /// - Parameters:
  ///   - sum: the sample before the row; 0 at its start.
  ///   - differences: as many as `output`.
  @inline(never)
  public static func integrate(
    _ differences: UnsafeBufferPointer<UInt16>, after sum: UInt16,
    into output: UnsafeMutableBufferPointer<UInt16>
  ) {
    precondition(differences.count == output.count)
    guard let from = differences.baseAddress, let to = output.baseAddress else { return }
    let count = output.count
    let vectors = count & ~7
    var carry = SIMD8<UInt16>(repeating: sum)
    let source = UnsafeRawPointer(from)
    let target = UnsafeMutableRawPointer(to)
    var index = 0
    while index < vectors {
      var v = (source + 2 &* index).loadUnaligned(as: SIMD8<UInt16>.self)
      // Sums within each half by shifts of the whole half: of lanes moved one by one the compiler makes a muddle.
      v &+= unsafeBitCast(unsafeBitCast(v, to: SIMD2<UInt64>.self) &<< 16, to: SIMD8<UInt16>.self)
      v &+= unsafeBitCast(unsafeBitCast(v, to: SIMD2<UInt64>.self) &<< 32, to: SIMD8<UInt16>.self)
      v &+= SIMD8(0, 0, 0, 0, v[3], v[3], v[3], v[3])
      // Not the other way round: what comes before waits for nothing but this one addition.
      (target + 2 &* index).storeBytes(of: v &+ carry, as: SIMD8<UInt16>.self)
      carry &+= SIMD8(repeating: v[7])
      index &+= 8
    }
    var last = carry[0]
    while index < count {
      last &+= from[index]
      to[index] = last
      index &+= 1
    }
  }
}
