internal import Engine
internal import Raster

/// Sums and counts of each season over one chunk. A layer's memory is taken when its first date comes.
///
/// - Precondition: at most 65,535 dates fall into one layer.
final class SeasonalMeanReducer: TimeReducer {
  static let bytesPerPixelAndLayer = MemoryLayout<Double>.stride + MemoryLayout<UInt16>.stride

  /// One layer's state.
  private final class Layer {
    private let allSums: UnsafeMutableBufferPointer<Double>
    private let allCounts: UnsafeMutableBufferPointer<UInt16>
    /// Of the present chunk, which may be smaller than the memory.
    private(set) var sums: UnsafeMutableBufferPointer<Double>
    private(set) var counts: UnsafeMutableBufferPointer<UInt16>
    /// Whether something was put there: if not, it holds anything.
    var isBegun = false

    init(pixels: Int) {
      allSums = .allocate(capacity: pixels)
      allCounts = .allocate(capacity: pixels)
      (sums, counts) = (allSums, allCounts)
    }

    deinit {
      allSums.deallocate()
      allCounts.deallocate()
    }

    /// - Returns: false when there is no memory for so many pixels.
    func restart(pixels: Int) -> Bool {
      guard pixels <= allSums.count else { return false }
      sums = UnsafeMutableBufferPointer(rebasing: allSums[..<pixels])
      counts = UnsafeMutableBufferPointer(rebasing: allCounts[..<pixels])
      isBegun = false
      return true
    }
  }

  private var pixels: Int
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
    if layer.isBegun {
      RunningMean.add(values.span, step: step, to: &sums, counts: &counts)
    } else {
      layer.isBegun = true
      RunningMean.begin(values.span, step: step, sums: &sums, counts: &counts)
    }
  }

  func restart(pixels: Int) -> Bool {
    self.pixels = pixels
    for index in layers.indices where layers[index]?.restart(pixels: pixels) == false { layers[index] = nil }
    return true
  }

  func merge(_ later: any TimeReducer) {
    guard let later = later as? SeasonalMeanReducer else {
      preconditionFailure("a seasonal mean merges with its own kind only")
    }
    precondition(later.pixels == pixels && later.layers.count == layers.count)
    for (index, other) in later.layers.enumerated() {
      guard let other, other.isBegun else { continue }
      let layer = layer(index)
      guard layer.isBegun else {
        _ = layer.sums.update(fromContentsOf: other.sums)
        _ = layer.counts.update(fromContentsOf: other.counts)
        layer.isBegun = true
        continue
      }
      var sums = layer.sums.mutableSpan
      var counts = layer.counts.mutableSpan
      RunningMean.merge(
        sums: UnsafeBufferPointer(other.sums).span, counts: UnsafeBufferPointer(other.counts).span,
        into: &sums,
        counts: &counts)
    }
  }

  func finish(output: Int, layer: Int, into result: UnsafeMutableRawBufferPointer) {
    let layer = layers[layer].flatMap { $0.isBegun ? $0 : nil }
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
