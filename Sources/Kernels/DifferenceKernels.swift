/// Undoing horizontal differencing (TIFF's predictor 2): running sums along rows.
public enum DifferenceKernels {
  /// Sums rows of 16-bit differences, each for itself.
  ///
  /// - Parameters:
  ///   - source: the rows, `sourceStride` bytes apart.
  ///   - sourceStride: bytes from the start of a row to that of the next.
  ///   - skip: differences at the start of each row that count for the sums and are not wanted themselves.
  ///   - target: where `width` sums of each row go, `targetStride` bytes apart. Checked by whoever calls.
  ///   - targetStride: bytes from the start of a row of sums to that of the next.
  ///   - width: sums that are wanted of each row.
  ///   - height: rows.
  @inline(never)
  public static func integrate(
    _ source: UnsafeRawPointer, sourceStride: Int, skip: Int, into target: UnsafeMutableRawPointer,
    targetStride: Int, width: Int, height: Int
  ) {
    for row in 0..<height {
      let differences = source + row &* sourceStride
      var sum: UInt16 = 0
      for place in 0..<skip { sum &+= (differences + 2 &* place).loadUnaligned(as: UInt16.self) }
      integrate(differences + 2 &* skip, after: sum, into: target + row &* targetStride, count: width)
    }
  }

  /// Sums one row.
  @inline(__always)
  private static func integrate(
    _ source: UnsafeRawPointer, after sum: UInt16, into target: UnsafeMutableRawPointer, count: Int
  ) {
    let vectors = count & ~7
    var carry = SIMD8<UInt16>(repeating: sum)
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
      last &+= (source + 2 &* index).loadUnaligned(as: UInt16.self)
      (target + 2 &* index).storeBytes(of: last, as: UInt16.self)
      index &+= 1
    }
  }
}
