internal import Raster

/// Means, or geometric means, of values that may weigh differently, of each layer over one chunk.
///
/// - Precondition: at most 65,535 time steps fall into one layer.
final class WeightedMeanReducer: CountedReducer {
  static let bytesPerPixelAndLayer = 2 * MemoryLayout<Double>.stride + MemoryLayout<UInt16>.stride

  private let scale: WeightedMean.Scale
  private let weights: WeightedMean.Weights
  var pixels: Int
  var layers = LayerStates<CountedPlanes>()

  init(_ scale: WeightedMean.Scale, _ weights: WeightedMean.Weights, pixels: Int) {
    (self.scale, self.weights, self.pixels) = (scale, weights, pixels)
  }

  func feed(_ values: UnsafeBufferPointer<Float>, layer: Int, step: Int) {
    feed(values, weights: nil, layer: layer, step: step)
  }

  func feed(
    _ values: UnsafeBufferPointer<Float>, weights: UnsafeBufferPointer<Float>?, layer: Int, step: Int
  ) {
    precondition(values.count == pixels && (weights?.count ?? pixels) == pixels)
    let planes = planes(of: layer) { [.float64, .float64] }
    var sums = planes.values[0].samples(as: Double.self).mutableSpan
    var total = planes.values[1].samples(as: Double.self).mutableSpan
    var counts = planes.counts.samples(as: UInt16.self).mutableSpan
    WeightedMean.add(
      values.span, weights: weights?.span, self.weights, scale, sums: &sums, weights: &total, counts: &counts)
  }

  func finish(
    _ result: VariableResult, layer: Int, days: [Float], ddof: UInt16,
    into target: UnsafeMutableBufferPointer<Float>
  ) -> Bool {
    guard let planes = layers[layer] else { return false }
    var span = target.mutableSpan
    WeightedMean.means(
      sums: UnsafeBufferPointer(planes.values[0].samples(as: Double.self)).span,
      weights: UnsafeBufferPointer(planes.values[1].samples(as: Double.self)).span, scale, into: &span)
    return true
  }
}
