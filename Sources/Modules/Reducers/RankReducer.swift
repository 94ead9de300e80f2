internal import Engine
internal import Geo
internal import Raster

/// Medians, percentiles and other statistics of values in order, of each layer over one chunk: holds all values of the
/// layers that are open. All statistics share one selection.
///
/// - Precondition: at most 65,535 time steps fall into one layer.
final class RankReducer: VariableReducer {
  private var pixels: Int
  private let wanted: [OrderStatistic]
  private let stacks: LayerStacks
  /// How many values each pixel of the layer that is being finished has.
  private let numbers = SamplePlane()
  /// The statistics of the layer that is being finished, one below the other, where there are several.
  private let results = SamplePlane()
  /// The layer whose numbers of values are there.
  private var counted: Int?
  /// The layer whose statistics are in `results`.
  private var prepared: Int?

  init(_ wanted: [OrderStatistic], pixels: Int, layers: [PeriodLayer]) {
    self.wanted = wanted
    self.pixels = pixels
    stacks = LayerStacks(layers: layers)
  }

  /// The most that is held at once when every time step has values, and counts.
  ///
  /// - Parameters:
  ///   - wanted: how many statistics.
  ///   - isCountFirst: whether counts are asked for before a statistic may be.
  static func bytesPerPixel(layers: [PeriodLayer], wanted: Int, isCountFirst: Bool) -> Int {
    let results = wanted > 1 || isCountFirst ? wanted : 0
    return (LayerStacks.mostPlanes(layers) + results) * MemoryLayout<Float>.stride
      + MemoryLayout<UInt16>.stride
  }

  func feed(_ values: UnsafeBufferPointer<Float>, layer: Int, step: Int) {
    stacks.append([values], layer: layer, step: step, pixels: pixels)
  }

  func finish(
    _ result: VariableResult, layer: Int, days: [Float], ddof: UInt16,
    into target: UnsafeMutableBufferPointer<Float>
  ) -> Bool {
    guard let planes = stacks[layer]?.planes, case .statistic(let statistic) = result,
      let place = wanted.firstIndex(where: { $0 == statistic.orderStatistic })
    else { return false }
    if wanted.count == 1, prepared != layer {
      compute(planes, layer, into: target)
      return true
    }
    prepare(planes, layer)
    let all = results.samples(as: Float.self)
    _ = target.update(fromContentsOf: all[(place * pixels)..<((place + 1) * pixels)])
    return true
  }

  func counts(layer: Int) -> UnsafeBufferPointer<UInt16>? {
    guard let planes = stacks[layer]?.planes else { return nil }
    if counted != layer { prepare(planes, layer) }
    return UnsafeBufferPointer(numbers.samples(as: UInt16.self))
  }

  private func prepare(_ planes: PlaneStack, _ layer: Int) {
    guard prepared != layer else { return }
    results.reshape(type: .float32, width: pixels, height: wanted.count)
    compute(planes, layer, into: results.samples(as: Float.self))
    prepared = layer
  }

  private func compute(_ planes: PlaneStack, _ layer: Int, into target: UnsafeMutableBufferPointer<Float>) {
    numbers.reshape(type: .uint16, width: pixels, height: 1)
    var span = target.mutableSpan
    var counts = numbers.samples(as: UInt16.self).mutableSpan
    OrderStatistics.compute(
      of: planes.values.span, count: planes.count, wanted, into: &span, counts: &counts)
    counted = layer
  }

  func discard(layer: Int) {
    stacks.discard(layer)
    (counted, prepared) = (nil, nil)
  }

  func restart(pixels: Int) -> Bool {
    self.pixels = pixels
    stacks.restart()
    (counted, prepared) = (nil, nil)
    return true
  }
}
