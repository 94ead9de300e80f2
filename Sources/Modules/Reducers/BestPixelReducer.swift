internal import Engine
internal import Geo
internal import Raster

/// Keeps, for each layer over one chunk, the observation with the highest score: one that has every band.
///
/// - Precondition: at most 65,535 time steps.
final class BestPixelReducer: TimeReducer {
  enum Score {
    /// An input, or less than nothing of it.
    case input(Int, isHighest: Bool)
    /// The same for all pixels of a time step.
    case steps([Float])
  }

  private let bands: Int
  private let score: Score
  private let outputs: [WholePixelOutput]
  private let layersOfSteps: [[Int]]
  private let days: [Float]
  private let minimumCount: UInt16
  private var pixels: Int
  private var layers = LayerStates<CountedPlanes>()
  private let scores = SamplePlane()
  private let taken = SamplePlane()

  init(
    bands: Int, score: Score, outputs: [WholePixelOutput], layersOfSteps: [[Int]], days: [CalendarDate],
    minimumCount: Int, pixels: Int
  ) {
    self.bands = bands
    self.score = score
    self.outputs = outputs
    self.layersOfSteps = layersOfSteps
    self.days = days.map { Float($0.daysSince1970) }
    self.minimumCount = UInt16(clamping: minimumCount)
    self.pixels = pixels
  }

  func feed(_ values: [UnsafeBufferPointer<Float>], step: Int) {
    guard !layersOfSteps[step].isEmpty else { return }
    let (pixels, bands) = (pixels, bands)
    prepareScores(values, step)
    let scores = UnsafeBufferPointer(self.scores.samples(as: Float.self))
    taken.reshape(type: .int32, width: pixels, height: 1)
    for layer in layersOfSteps[step] {
      let planes = layers.begin(
        layer, reuse: { $0.begin(pixels: pixels) },
        make: {
          CountedPlanes(
            [SampleType](repeating: .float32, count: bands + 1) + [.uint16], pixels: pixels)
        })
      var best = planes.values[bands].samples(as: Float.self).mutableSpan
      var steps = planes.values[bands + 1].samples(as: UInt16.self).mutableSpan
      var counts = planes.counts.samples(as: UInt16.self).mutableSpan
      var isTaken = taken.samples(as: Int32.self).mutableSpan
      BestPixel.compare(
        scores.span, step: UInt16(truncatingIfNeeded: step), best: &best, steps: &steps, counts: &counts,
        taken: &isTaken)
      let chosen = UnsafeBufferPointer(taken.samples(as: Int32.self))
      for band in 0..<bands {
        var kept = planes.values[band].samples(as: Float.self).mutableSpan
        BestPixel.take(values[band].span, where: chosen.span, into: &kept)
      }
    }
  }

  /// The date's scores, missing where a band is.
  private func prepareScores(_ values: [UnsafeBufferPointer<Float>], _ step: Int) {
    scores.reshape(type: .float32, width: pixels, height: 1)
    let target = scores.samples(as: Float.self)
    switch score {
    case .input(let input, true): _ = target.update(fromContentsOf: values[input])
    case .input(let input, false): for pixel in 0..<pixels { target[pixel] = -values[input][pixel] }
    case .steps(let scores): target.update(repeating: scores[step])
    }
    var span = target.mutableSpan
    for band in 0..<bands { BestPixel.require(values[band].span, in: &span) }
  }

  func finish(output: Int, layer: Int, into result: UnsafeMutableRawBufferPointer) {
    let planes = layers[layer]
    if outputs[output] == .count {
      let target = result.bindMemory(to: Int32.self)
      guard let planes else { return target.update(repeating: 0) }
      var span = target.mutableSpan
      return RunningMean.counts(UnsafeBufferPointer(planes.counts.samples(as: UInt16.self)).span, into: &span)
    }
    let target = result.bindMemory(to: Float.self)
    guard let planes else { return target.update(repeating: .nan) }
    let counts = UnsafeBufferPointer(planes.counts.samples(as: UInt16.self))
    if case .band(let band) = outputs[output] {
      _ = target.update(fromContentsOf: UnsafeBufferPointer(planes.values[band].samples(as: Float.self)))
    } else {
      let steps = planes.values[bands + 1].samples(as: UInt16.self)
      for pixel in 0..<pixels { target[pixel] = counts[pixel] == 0 ? .nan : days[Int(steps[pixel])] }
    }
    guard minimumCount > 1 else { return }
    var span = target.mutableSpan
    RunningStatistics.require(minimumCount, counts: counts.span, in: &span)
  }

  func discard(layer: Int) { layers.discard(layer) }

  func restart(pixels: Int) -> Bool {
    self.pixels = pixels
    layers.restart { _ in true }
    return true
  }
}
