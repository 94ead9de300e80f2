internal import Geo
internal import Raster

/// Tries the modules of a stage that computes layers from layers on a few made-up pixels, to tell how long all of them
/// take: smoothing series takes a thousand times longer than adding two layers, and only the module knows.
public struct LayerTrial {
  private let stage: StagePlan
  private let products: [Product]
  private let grid: PixelWindow

  /// Pixels that reductions are tried on.
  private static let pixels = 128
  /// Rows and columns that filters are tried on, besides those that they look at around them.
  private static let side = 48
  /// How far around them filters may look in the trial, which is to be short.
  private static let farthest = 100
  /// Seconds for which a module is tried at most, but for a first time.
  private static let longest = 0.02

  /// - Parameters:
  ///   - stage: that is tried.
  ///   - plan: of its sequence.
  public init(_ stage: StagePlan, of plan: SequencePlan) {
    (self.stage, products, grid) = (stage, plan.products, plan.grid.window)
  }

  /// Seconds of one thread for the whole grid: what modules take, and roughly what reading and storing layers takes.
  public var seconds: Double {
    guard !stage.steps.isEmpty else { return 0 }
    let steps = Double(stage.steps.count)
    var each = stage.program.reductions.reduce(0.0) { $0 + secondsPerPixel($1) }
    for filter in stage.program.passes.compactMap(\.filter) { each += steps * secondsPerPixel(filter) }
    // A layer is read, scaled and masked; a result goes through statistics and compression.
    let stored = stage.program.products.reduce(0) { $0 + stage.layers(of: products[$1]).count }
    each += 1e-9 * (10 * steps * Double(stage.program.sources.count) + 40 * Double(stored))
    return each * Double(grid.count)
  }

  /// Seconds of a reduction for all steps of a pixel.
  private func secondsPerPixel(_ reduction: Program.Reduction) -> Double {
    let module = reduction.module
    let layers = stage.layers(of: module.period)
    let values = reduction.planes.indices.map { input in
      stage.steps.indices.map { LayerTrial.values(LayerTrial.pixels, seed: $0 + 7 * input) }
    }
    let reducer = module.makeReducer(pixels: LayerTrial.pixels, layers: layers, days: stage.days)
    let result = SamplePlane()
    func finish(_ layer: Int) {
      for (output, variable) in module.outputs.enumerated() {
        result.reshape(type: variable.storage.sampleType, width: LayerTrial.pixels, height: 1)
        reducer.finish(output: output, layer: layer, into: result.bytes)
      }
      reducer.discard(layer: layer)
    }
    // A layer is finished when its last step was fed: its memory serves others then.
    let ends = layers.map { layer in
      module.finishesTogether ? stage.steps.count - 1 : layer.dates.max() ?? stage.steps.count - 1
    }
    let spent = ThreadTime.of {
      for step in stage.steps.indices {
        LayerTrial.withBuffers(values.map { $0[step] }) { reducer.feed($0, step: step) }
        for layer in layers.indices where ends[layer] == step { finish(layer) }
      }
    }
    return spent / Double(LayerTrial.pixels)
  }

  /// Seconds of a filter for a pixel of one step.
  private func secondsPerPixel(_ filter: Program.Filter) -> Double {
    // Where a result may depend on the whole grid, this one is small.
    let reach = min(filter.module.radius, LayerTrial.farthest, max(grid.width, grid.height))
    let side = LayerTrial.side + 2 * reach
    let window = PixelWindow(
      column: 0, row: 0, width: min(side, grid.width), height: min(side, grid.height))
    func planes(_ count: Int) -> [SamplePlane] {
      (0..<count).map { number in
        let plane = SamplePlane()
        plane.reshape(type: .float32, width: window.width, height: window.height)
        _ = plane.samples(as: Float.self).update(
          fromContentsOf: LayerTrial.values(window.count, seed: number))
        return plane
      }
    }
    let (inputs, outputs) = (planes(filter.inputs.count), planes(filter.outputs.count))
    func once() -> Double {
      ThreadTime.of { filter.module.process(inputs, window: window, grid: window, into: outputs) }
    }
    // The first time it fills caches.
    var spent = once()
    if spent < LayerTrial.longest { spent = once() }
    return spent / Double(window.count)
  }

  /// Values from 0 to 1 that change slowly, with noise, a fifth of them missing.
  private static func values(_ count: Int, seed: Int) -> [Float] {
    var state = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15 | 1
    return (0..<count).map { place in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      let noise = Float(state >> 40) / Float(1 << 24)
      let wave = Float((seed * 13 + place) % 64) / 64
      return noise < 0.2 ? .nan : 0.3 + 0.4 * wave + 0.2 * noise
    }
  }

  private static func withBuffers(
    _ arrays: [[Float]], _ body: ([UnsafeBufferPointer<Float>]) -> Void
  ) {
    func next(_ place: Int, _ buffers: [UnsafeBufferPointer<Float>]) {
      guard place < arrays.count else { return body(buffers) }
      arrays[place].withUnsafeBufferPointer { next(place + 1, buffers + [$0]) }
    }
    next(0, [])
  }
}
