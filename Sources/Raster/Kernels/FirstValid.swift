public import Geo

/// Fusing overlapping scenes: the first valid pixel wins.
public enum FirstValid {
  /// Copies samples of `later` into `plane` where `plane` has none yet.
  ///
  /// - Parameters:
  ///   - plane: what earlier scenes gave; nodata (or NaN) where they gave nothing.
  ///   - later: the next scene's samples, of the same type, for `window` of the plane.
  ///   - window: where `later` lies, in pixels of the plane.
  ///   - nodata: the value that means missing.
  public static func fuse(
    _ later: SamplePlane, over window: PixelWindow, of plane: SamplePlane, nodata: Double
  ) {
    precondition(later.type == plane.type && later.width == window.width && later.height == window.height)
    precondition(PixelWindow(column: 0, row: 0, width: plane.width, height: plane.height).contains(window))
    switch plane.type {
    case .uint8: fuse(later, window, plane, UInt8(nodata: nodata))
    case .int8: fuse(later, window, plane, Int8(nodata: nodata))
    case .uint16: fuse(later, window, plane, UInt16(nodata: nodata))
    case .int16: fuse(later, window, plane, Int16(nodata: nodata))
    case .uint32: fuse(later, window, plane, UInt32(nodata: nodata))
    case .int32: fuse(later, window, plane, Int32(nodata: nodata))
    case .float32: fuse(later, window, plane, Float(nodata: nodata))
    case .float64: fuse(later, window, plane, nodata)
    }
  }

  @inline(__always)
  private static func fuse<T: RasterSample>(
    _ later: SamplePlane, _ window: PixelWindow, _ plane: SamplePlane, _ nodata: T?
  ) {
    guard let nodata else { return }
    let source = later.samples(as: T.self)
    let target = plane.samples(as: T.self)
    for row in 0..<window.height {
      let from = UnsafeMutableBufferPointer(
        rebasing: source[(row * window.width)..<((row + 1) * window.width)])
      let first = (window.row + row) * plane.width + window.column
      let into = UnsafeMutableBufferPointer(rebasing: target[first..<(first + window.width)])
      fuse(from.span, into, nodata)
    }
  }

  @inline(__always)
  private static func fuse<T: RasterSample>(
    _ from: Span<T>, _ into: UnsafeMutableBufferPointer<T>, _ nodata: T
  ) {
    var target = into.mutableSpan
    let count = target.count
    precondition(from.count == count)
    for index in 0..<count {
      // Both are loaded before choosing: a load under a condition keeps the loop from being a vector one.
      let (present, other) = (target[index], from[index])
      // A NaN is not equal to itself: float bands may mark missing pixels with it whatever nodata says.
      let chosen = present == nodata ? other : present
      target[index] = present == present ? chosen : other
    }
  }
}
