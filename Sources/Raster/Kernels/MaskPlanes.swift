public import Geo

/// Combining masks: planes of one byte a pixel, 1 where rejected, 0 where kept.
public enum MaskPlanes {
  /// What a saved mask holds where nothing is known of a pixel.
  public static let unknown: UInt8 = 255

  /// Rejects in `mask` what another mask rejects in a window of the same shape.
  public static func add(_ other: SamplePlane, window: PixelWindow, to mask: SamplePlane) {
    precondition(mask.width == window.width && mask.height == window.height)
    let source = other.samples(as: UInt8.self)
    let target = mask.samples(as: UInt8.self)
    for row in 0..<window.height {
      let first = (window.row + row) * other.width + window.column
      let from = UnsafeMutableBufferPointer(rebasing: source[first..<(first + window.width)]).span
      let line = UnsafeMutableBufferPointer(
        rebasing: target[(row * window.width)..<((row + 1) * window.width)])
      var into = line.mutableSpan
      let count = into.count
      precondition(from.count == count)
      for index in 0..<count { into[index] |= from[index] }
    }
  }

  /// Whether a mask keeps any pixel of a window.
  public static func keepsAny(of mask: SamplePlane, in window: PixelWindow) -> Bool {
    let source = mask.samples(as: UInt8.self)
    for row in window.row..<window.endRow {
      let first = row * mask.width + window.column
      let line = UnsafeMutableBufferPointer(rebasing: source[first..<(first + window.width)])
      if !rejectsAll(line.span) { return true }
    }
    return false
  }

  /// Whether all of a row is 1; without a way out in the middle the loop runs in vectors.
  private static func rejectsAll(_ line: Span<UInt8>) -> Bool {
    let count = line.count
    var all: UInt8 = 1
    for index in 0..<count { all &= line[index] }
    return all != 0
  }

  /// Makes the mask that is saved: 0 kept, 1 rejected, 255 where the quality layer has no value.
  ///
  /// - Parameters:
  ///   - mask: of the window's shape.
  ///   - layer: the quality layer the mask was made from, of which `window` is the mask's place.
  ///   - uncovered: 1 where no scene reaches, of the layer's shape; nil when scenes cover everything.
  ///   - window: the mask's place in `layer`.
  ///   - nodata: the layer's value for missing.
  ///   - output: a plane of bytes of the window's shape, filled whole.
  public static func report(
    _ mask: SamplePlane, layer: SamplePlane, uncovered: SamplePlane?, window: PixelWindow, nodata: Double?,
    into output: SamplePlane
  ) {
    precondition(mask.width == window.width && mask.height == window.height)
    output.reshape(type: .uint8, width: window.width, height: window.height)
    // Signed layers are read as bit patterns, so their nodata is too.
    let missing = nodata.flatMap { Int64(exactly: $0) }
    if layer.type.size == 1 {
      report(mask, layer, window, missing.map { UInt8(truncatingIfNeeded: $0) }, into: output)
    } else if layer.type.size == 4 {
      report(mask, layer, window, missing.map { UInt32(truncatingIfNeeded: $0) }, into: output)
    } else {
      report(mask, layer, window, missing.map { UInt16(truncatingIfNeeded: $0) }, into: output)
    }
    guard let uncovered else { return }
    for row in 0..<window.height {
      let from = line(row, of: uncovered, window, as: UInt8.self).span
      var into = line(row, of: output).mutableSpan
      let count = into.count
      precondition(from.count == count)
      for index in 0..<count {
        let present = into[index]
        into[index] = from[index] == 0 ? present : unknown
      }
    }
  }

  @inline(__always)
  private static func report<T: FixedWidthInteger & BitwiseCopyable>(
    _ mask: SamplePlane, _ layer: SamplePlane, _ window: PixelWindow, _ missing: T?, into output: SamplePlane
  ) {
    for row in 0..<window.height {
      let from = line(row, of: mask).span
      let values = line(row, of: layer, window, as: T.self).span
      var into = line(row, of: output).mutableSpan
      let count = into.count
      precondition(from.count == count && values.count == count)
      if let missing {
        for index in 0..<count {
          // Loaded before choosing, as vector code needs it.
          let rejected = from[index]
          into[index] = values[index] == missing ? unknown : rejected
        }
      } else {
        for index in 0..<count { into[index] = from[index] }
      }
    }
  }

  /// A row of a plane of bytes.
  private static func line(_ row: Int, of plane: SamplePlane) -> UnsafeMutableBufferPointer<UInt8> {
    let samples = plane.samples(as: UInt8.self)
    return UnsafeMutableBufferPointer(rebasing: samples[(row * plane.width)..<((row + 1) * plane.width)])
  }

  /// A row of a window of a plane.
  private static func line<T: BitwiseCopyable>(
    _ row: Int, of plane: SamplePlane, _ window: PixelWindow, as _: T.Type
  ) -> UnsafeMutableBufferPointer<T> {
    let first = (window.row + row) * plane.width + window.column
    return UnsafeMutableBufferPointer(rebasing: plane.samples(as: T.self)[first..<(first + window.width)])
  }
}
