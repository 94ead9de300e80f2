public import Geo

/// Looking for missing samples in a stored plane.
public enum MissingSamples {
  /// Whether a window of a plane has a sample that is nodata or NaN.
  public static func exist(in plane: SamplePlane, window: PixelWindow, nodata: Double) -> Bool {
    switch plane.type {
    case .uint8: exist(plane, window, UInt8(exactly: nodata))
    case .int8: exist(plane, window, Int8(exactly: nodata))
    case .uint16: exist(plane, window, UInt16(exactly: nodata))
    case .int16: exist(plane, window, Int16(exactly: nodata))
    case .uint32: exist(plane, window, UInt32(exactly: nodata))
    case .int32: exist(plane, window, Int32(exactly: nodata))
    case .float32: exist(plane, window, Float(nodata))
    case .float64: exist(plane, window, nodata)
    }
  }

  /// Whether all samples are NaN. Without a way out in the middle, so that the loop runs in vectors.
  public static func areAll(_ samples: Span<Float>) -> Bool {
    var present: UInt32 = 0
    for index in 0..<samples.count {
      let sample = samples[index]
      present |= sample == sample ? 1 : 0
    }
    return present == 0
  }

  private static func exist<T: RasterSample>(_ plane: SamplePlane, _ window: PixelWindow, _ nodata: T?)
    -> Bool
  {
    guard let nodata else { return false }
    let samples = plane.samples(as: T.self)
    for row in window.row..<window.endRow {
      let start = row * plane.width + window.column
      let line = UnsafeMutableBufferPointer(rebasing: samples[start..<(start + window.width)])
      for sample in line where sample == nodata || sample != sample { return true }
    }
    return false
  }
}
