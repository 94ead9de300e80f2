/// The shuffle filter of HDF5 and Zarr: all first bytes of the samples, then all second bytes, and so on.
///
/// Bytes after the last whole sample stay where they are, as in HDF5. Written with vectors of 16 samples: the
/// compiler turns narrowing and widening into pack and unpack instructions, which it does not do for a loop
/// with several outputs.
enum ByteShuffle {
  /// Shuffles `source` into `target`, which must be of the same size and not overlap.
  static func shuffle(
    _ source: UnsafeRawBufferPointer,
    elementSize: Int,
    into target: UnsafeMutableRawBufferPointer
  ) {
    precondition(elementSize > 0 && source.count == target.count)
    guard let from = source.baseAddress, let to = target.baseAddress else { return }
    let count = source.count / elementSize
    let vectors: Int
    switch elementSize {
    case 2: vectors = shuffle2(from, count, to)
    case 4: vectors = shuffle4(from, count, to)
    case 8: vectors = shuffle8(from, count, to)
    default: vectors = 0
    }
    for byte in 0..<elementSize {
      let plane = to + byte * count
      for index in vectors..<count {
        plane.storeBytes(
          of: from.load(fromByteOffset: index * elementSize + byte, as: UInt8.self),
          toByteOffset: index,
          as: UInt8.self
        )
      }
    }
    let whole = count * elementSize
    (to + whole).copyMemory(from: from + whole, byteCount: source.count - whole)
  }

  /// The inverse of `shuffle`.
  static func unshuffle(
    _ source: UnsafeRawBufferPointer,
    elementSize: Int,
    into target: UnsafeMutableRawBufferPointer
  ) {
    precondition(elementSize > 0 && source.count == target.count)
    guard let from = source.baseAddress, let to = target.baseAddress else { return }
    let count = source.count / elementSize
    let vectors: Int
    switch elementSize {
    case 2: vectors = unshuffle2(from, count, to)
    case 4: vectors = unshuffle4(from, count, to)
    case 8: vectors = unshuffle8(from, count, to)
    default: vectors = 0
    }
    for byte in 0..<elementSize {
      let plane = from + byte * count
      for index in vectors..<count {
        to.storeBytes(
          of: plane.load(fromByteOffset: index, as: UInt8.self),
          toByteOffset: index * elementSize + byte,
          as: UInt8.self
        )
      }
    }
    let whole = count * elementSize
    (to + whole).copyMemory(from: from + whole, byteCount: source.count - whole)
  }

  // Each returns how many samples it has done, a multiple of 16.

  private static func shuffle2(_ from: UnsafeRawPointer, _ count: Int, _ to: UnsafeMutableRawPointer) -> Int {
    let vectors = count & ~15
    var index = 0
    while index < vectors {
      let samples = (from + 2 * index).loadUnaligned(as: SIMD16<UInt16>.self)
      (to + index).storeBytes(of: SIMD16<UInt8>(truncatingIfNeeded: samples), as: SIMD16<UInt8>.self)
      (to + count + index).storeBytes(
        of: SIMD16<UInt8>(truncatingIfNeeded: samples &>> 8),
        as: SIMD16<UInt8>.self
      )
      index &+= 16
    }
    return vectors
  }

  private static func shuffle4(_ from: UnsafeRawPointer, _ count: Int, _ to: UnsafeMutableRawPointer) -> Int {
    let vectors = count & ~15
    var index = 0
    while index < vectors {
      let samples = (from + 4 * index).loadUnaligned(as: SIMD16<UInt32>.self)
      for byte in 0..<4 {
        let plane = SIMD16<UInt8>(truncatingIfNeeded: samples &>> UInt32(8 &* byte))
        (to + byte &* count + index).storeBytes(of: plane, as: SIMD16<UInt8>.self)
      }
      index &+= 16
    }
    return vectors
  }

  private static func shuffle8(_ from: UnsafeRawPointer, _ count: Int, _ to: UnsafeMutableRawPointer) -> Int {
    let vectors = count & ~15
    var index = 0
    while index < vectors {
      let samples = (from + 8 * index).loadUnaligned(as: SIMD16<UInt64>.self)
      for byte in 0..<8 {
        let plane = SIMD16<UInt8>(truncatingIfNeeded: samples &>> UInt64(8 &* byte))
        (to + byte &* count + index).storeBytes(of: plane, as: SIMD16<UInt8>.self)
      }
      index &+= 16
    }
    return vectors
  }

  private static func unshuffle2(_ from: UnsafeRawPointer, _ count: Int, _ to: UnsafeMutableRawPointer) -> Int
  {
    let vectors = count & ~15
    var index = 0
    while index < vectors {
      let low = (from + index).loadUnaligned(as: SIMD16<UInt8>.self)
      let high = (from + count + index).loadUnaligned(as: SIMD16<UInt8>.self)
      (to + 2 * index).storeBytes(of: interleave(low, high), as: SIMD32<UInt8>.self)
      index &+= 16
    }
    return vectors
  }

  private static func unshuffle4(_ from: UnsafeRawPointer, _ count: Int, _ to: UnsafeMutableRawPointer) -> Int
  {
    let vectors = count & ~15
    var index = 0
    while index < vectors {
      let plane = { (byte: Int) in (from + byte &* count + index).loadUnaligned(as: SIMD16<UInt8>.self) }
      let even = interleave(plane(0), plane(2))
      let odd = interleave(plane(1), plane(3))
      let target = to + 4 * index
      target.storeBytes(of: interleave(even.lowHalf, odd.lowHalf), as: SIMD32<UInt8>.self)
      (target + 32).storeBytes(of: interleave(even.highHalf, odd.highHalf), as: SIMD32<UInt8>.self)
      index &+= 16
    }
    return vectors
  }

  private static func unshuffle8(_ from: UnsafeRawPointer, _ count: Int, _ to: UnsafeMutableRawPointer) -> Int
  {
    let vectors = count & ~15
    var index = 0
    while index < vectors {
      let plane = { (byte: Int) in (from + byte &* count + index).loadUnaligned(as: SIMD16<UInt8>.self) }
      let first = interleave(plane(0), plane(4))
      let second = interleave(plane(2), plane(6))
      let third = interleave(plane(1), plane(5))
      let fourth = interleave(plane(3), plane(7))
      let target = to + 8 * index
      var offset = 0
      for high in [false, true] {
        let even = interleave(high ? first.highHalf : first.lowHalf, high ? second.highHalf : second.lowHalf)
        let odd = interleave(high ? third.highHalf : third.lowHalf, high ? fourth.highHalf : fourth.lowHalf)
        (target + offset).storeBytes(of: interleave(even.lowHalf, odd.lowHalf), as: SIMD32<UInt8>.self)
        (target + offset + 32).storeBytes(of: interleave(even.highHalf, odd.highHalf), as: SIMD32<UInt8>.self)
        offset &+= 64
      }
      index &+= 16
    }
    return vectors
  }

  @inline(__always)
  private static func interleave(_ even: SIMD16<UInt8>, _ odd: SIMD16<UInt8>) -> SIMD32<UInt8> {
    var both = SIMD32<UInt8>()
    both.evenHalf = even
    both.oddHalf = odd
    return both
  }
}
