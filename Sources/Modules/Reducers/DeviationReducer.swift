internal import Raster

/// Standard deviations and variances of each layer over one chunk.
///
/// - Precondition: at most 65,535 time steps fall into one layer.
final class DeviationReducer: VariableReducer {
  static let bytesPerPixelAndLayer = 2 * MemoryLayout<Double>.stride + MemoryLayout<UInt16>.stride

  private var pixels: Int
  private var layers = LayerStates<CountedPlanes>()

  init(pixels: Int) {
    self.pixels = pixels
  }

  func feed(_ values: UnsafeBufferPointer<Float>, layer: Int, step: Int) {
    precondition(values.count == pixels)
    let pixels = pixels
    let planes = layers.begin(
      layer, reuse: { $0.begin(pixels: pixels) },
      make: { CountedPlanes([.float64, .float64], pixels: pixels) })
    var means = planes.values[0].samples(as: Double.self).mutableSpan
    var squares = planes.values[1].samples(as: Double.self).mutableSpan
    var counts = planes.counts.samples(as: UInt16.self).mutableSpan
    RunningVariance.add(values.span, counts: &counts, means: &means, squares: &squares)
  }

  func finish(
    _ result: VariableResult, layer: Int, days: [Float], ddof: UInt16,
    into target: UnsafeMutableBufferPointer<Float>
  ) -> Bool {
    guard let planes = layers[layer], let counts = counts(layer: layer) else { return false }
    var span = target.mutableSpan
    RunningVariance.variances(
      squares: UnsafeBufferPointer(planes.values[1].samples(as: Double.self)).span, counts: counts.span,
      ddof: ddof, isRoot: result == .statistic(.std), into: &span)
    return true
  }

  func counts(layer: Int) -> UnsafeBufferPointer<UInt16>? {
    layers[layer].map { UnsafeBufferPointer($0.counts.samples(as: UInt16.self)) }
  }

  func discard(layer: Int) { layers.discard(layer) }

  func restart(pixels: Int) -> Bool {
    self.pixels = pixels
    layers.restart { _ in true }
    return true
  }
}
