internal import Raster

/// Standard deviations and variances of each layer over one chunk.
///
/// - Precondition: at most 65,535 time steps fall into one layer.
final class DeviationReducer: CountedReducer {
  static let bytesPerPixelAndLayer = 2 * MemoryLayout<Double>.stride + MemoryLayout<UInt16>.stride

  var pixels: Int
  var layers = LayerStates<CountedPlanes>()

  init(pixels: Int) {
    self.pixels = pixels
  }

  func feed(_ values: UnsafeBufferPointer<Float>, layer: Int, step: Int) {
    precondition(values.count == pixels)
    let planes = planes(of: layer) { [.float64, .float64] }
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
}
