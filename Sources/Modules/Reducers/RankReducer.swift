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
  /// Layers that follow each other put their values in the same memory; the stack of each layer.
  private let stackOfLayer: [Int]
  /// The most planes a stack has to hold.
  private let capacities: [Int]
  /// Made when they are first needed.
  private var stacks: [PlaneStack?]
  /// The layers that values were fed to and that are not finished.
  private var open: Set<Int> = []
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
    stackOfLayer = RankReducer.stacks(layers)
    capacities = RankReducer.capacities(layers, stackOfLayer)
    stacks = capacities.map { _ in nil }
  }

  /// The stack of each layer, as few as can be: a layer takes over the stack of one that ends before it begins.
  private static func stacks(_ layers: [PeriodLayer]) -> [Int] {
    var stacks = [Int](repeating: 0, count: layers.count)
    /// The last time step of what each stack has.
    var ends: [Int] = []
    let order = layers.indices.filter { !layers[$0].dates.isEmpty }
      .sorted { (layers[$0].dates[0], $0) < (layers[$1].dates[0], $1) }
    for layer in order {
      guard let first = layers[layer].dates.first, let last = layers[layer].dates.last else { continue }
      let stack = ends.firstIndex { $0 < first } ?? ends.count
      if stack == ends.count { ends.append(last) } else { ends[stack] = last }
      stacks[layer] = stack
    }
    return stacks
  }

  private static func capacities(_ layers: [PeriodLayer], _ stackOfLayer: [Int]) -> [Int] {
    var capacities = [Int](repeating: 0, count: (stackOfLayer.max() ?? -1) + 1)
    for (layer, stack) in zip(layers, stackOfLayer) {
      capacities[stack] = max(capacities[stack], layer.dates.count)
    }
    return capacities
  }

  /// The most that is held at once when every time step has values, and counts.
  ///
  /// - Parameters:
  ///   - wanted: how many statistics.
  ///   - isCountFirst: whether counts are asked for before a statistic may be.
  static func bytesPerPixel(layers: [PeriodLayer], wanted: Int, isCountFirst: Bool) -> Int {
    let results = wanted > 1 || isCountFirst ? wanted : 0
    return (capacities(layers, stacks(layers)).reduce(0, +) + results) * MemoryLayout<Float>.stride
      + MemoryLayout<UInt16>.stride
  }

  func feed(_ values: UnsafeBufferPointer<Float>, layer: Int, step _: Int) {
    precondition(values.count == pixels)
    let place = stackOfLayer[layer]
    let isNew = open.insert(layer).inserted
    if let known = stacks[place], !isNew || known.restart(pixels: pixels) { return known.append(values) }
    let made = PlaneStack(pixels: pixels, capacity: capacities[place])
    stacks[place] = made
    made.append(values)
  }

  func finish(
    _ result: VariableResult, layer: Int, days: [Float], ddof: UInt16,
    into target: UnsafeMutableBufferPointer<Float>
  ) -> Bool {
    guard open.contains(layer), case .statistic(let statistic) = result,
      let place = wanted.firstIndex(where: { $0 == statistic.orderStatistic })
    else { return false }
    if wanted.count == 1, prepared != layer {
      compute(layer, into: target)
      return true
    }
    prepare(layer)
    let all = results.samples(as: Float.self)
    _ = target.update(fromContentsOf: all[(place * pixels)..<((place + 1) * pixels)])
    return true
  }

  func counts(layer: Int) -> UnsafeBufferPointer<UInt16>? {
    guard open.contains(layer) else { return nil }
    if counted != layer { prepare(layer) }
    return UnsafeBufferPointer(numbers.samples(as: UInt16.self))
  }

  private func prepare(_ layer: Int) {
    guard prepared != layer else { return }
    results.reshape(type: .float32, width: pixels, height: wanted.count)
    compute(layer, into: results.samples(as: Float.self))
    prepared = layer
  }

  private func compute(_ layer: Int, into target: UnsafeMutableBufferPointer<Float>) {
    guard let planes = stacks[stackOfLayer[layer]] else { return }
    numbers.reshape(type: .uint16, width: pixels, height: 1)
    var span = target.mutableSpan
    var counts = numbers.samples(as: UInt16.self).mutableSpan
    OrderStatistics.compute(
      of: planes.values.span, count: planes.count, wanted, into: &span, counts: &counts)
    counted = layer
  }

  func discard(layer: Int) {
    open.remove(layer)
    (counted, prepared) = (nil, nil)
  }

  func restart(pixels: Int) -> Bool {
    self.pixels = pixels
    open = []
    (counted, prepared) = (nil, nil)
    return true
  }
}
