internal import Engine
internal import Raster

/// Sums and counts of each season over one chunk. A layer's memory is taken when its first date comes.
///
/// - Precondition: at most 65,535 dates fall into one layer.
final class SeasonalMeanReducer: TimeReducer {
  static let bytesPerPixelAndLayer = MemoryLayout<Double>.stride + MemoryLayout<UInt16>.stride

  /// One layer's state.
  private final class Layer {
    let sums: UnsafeMutableBufferPointer<Double>
    let counts: UnsafeMutableBufferPointer<UInt16>

    init(pixels: Int) {
      sums = .allocate(capacity: pixels)
      sums.initialize(repeating: 0)
      counts = .allocate(capacity: pixels)
      counts.initialize(repeating: 0)
    }

    deinit {
      sums.deallocate()
      counts.deallocate()
    }
  }

  private let pixels: Int
  /// The layer of each date.
  private let layerOfDate: [Int]
  /// See `RunningMean`.
  private let step: Double
  private var layers: [Layer?]

  init(pixels: Int, layers: [ReductionLayer], dates: Int, range: ClosedRange<Double>) {
    self.pixels = pixels
    step = RunningMean.step(for: range)
    layerOfDate = layers.layerOfDate(dates: dates)
    self.layers = layers.map { _ in nil }
  }

  func feed(_ values: UnsafeBufferPointer<Float>, date: Int) {
    precondition(values.count == pixels)
    let layer = layer(layerOfDate[date])
    var sums = layer.sums.mutableSpan
    var counts = layer.counts.mutableSpan
    RunningMean.add(values.span, step: step, to: &sums, counts: &counts)
  }

  func merge(_ later: any TimeReducer) {
    guard let later = later as? SeasonalMeanReducer else {
      preconditionFailure("a seasonal mean merges with its own kind only")
    }
    precondition(later.pixels == pixels && later.layers.count == layers.count)
    for (index, other) in later.layers.enumerated() {
      guard let other else { continue }
      let layer = layer(index)
      var sums = layer.sums.mutableSpan
      var counts = layer.counts.mutableSpan
      RunningMean.merge(
        sums: UnsafeBufferPointer(other.sums).span, counts: UnsafeBufferPointer(other.counts).span,
        into: &sums,
        counts: &counts)
    }
  }

  func finish(output: Int, layer: Int, into result: UnsafeMutableRawBufferPointer) {
    let layer = layers[layer]
    if output == 0 {
      let means = result.bindMemory(to: Float.self)
      precondition(means.count == pixels)
      guard let layer else { return means.update(repeating: .nan) }
      var span = means.mutableSpan
      RunningMean.means(
        sums: UnsafeBufferPointer(layer.sums).span, counts: UnsafeBufferPointer(layer.counts).span,
        into: &span)
    } else {
      let numbers = result.bindMemory(to: Int32.self)
      precondition(numbers.count == pixels)
      guard let layer else { return numbers.update(repeating: 0) }
      var span = numbers.mutableSpan
      RunningMean.counts(UnsafeBufferPointer(layer.counts).span, into: &span)
    }
  }

  /// A layer's state, made when it is first asked for.
  private func layer(_ index: Int) -> Layer {
    if let layer = layers[index] { return layer }
    let layer = Layer(pixels: pixels)
    layers[index] = layer
    return layer
  }
}
