/// The NaN of pixels that are missing because they lie beyond the valid range of their file: they are counted.
public enum BeyondRange {
  public static let marker = Double(nan: 1, signaling: false)

  /// Whether a value is the marker.
  @inline(__always)
  public static func holds(_ value: Double) -> Bool { value.bitPattern == marker.bitPattern }
}
