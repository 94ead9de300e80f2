public import Geo

/// Looking for missing samples in a stored plane.
public enum MissingSamples {
  /// Whether a window of a plane has a sample that is nodata or NaN.
  public static func exist(in plane: SamplePlane, window: PixelWindow, nodata: Double) -> Bool {
    switch plane.type {
    case .uint8: exist(plane, window, UInt8(nodata: nodata))
    case .int8: exist(plane, window, Int8(nodata: nodata))
    case .uint16: exist(plane, window, UInt16(nodata: nodata))
    case .int16: exist(plane, window, Int16(nodata: nodata))
    case .uint32: exist(plane, window, UInt32(nodata: nodata))
    case .int32: exist(plane, window, Int32(nodata: nodata))
    case .float32: exist(plane, window, Float(nodata: nodata))
    case .float64: exist(plane, window, Double(nodata: nodata))
    }
  }

  /// Gives samples the number that means missing where a mask is 0.
  ///
  /// - Parameters:
  ///   - samples: rows of the mask's width, their starts `rowStride` samples apart.
  ///   - type: of the samples.
  ///   - rowStride: samples from the start of a row to that of the next.
  ///   - mask: one byte a sample.
  ///   - missing: a number that the type holds.
  public static func mark(
    _ samples: UnsafeMutableRawBufferPointer, type: SampleType, rowStride: Int, where mask: SamplePlane,
    missing: Double
  ) {
    switch type {
    case .uint8: mark(samples, UInt8(nodata: missing), rowStride, mask)
    case .int8: mark(samples, Int8(nodata: missing), rowStride, mask)
    case .uint16: mark(samples, UInt16(nodata: missing), rowStride, mask)
    case .int16: mark(samples, Int16(nodata: missing), rowStride, mask)
    case .uint32: mark(samples, UInt32(nodata: missing), rowStride, mask)
    case .int32: mark(samples, Int32(nodata: missing), rowStride, mask)
    case .float32: mark(samples, Float(nodata: missing), rowStride, mask)
    case .float64: mark(samples, Double(nodata: missing), rowStride, mask)
    }
  }

  @inline(__always)
  private static func mark<T: RasterSample>(
    _ samples: UnsafeMutableRawBufferPointer, _ missing: T?, _ rowStride: Int, _ mask: SamplePlane
  ) {
    guard let missing else { preconditionFailure("no \(T.self) means missing") }
    let target = samples.bindMemory(to: T.self)
    let marks = mask.samples(as: UInt8.self)
    for row in 0..<mask.height {
      for column in 0..<mask.width where marks[row * mask.width + column] == 0 {
        target[row * rowStride + column] = missing
      }
    }
  }

  /// Marks with 1 where samples of a plane are nodata or NaN; other marks stay as they are.
  public static func find(in plane: SamplePlane, nodata: Double, into marks: SamplePlane) {
    switch plane.type {
    case .uint8: find(plane, UInt8(nodata: nodata), marks)
    case .int8: find(plane, Int8(nodata: nodata), marks)
    case .uint16: find(plane, UInt16(nodata: nodata), marks)
    case .int16: find(plane, Int16(nodata: nodata), marks)
    case .uint32: find(plane, UInt32(nodata: nodata), marks)
    case .int32: find(plane, Int32(nodata: nodata), marks)
    case .float32: find(plane, Float(nodata: nodata), marks)
    case .float64: find(plane, Double(nodata: nodata), marks)
    }
  }

  @inline(__always)
  private static func find<T: RasterSample>(_ plane: SamplePlane, _ nodata: T?, _ marks: SamplePlane) {
    let samples = plane.samples(as: T.self)
    let marks = marks.samples(as: UInt8.self)
    precondition(marks.count == samples.count)
    for (place, sample) in samples.enumerated() where sample == nodata || sample != sample {
      marks[place] = 1
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
