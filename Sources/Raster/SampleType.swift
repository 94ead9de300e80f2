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
  /// Whether it holds whole numbers below zero.
  var isSigned: Bool { [.int8, .int16, .int32].contains(self) }

  /// Whether Float holds every number of the type.
  public var fitsFloat: Bool {
    switch self {
    case .uint8, .int8, .uint16, .int16, .float32: true
    case .uint32, .int32, .float64: false
    }
  }

  /// The number of this type that a nodata value stands for, see `RasterSample.init(nodata:)`; nil when no sample can
  /// have it (NaN or -9999 in a uint16 band).
  public func sample(ofNodata value: Double) -> Double? {
    switch self {
    case .uint8: UInt8(nodata: value).map(Double.init)
    case .int8: Int8(nodata: value).map(Double.init)
    case .uint16: UInt16(nodata: value).map(Double.init)
    case .int16: Int16(nodata: value).map(Double.init)
    case .uint32: UInt32(nodata: value).map(Double.init)
    case .int32: Int32(nodata: value).map(Double.init)
    case .float32: Float(nodata: value).map(Double.init)
    case .float64: value
    }
  }
}
