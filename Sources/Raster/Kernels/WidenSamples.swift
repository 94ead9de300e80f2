/// Bringing stored samples into a type, and a way of marking missing ones, that all scenes of a band share.
public enum WidenSamples {
  /// Copies samples into a wider type; those that are missing get the other type's mark.
  ///
  /// - Parameters:
  ///   - source: row-major.
  ///   - nodata: what marks missing samples in `source`; nil when every one counts. NaN is missing anyway.
  ///   - type: of `target`: the source's own, or one that holds all its numbers.
  ///   - missing: what marks them in `target`.
  ///   - target: rows of the source's width, `rowStride` samples apart.
  ///   - rowStride: samples from the start of a row of `target` to that of the next.
  public static func widen(
    _ source: SamplePlane, nodata: Double?, as type: SampleType, missing: Double,
    into target: UnsafeMutableRawBufferPointer, rowStride: Int
  ) {
    switch (source.type, type) {
    case (.uint8, .int16): widen(source, UInt8.self, nodata, Int16.self, missing, target, rowStride)
    case (.int8, .int16): widen(source, Int8.self, nodata, Int16.self, missing, target, rowStride)
    case (.uint16, .int32): widen(source, UInt16.self, nodata, Int32.self, missing, target, rowStride)
    case (.int16, .int32): widen(source, Int16.self, nodata, Int32.self, missing, target, rowStride)
    case (.uint32, .float64): widen(source, UInt32.self, nodata, Double.self, missing, target, rowStride)
    case (.int32, .float64): widen(source, Int32.self, nodata, Double.self, missing, target, rowStride)
    case (.float32, .float32): widen(source, Float.self, nodata, Float.self, missing, target, rowStride)
    case (.float64, .float64): widen(source, Double.self, nodata, Double.self, missing, target, rowStride)
    default: preconditionFailure("\(source.type) samples have no way into \(type)")
    }
  }

  @inline(__always)
  private static func widen<S: RasterSample, T: RasterSample>(
    _ source: SamplePlane, _: S.Type, _ nodata: Double?, _: T.Type, _ missing: Double,
    _ target: UnsafeMutableRawBufferPointer, _ rowStride: Int
  ) where S: WideSample, T: WideSample {
    let samples = source.samples(as: S.self)
    let output = target.bindMemory(to: T.self)
    let mark = T(wide: missing)
    let absent = nodata.flatMap { S(nodata: $0) }
    for row in 0..<source.height {
      let line = samples[(row * source.width)..<((row + 1) * source.width)]
      var place = row * rowStride
      for sample in line {
        output[place] = sample == absent || sample != sample ? mark : T(wide: sample.wide)
        place += 1
      }
    }
  }
}

/// A sample that passes through Double.
protocol WideSample {
  var wide: Double { get }
  init(wide: Double)
}

extension UInt8: WideSample {
  var wide: Double { Double(self) }
  init(wide: Double) { self = UInt8(wide) }
}
extension Int8: WideSample {
  var wide: Double { Double(self) }
  init(wide: Double) { self = Int8(wide) }
}
extension UInt16: WideSample {
  var wide: Double { Double(self) }
  init(wide: Double) { self = UInt16(wide) }
}
extension Int16: WideSample {
  var wide: Double { Double(self) }
  init(wide: Double) { self = Int16(wide) }
}
extension UInt32: WideSample {
  var wide: Double { Double(self) }
  init(wide: Double) { self = UInt32(wide) }
}
extension Int32: WideSample {
  var wide: Double { Double(self) }
  init(wide: Double) { self = Int32(wide) }
}
extension Float: WideSample {
  var wide: Double { Double(self) }
  init(wide: Double) { self = Float(wide) }
}
extension Double: WideSample {
  var wide: Double { self }
  init(wide: Double) { self = wide }
}
