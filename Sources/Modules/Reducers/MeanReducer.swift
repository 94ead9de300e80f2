internal import Raster

/// Means, sums or counts of each layer over one chunk.
///
/// - Precondition: at most 65,535 time steps fall into one layer.
final class MeanReducer: VariableReducer {
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

    func holds(_ pixels: Int) -> Bool { pixels <= allSums.count }

    func restart(pixels: Int) {
      sums = UnsafeMutableBufferPointer(rebasing: allSums[..<pixels])
      counts = UnsafeMutableBufferPointer(rebasing: allCounts[..<pixels])
      isBegun = false
    }
  }

  private var pixels: Int
  /// Whether sums are not divided by the number of values.
  private let isSum: Bool
  /// See `RunningMean`.
  private let step: Double
  private var layers = LayerStates<Layer>()

  init(pixels: Int, range: ClosedRange<Double>, isSum: Bool = false) {
    self.pixels = pixels
    self.isSum = isSum
    step = RunningMean.step(for: range)
  }

  func feed(_ values: UnsafeBufferPointer<Float>, layer: Int) {
    precondition(values.count == pixels)
    let pixels = pixels
    let layer = layers.begin(layer, reuse: { $0.restart(pixels: pixels) }, make: { Layer(pixels: pixels) })
    var sums = layer.sums.mutableSpan
    var counts = layer.counts.mutableSpan
    if layer.isBegun {
      RunningMean.add(values.span, step: step, to: &sums, counts: &counts)
    } else {
      layer.isBegun = true
      RunningMean.begin(values.span, step: step, sums: &sums, counts: &counts)
    }
  }

  func finish(_ result: VariableResult, layer: Int, into target: UnsafeMutableRawBufferPointer) {
    guard let layer = layers[layer] else { return result.fillMissing(target) }
    if result == .count {
      var span = target.bindMemory(to: Int32.self).mutableSpan
      return RunningMean.counts(UnsafeBufferPointer(layer.counts).span, into: &span)
    }
    var span = target.bindMemory(to: Float.self).mutableSpan
    let (sums, counts) = (UnsafeBufferPointer(layer.sums).span, UnsafeBufferPointer(layer.counts).span)
    if isSum {
      RunningMean.sums(sums: sums, counts: counts, into: &span)
    } else {
      RunningMean.means(sums: sums, counts: counts, into: &span)
    }
  }

  func discard(layer: Int) { layers.discard(layer) }

  func restart(pixels: Int) -> Bool {
    self.pixels = pixels
    layers.restart { $0.holds(pixels) }
    return true
  }
}
