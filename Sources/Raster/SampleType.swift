/// The number format in which a raster stores its samples.
public enum SampleType: String, CaseIterable, Hashable, Sendable {
  case uint8, int8, uint16, int16, uint32, int32, float32, float64

  /// Bytes per sample.
  public var size: Int {
    switch self {
    case .uint8, .int8: 1
    case .uint16, .int16: 2
    case .uint32, .int32, .float32: 4
    case .float64: 8
    }
  }

  public var isInteger: Bool { self != .float32 && self != .float64 }
}
