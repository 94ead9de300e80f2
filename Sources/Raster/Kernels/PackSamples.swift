/// Kernels that turn physical values into packed integers, as CF section 8.1 and GDAL's scale and offset read them.
public enum PackSamples {
  /// The packed value of a missing sample: the type's smallest, which no value is packed to.
  public static let missing = Int16.min

  /// Packs values: `(value − offset) / scale`, rounded to the nearest integer, halves to the even one.
  ///
  /// - Parameters:
  ///   - values: NaN is missing.
  ///   - scale: what one step of the integers is worth; not 0.
  ///   - offset: the value that becomes 0.
  ///   - output: filled whole; `missing` where the value is missing or its integer is not in −32767...32767.
  /// - Returns: how many values were there but did not fit.
  public static func pack(
    _ values: Span<Float>, scale: Double, offset: Double, into output: inout MutableSpan<Int16>
  ) -> Int {
    let count = output.count
    precondition(values.count == count)
    // Adding 1.5 · 2⁵² leaves a double no room for a fraction, so the processor rounds it away, halves to even;
    // the integer is then in the low bits. Without branches the loop runs in vectors.
    let magic = 6_755_399_441_055_744.0
    var lost = 0
    for index in 0..<count {
      let value = Double(values[index])
      let scaled = (value - offset) / scale
      let shifted = scaled + magic
      let isInside = abs(shifted - magic) <= 32_767 && abs(scaled) < 40_000
      let packed = Int16(truncatingIfNeeded: shifted.bitPattern)
      output[index] = isInside ? packed : missing
      lost &+= !isInside && value == value ? 1 : 0
    }
    return lost
  }

  /// Rounds values to the nearest byte, halves to the even one.
  ///
  /// - Parameters:
  ///   - values: NaN is missing.
  ///   - missing: for what is missing or does not fit.
  ///   - output: filled whole.
  public static func round(_ values: Span<Float>, missing: UInt8, into output: inout MutableSpan<UInt8>) {
    let count = output.count
    precondition(values.count == count)
    for index in 0..<count {
      let value = values[index].rounded(.toNearestOrEven)
      let isInside = value >= 0 && value <= 255
      output[index] = isInside ? UInt8(truncatingIfNeeded: Int32(isInside ? value : 0)) : missing
    }
  }

  /// Rounds values to the nearest whole number, halves to the even one; 0 for what is missing.
  public static func round(_ values: Span<Float>, into output: inout MutableSpan<Int32>) {
    let count = output.count
    precondition(values.count == count)
    for index in 0..<count {
      let value = Double(values[index]).rounded(.toNearestOrEven)
      let isInside = abs(value) <= 2_147_483_647
      output[index] = Int32(truncatingIfNeeded: Int64(isInside ? value : 0))
    }
  }
}
