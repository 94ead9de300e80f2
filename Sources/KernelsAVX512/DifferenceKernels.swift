/// Undoing horizontal differencing (TIFF's predictor 2): running sums along rows, 32 samples at a time.
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
    let vectors = count & ~31
    var carry = SIMD32<UInt16>(repeating: sum)
    var index = 0
    while index < vectors {
      var v = (source + 2 &* index).loadUnaligned(as: SIMD32<UInt16>.self)
      // Sums within each four, by shifts of the whole four.
      v &+= unsafeBitCast(unsafeBitCast(v, to: SIMD8<UInt64>.self) &<< 16, to: SIMD32<UInt16>.self)
      v &+= unsafeBitCast(unsafeBitCast(v, to: SIMD8<UInt64>.self) &<< 32, to: SIMD32<UInt16>.self)
      v &+= sumsBefore(v)
      // Not the other way round: what comes before waits for nothing but this one addition.
      (target + 2 &* index).storeBytes(of: v &+ carry, as: SIMD32<UInt16>.self)
      carry &+= last(v)
      index &+= 32
    }
    var last = carry[0]
    while index < count {
      last &+= (source + 2 &* index).loadUnaligned(as: UInt16.self)
      (target + 2 &* index).storeBytes(of: last, as: UInt16.self)
      index &+= 1
    }
  }

  /// For each four lanes the sum of all fours before; the last lane of each holds its own.
  ///
  /// Lanes are named one by one: of that the compiler makes one instruction that moves them all (AVX-512 has it,
  /// AVX2 has not). Written with a multiplication, or with `SIMD32(repeating:)`, they are moved one after the other.
  @inline(__always)
  private static func sumsBefore(_ v: SIMD32<UInt16>) -> SIMD32<UInt16> {
    let one = unsafeBitCast(
      SIMD32<UInt16>(
        0, 0, 0, 0, v[3], v[3], v[3], v[3], v[7], v[7], v[7], v[7], v[11], v[11], v[11], v[11],
        v[15], v[15], v[15], v[15], v[19], v[19], v[19], v[19], v[23], v[23], v[23], v[23],
        v[27], v[27], v[27], v[27]),
      to: SIMD8<UInt64>.self)
    let two = plus(one, SIMD8(0, one[0], one[1], one[2], one[3], one[4], one[5], one[6]))
    let four = plus(two, SIMD8(0, 0, two[0], two[1], two[2], two[3], two[4], two[5]))
    let eight = plus(four, SIMD8(0, 0, 0, 0, four[0], four[1], four[2], four[3]))
    return unsafeBitCast(eight, to: SIMD32<UInt16>.self)
  }

  /// The last lane in all of them.
  @inline(__always)
  private static func last(_ v: SIMD32<UInt16>) -> SIMD32<UInt16> {
    let last = v[31]
    return SIMD32(
      last, last, last, last, last, last, last, last, last, last, last, last, last, last, last, last,
      last, last, last, last, last, last, last, last, last, last, last, last, last, last, last, last)
  }

  /// Adds fours lane by lane.
  @inline(__always)
  private static func plus(_ a: SIMD8<UInt64>, _ b: SIMD8<UInt64>) -> SIMD8<UInt64> {
    unsafeBitCast(
      unsafeBitCast(a, to: SIMD32<UInt16>.self) &+ unsafeBitCast(b, to: SIMD32<UInt16>.self),
      to: SIMD8<UInt64>.self)
  }
}
