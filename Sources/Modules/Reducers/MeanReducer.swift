internal import Raster

/// Means, sums and counts of each layer over one chunk.
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
  /// See `RunningMean`.
  private let step: Double
  private var layers = LayerStates<Layer>()

  init(pixels: Int, range: ClosedRange<Double>) {
    self.pixels = pixels
    step = RunningMean.step(for: range)
  }

  func feed(_ values: UnsafeBufferPointer<Float>, layer: Int, step _: Int) {
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

  func finish(
    _ result: VariableResult, layer: Int, days: [Float], ddof: UInt16,
    into target: UnsafeMutableBufferPointer<Float>
  ) -> Bool {
    guard let layer = layers[layer] else { return false }
    var span = target.mutableSpan
    let (sums, counts) = (UnsafeBufferPointer(layer.sums).span, UnsafeBufferPointer(layer.counts).span)
    if result == .statistic(.sum) {
      RunningMean.sums(sums: sums, counts: counts, into: &span)
    } else {
      RunningMean.means(sums: sums, counts: counts, into: &span)
    }
    return true
  }

  func counts(layer: Int) -> UnsafeBufferPointer<UInt16>? {
    layers[layer].map { UnsafeBufferPointer($0.counts) }
  }

  func discard(layer: Int) { layers.discard(layer) }

  func restart(pixels: Int) -> Bool {
    self.pixels = pixels
    layers.restart { $0.holds(pixels) }
    return true
  }
}
