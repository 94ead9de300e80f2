internal import Engine
internal import Geo
internal import Raster

/// Medians or percentiles of each layer over one chunk: holds all values of the layers that are open.
///
/// - Precondition: at most 65,535 time steps fall into one layer.
final class RankReducer: VariableReducer {
  private var pixels: Int
  /// Where in the order of a pixel's values the result lies, 0…1; nil for the median.
  private let quantile: Double?
  /// Layers that follow each other put their values in the same memory; the stack of each layer.
  private let stackOfLayer: [Int]
  /// The most planes a stack has to hold.
  private let capacities: [Int]
  /// Made when they are first needed.
  private var stacks: [PlaneStack?]
  /// The layers that values were fed to and that are not finished.
  private var open: Set<Int> = []
  /// How many values each pixel of the layer that is being finished has.
  private let counts = SamplePlane()

  init(pixels: Int, layers: [PeriodLayer], quantile: Double? = nil) {
    self.pixels = pixels
    self.quantile = quantile
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
  static func bytesPerPixel(layers: [PeriodLayer]) -> Int {
    capacities(layers, stacks(layers)).reduce(0, +) * MemoryLayout<Float>.stride + MemoryLayout<UInt16>.stride
  }

  func feed(_ values: UnsafeBufferPointer<Float>, layer: Int) {
    precondition(values.count == pixels)
    let place = stackOfLayer[layer]
    let isNew = open.insert(layer).inserted
    if let known = stacks[place], !isNew || known.restart(pixels: pixels) { return known.append(values) }
    let made = PlaneStack(pixels: pixels, capacity: capacities[place])
    stacks[place] = made
    made.append(values)
  }

  func finish(_ result: VariableResult, layer: Int, into target: UnsafeMutableRawBufferPointer) {
    guard open.contains(layer), let planes = stacks[stackOfLayer[layer]] else {
      return result.fillMissing(target)
    }
    if result == .count {
      var span = target.bindMemory(to: Int32.self).mutableSpan
      return RunningMean.counts(UnsafeBufferPointer(counts.samples(as: UInt16.self)).span, into: &span)
    }
    counts.reshape(type: .uint16, width: pixels, height: 1)
    var span = target.bindMemory(to: Float.self).mutableSpan
    var numbers = counts.samples(as: UInt16.self).mutableSpan
    if let quantile {
      Percentile.percentiles(
        of: planes.values.span, count: planes.count, quantile: quantile, into: &span, counts: &numbers)
    } else {
      Median.medians(of: planes.values.span, count: planes.count, into: &span, counts: &numbers)
    }
  }

  func discard(layer: Int) { open.remove(layer) }

  func restart(pixels: Int) -> Bool {
    self.pixels = pixels
    open = []
    return true
  }
}
