internal import Raster

/// Planes of a layer's state, with the number of values each pixel has.
final class CountedPlanes {
  let values: [SamplePlane]
  let counts = SamplePlane()
  private let types: [SampleType]

  /// Planes of Float begin missing, others with 0.
  init(_ types: [SampleType], pixels: Int) {
    self.types = types
    values = types.map { _ in SamplePlane() }
    begin(pixels: pixels)
  }

  /// Forgets everything.
  func begin(pixels: Int) {
    for (plane, type) in zip(values, types) {
      plane.reshape(type: type, width: pixels, height: 1)
      plane.fill(type == .float32 ? .nan : 0)
    }
    counts.reshape(type: .uint16, width: pixels, height: 1)
    counts.fill(0)
  }
}

/// A reducer whose state of each layer is planes of numbers and how many values each pixel has.
protocol CountedReducer: VariableReducer {
  var pixels: Int { get set }
  var layers: LayerStates<CountedPlanes> { get set }
}

extension CountedReducer {
  /// A layer's planes, begun when they are first asked for.
  ///
  /// - Parameter types: of each plane, the same for every layer.
  func planes(of layer: Int, types: () -> [SampleType]) -> CountedPlanes {
    let pixels = pixels
    return layers.begin(
      layer, reuse: { $0.begin(pixels: pixels) }, make: { CountedPlanes(types(), pixels: pixels) })
  }

  func counts(layer: Int) -> UnsafeBufferPointer<UInt16>? {
    layers[layer].map { UnsafeBufferPointer($0.counts.samples(as: UInt16.self)) }
  }

  func discard(layer: Int) { layers.discard(layer) }

  func restart(pixels: Int) -> Bool {
    self.pixels = pixels
    layers.restart { _ in true }
    return true
  }
}
