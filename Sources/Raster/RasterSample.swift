/// A number type in which rasters store samples.
public protocol RasterSample: Comparable, Sendable, BitwiseCopyable {
  /// The format's name.
  static var sampleType: SampleType { get }
  /// The sample as Float; exact for integers of up to 16 bits.
  var asFloat: Float { get }
  /// The sample of this type that equals `value`; nil when there is none (a nodata of -9999 in a uint8 band).
  init?(exactly value: Double)
  /// The sample that a nodata value stands for; nil when no sample can have it.
  ///
  /// Decimals that a floating-point type does not hold exactly (-9999.9, -3.4028235e+38) stand for the nearest number of
  /// that type, as GDAL, numpy and odc-stac compare them.
  init?(nodata value: Double)
}

extension RasterSample {
  public init?(nodata value: Double) { self.init(exactly: value) }
}

extension UInt8: RasterSample {
  public static var sampleType: SampleType { .uint8 }
  public var asFloat: Float { Float(self) }
}
extension Int8: RasterSample {
  public static var sampleType: SampleType { .int8 }
  public var asFloat: Float { Float(self) }
}
extension UInt16: RasterSample {
  public static var sampleType: SampleType { .uint16 }
  public var asFloat: Float { Float(self) }
}
extension Int16: RasterSample {
  public static var sampleType: SampleType { .int16 }
  public var asFloat: Float { Float(self) }
}
extension UInt32: RasterSample {
  public static var sampleType: SampleType { .uint32 }
  public var asFloat: Float { Float(self) }
}
extension Int32: RasterSample {
  public static var sampleType: SampleType { .int32 }
  public var asFloat: Float { Float(self) }
}
extension Float: RasterSample {
  public init?(nodata value: Double) {
    let nearest = Float(value)
    guard nearest.isFinite || !value.isFinite else { return nil }
    self = nearest
  }
  public static var sampleType: SampleType { .float32 }
  public var asFloat: Float { self }
}
extension Double: RasterSample {
  public init?(nodata value: Double) { self = value }
  public static var sampleType: SampleType { .float64 }
  public var asFloat: Float { Float(self) }
}
