internal import Raster

/// The standard deviation of each layer over one chunk.
///
/// - Precondition: at most 65,535 time steps fall into one layer.
final class DeviationReducer: VariableReducer {
  static let bytesPerPixelAndLayer = 2 * MemoryLayout<Double>.stride + MemoryLayout<UInt16>.stride

  private var pixels: Int
  private var layers = LayerStates<CountedPlanes>()

  init(pixels: Int) {
    self.pixels = pixels
  }

  func feed(_ values: UnsafeBufferPointer<Float>, layer: Int) {
    precondition(values.count == pixels)
    let pixels = pixels
    let planes = layers.begin(
      layer, reuse: { $0.begin(pixels: pixels) },
      make: { CountedPlanes([.float64, .float64], pixels: pixels, start: 0) })
    var means = planes.values[0].samples(as: Double.self).mutableSpan
    var squares = planes.values[1].samples(as: Double.self).mutableSpan
    var counts = planes.counts.samples(as: UInt16.self).mutableSpan
    RunningMoments.add(values.span, means: &means, squares: &squares, counts: &counts)
  }

  func finish(_ result: VariableResult, layer: Int, into target: UnsafeMutableRawBufferPointer) {
    guard let planes = layers[layer] else { return result.fillMissing(target) }
    if result == .count { return planes.writeCounts(into: target) }
    var span = target.bindMemory(to: Float.self).mutableSpan
    RunningMoments.deviations(
      squares: UnsafeBufferPointer(planes.values[1].samples(as: Double.self)).span,
      counts: UnsafeBufferPointer(planes.counts.samples(as: UInt16.self)).span, into: &span)
  }

  func discard(layer: Int) { layers.discard(layer) }

  func restart(pixels: Int) -> Bool {
    self.pixels = pixels
    return true
  }
}
