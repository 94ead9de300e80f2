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

  /// Makes the mask that is saved: 0 kept, 1 rejected, 255 where the quality layer has no value.
  ///
  /// - Parameters:
  ///   - mask: of the window's shape.
  ///   - layer: the quality layer the mask was made from, of which `window` is the mask's place.
  ///   - uncovered: 1 where no scene reaches, of the layer's shape; nil when scenes cover everything.
  ///   - nodata: the layer's value for missing.
  public static func report(
    _ mask: SamplePlane, layer: SamplePlane, uncovered: SamplePlane?, window: PixelWindow, nodata: Double?,
    into output: SamplePlane
  ) {
    output.reshape(type: .uint8, width: window.width, height: window.height)
    let from = mask.samples(as: UInt8.self)
    let into = output.samples(as: UInt8.self)
    // Signed layers are read as bit patterns, so their nodata is too.
    let missing = nodata.flatMap { Int32(exactly: $0) }.map {
      layer.type.size == 1 ? Int(UInt8(truncatingIfNeeded: $0)) : Int(UInt16(truncatingIfNeeded: $0))
    }
    for row in 0..<window.height {
      for column in 0..<window.width {
        let place = (window.row + row) * layer.width + window.column + column
        let value =
          layer.type.size == 1
          ? Int(layer.samples(as: UInt8.self)[place]) : Int(layer.samples(as: UInt16.self)[place])
        let isUnknown = value == missing || (uncovered?.samples(as: UInt8.self)[place] ?? 0) != 0
        let index = row * window.width + column
        into[index] = isUnknown ? unknown : from[index]
      }
    }
  }
}
