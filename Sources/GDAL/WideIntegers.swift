/// Integers of 64 bits, which become Double where Double holds them.
enum WideIntegers {
  /// Converts samples in place.
  ///
  /// - Parameters:
  ///   - nodata: what means missing: a sample that stands for it need not be held exactly. The largest of a type, which
  ///     files like to mark missing samples with, are 2^63 - 1 and 2^64 - 1.
  /// - Returns: the first number that Double does not hold; the buffer's content is then undefined.
  static func convert(
    _ type: BandInfo.WideInteger, _ buffer: UnsafeMutableRawBufferPointer, width: Int, height: Int,
    rowStride: Int,
    nodata: Double?
  ) -> String? {
    switch type {
    case .int64: convert(Int64.self, buffer, width, height, rowStride, nodata)
    case .uint64: convert(UInt64.self, buffer, width, height, rowStride, nodata)
    }
  }

  private static func convert<T: FixedWidthInteger & BitwiseCopyable>(
    _: T.Type, _ buffer: UnsafeMutableRawBufferPointer, _ width: Int, _ height: Int, _ rowStride: Int,
    _ nodata: Double?
  ) -> String? {
    let missing = nodata.map { $0 >= Double(T.max) ? T.max : T(exactly: $0) ?? 0 }
    for row in 0..<height {
      for column in 0..<width {
        let place = (row * rowStride + column) * 8
        let number = buffer.loadUnaligned(fromByteOffset: place, as: T.self)
        let value = Double(number)
        guard T(exactly: value) == number || number == missing else { return "\(number)" }
        buffer.storeBytes(of: value, toByteOffset: place, as: Double.self)
      }
    }
    return nil
  }
}
