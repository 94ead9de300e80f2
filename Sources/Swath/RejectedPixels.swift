/// The NaN of pixels that are missing because masks reject them: it tells which, so that they are counted.
public enum RejectedPixels {
  /// Masks that can be told apart; further ones reject without being counted.
  public static let mostMasks = 48
  /// With this bit it is no other NaN, and not the marker of pixels beyond their valid range.
  private static let own: UInt64 = 2

  /// The marker of a pixel.
  ///
  /// - Parameter masks: a bit for each that rejects it, from the lowest on.
  public static func marker(masks: UInt64) -> Double {
    Double(nan: (masks & (1 << UInt64(mostMasks) - 1)) << 2 | own, signaling: false)
  }

  /// The masks that reject a pixel, a bit for each; nil for values, and for what is missing otherwise.
  @inline(__always)
  public static func masks(_ value: Double) -> UInt64? {
    guard value.isNaN else { return nil }
    let payload = value.bitPattern & ((1 << 51) - 1)
    return value.sign == .plus && payload & 3 == own ? payload >> 2 : nil
  }
}
