internal import NetCDF
internal import Swath

/// Brings stored numbers into values.
public enum NumberDecoder {
  /// Brings numbers into physical values, NaN where they are missing, marked where they are beyond their valid range.
  public static func decode(
    _ bytes: UnsafeRawBufferPointer, _ numbers: StoredNumbers, inRange: Bool = false,
    into values: UnsafeMutableBufferPointer<Double>
  ) {
    switch numbers.type {
    case .int8: decode(bytes, Int8.self, numbers, inRange, values) { Double($0) }
    case .uint8, .character: decode(bytes, UInt8.self, numbers, inRange, values) { Double($0) }
    case .int16: decode(bytes, Int16.self, numbers, inRange, values) { Double($0) }
    case .uint16: decode(bytes, UInt16.self, numbers, inRange, values) { Double($0) }
    case .int32: decode(bytes, Int32.self, numbers, inRange, values) { Double($0) }
    case .uint32: decode(bytes, UInt32.self, numbers, inRange, values) { Double($0) }
    case .int64: decode(bytes, Int64.self, numbers, inRange, values) { Double($0) }
    case .uint64: decode(bytes, UInt64.self, numbers, inRange, values) { Double($0) }
    case .float32: decode(bytes, Float.self, numbers, inRange, values) { Double($0) }
    case .float64: decode(bytes, Double.self, numbers, inRange, values) { $0 }
    case .string: values.update(repeating: .nan)
    }
  }

  @inline(__always)
  private static func decode<T: BitwiseCopyable>(
    _ bytes: UnsafeRawBufferPointer, _: T.Type, _ numbers: StoredNumbers, _ inRange: Bool,
    _ values: UnsafeMutableBufferPointer<Double>, _ number: (T) -> Double
  ) {
    precondition(bytes.count >= values.count * MemoryLayout<T>.size)
    let (scale, offset) = (numbers.scale ?? 1, numbers.offset ?? 0)
    let isScaled = scale != 1 || offset != 0
    let range = inRange ? numbers.range : nil
    let (low, high) = (range?.lowerBound ?? -.infinity, range?.upperBound ?? .infinity)
    // Most variables have one number for missing, and many files have it twice.
    let first = numbers.missing.first ?? .nan
    let others = numbers.missing.dropFirst()
    let size = MemoryLayout<T>.size
    if range == nil, others.isEmpty {
      for index in 0..<values.count {
        let stored = number(bytes.loadUnaligned(fromByteOffset: index &* size, as: T.self))
        values[index] = stored == first ? .nan : stored
      }
      if isScaled { for index in 0..<values.count { values[index] = values[index] * scale + offset } }
      return
    }
    for index in 0..<values.count {
      let stored = number(bytes.loadUnaligned(fromByteOffset: index &* size, as: T.self))
      var isMissing = stored == first || stored.isNaN
      if !others.isEmpty { isMissing = isMissing || others.contains(stored) }
      let value = isScaled ? stored * scale + offset : stored
      values[index] = isMissing ? .nan : stored >= low && stored <= high ? value : BeyondRange.marker
    }
  }
}
