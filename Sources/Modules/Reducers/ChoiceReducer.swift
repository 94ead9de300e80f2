internal import Raster

/// The least, greatest, first or last value of each layer over one chunk.
///
/// - Precondition: at most 65,535 time steps fall into one layer.
final class ChoiceReducer: VariableReducer {
  static let bytesPerPixelAndLayer = MemoryLayout<Float>.stride + MemoryLayout<UInt16>.stride

  private var pixels: Int
  private let choice: RunningChoice
  private var layers = LayerStates<CountedPlanes>()

  init(_ choice: RunningChoice, pixels: Int) {
    self.choice = choice
    self.pixels = pixels
  }

  func feed(_ values: UnsafeBufferPointer<Float>, layer: Int) {
    precondition(values.count == pixels)
    let pixels = pixels
    let planes = layers.begin(
      layer, reuse: { $0.begin(pixels: pixels) },
      make: { CountedPlanes([.float32], pixels: pixels, start: .nan) })
    var chosen = planes.values[0].samples(as: Float.self).mutableSpan
    var counts = planes.counts.samples(as: UInt16.self).mutableSpan
    choice.add(values.span, to: &chosen, counts: &counts)
  }

  func finish(_ result: VariableResult, layer: Int, into target: UnsafeMutableRawBufferPointer) {
    guard let planes = layers[layer] else { return result.fillMissing(target) }
    if result == .count { return planes.writeCounts(into: target) }
    _ = target.bindMemory(to: Float.self)
      .update(fromContentsOf: UnsafeBufferPointer(planes.values[0].samples(as: Float.self)))
  }

  func discard(layer: Int) { layers.discard(layer) }

  func restart(pixels: Int) -> Bool {
    self.pixels = pixels
    return true
  }
}

/// Planes of a layer's state, with the number of values each pixel has.
final class CountedPlanes {
  let values: [SamplePlane]
  let counts = SamplePlane()
  private let types: [SampleType]
  private let start: Double

  /// - Parameter start: what the planes hold before the first value.
  init(_ types: [SampleType], pixels: Int, start: Double) {
    self.types = types
    self.start = start
    values = types.map { _ in SamplePlane() }
    begin(pixels: pixels)
  }

  /// Forgets everything.
  func begin(pixels: Int) {
    for (plane, type) in zip(values, types) {
      plane.reshape(type: type, width: pixels, height: 1)
      plane.fill(start)
    }
    counts.reshape(type: .uint16, width: pixels, height: 1)
    counts.fill(0)
  }

  func writeCounts(into target: UnsafeMutableRawBufferPointer) {
    var span = target.bindMemory(to: Int32.self).mutableSpan
    RunningMean.counts(UnsafeBufferPointer(counts.samples(as: UInt16.self)).span, into: &span)
  }
}

extension VariableResult {
  /// What a layer without any value has.
  func fillMissing(_ target: UnsafeMutableRawBufferPointer) {
    switch self {
    case .statistic: target.bindMemory(to: Float.self).update(repeating: .nan)
    case .count: target.bindMemory(to: Int32.self).update(repeating: 0)
    }
  }
}
