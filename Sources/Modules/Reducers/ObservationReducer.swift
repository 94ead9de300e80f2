internal import Engine
internal import Geo
internal import Raster

/// Medoids or geometric medians of each layer over one chunk: holds all observations of the layers that are open.
///
/// - Precondition: at most 65,535 time steps fall into one layer.
final class ObservationReducer: TimeReducer {
  private let bands: Int
  /// Nil for medoids.
  private let median: GeometricMedian?
  private let toMedian: Bool
  private let withSpreads: Bool
  private let outputs: [WholePixelOutput]
  private let layersOfSteps: [[Int]]
  private let days: [Float]
  private let minimumCount: UInt16
  private var pixels: Int
  private let stacks: LayerStacks
  /// Of the layer that is being finished: the medians and their spreads, or the positions of medoids; counts.
  private let results = SamplePlane()
  private let numbers = SamplePlane()
  private var prepared: Int?

  init(
    bands: Int, median: GeometricMedian?, toMedian: Bool, withSpreads: Bool, outputs: [WholePixelOutput],
    layers: [PeriodLayer],
    days: [CalendarDate], minimumCount: Int, pixels: Int
  ) {
    self.bands = bands
    self.median = median
    self.toMedian = toMedian
    self.withSpreads = withSpreads
    self.outputs = outputs
    layersOfSteps = layers.layersOfDates(days.count)
    self.days = days.map { Float($0.daysSince1970) }
    self.minimumCount = UInt16(clamping: minimumCount)
    self.pixels = pixels
    stacks = LayerStacks(layers: layers, planesOfStep: bands)
  }

  func feed(_ values: [UnsafeBufferPointer<Float>], step: Int) {
    for layer in layersOfSteps[step] {
      stacks.append(
        Array(values[..<bands]), areObservations: true, layer: layer, step: step, pixels: pixels)
    }
  }

  func finish(output: Int, layer: Int, into result: UnsafeMutableRawBufferPointer) {
    guard let (planes, steps) = stacks[layer] else {
      if outputs[output] == .count { return result.bindMemory(to: Int32.self).update(repeating: 0) }
      return result.bindMemory(to: Float.self).update(repeating: .nan)
    }
    prepare(planes, steps, layer)
    let counts = UnsafeBufferPointer(numbers.samples(as: UInt16.self))
    if outputs[output] == .count {
      var span = result.bindMemory(to: Int32.self).mutableSpan
      return RunningMean.counts(counts.span, into: &span)
    }
    let target = result.bindMemory(to: Float.self)
    switch outputs[output] {
    case .band(let band) where median == nil: takeMedoids(band, of: planes, target)
    case .band(let band): take(plane: band, target)
    case .spread(let spread): take(plane: bands + spread, target)
    case .day, .count:
      let places = results.samples(as: Int32.self)
      for pixel in 0..<pixels { target[pixel] = places[pixel] < 0 ? .nan : days[steps[Int(places[pixel])]] }
    }
    guard minimumCount > 1 else { return }
    var span = target.mutableSpan
    RunningStatistics.require(minimumCount, counts: counts.span, in: &span)
  }

  private func take(plane: Int, _ target: UnsafeMutableBufferPointer<Float>) {
    let all = results.samples(as: Float.self)
    _ = target.update(fromContentsOf: all[(plane * pixels)..<((plane + 1) * pixels)])
  }

  private func takeMedoids(
    _ band: Int, of planes: PlaneStack, _ target: UnsafeMutableBufferPointer<Float>
  ) {
    let places = results.samples(as: Int32.self)
    let values = planes.values
    for pixel in 0..<pixels {
      let date = Int(places[pixel])
      target[pixel] = date < 0 ? .nan : values[(date * bands + band) * pixels + pixel]
    }
  }

  private func prepare(_ planes: PlaneStack, _ steps: [Int], _ layer: Int) {
    guard prepared != layer else { return }
    prepared = layer
    numbers.reshape(type: .uint16, width: pixels, height: 1)
    var counts = numbers.samples(as: UInt16.self).mutableSpan
    let observations = Observations(planes.values, dates: steps.count, bands: bands, pixels: pixels)
    guard let median else {
      results.reshape(type: .int32, width: pixels, height: 1)
      var dates = results.samples(as: Int32.self).mutableSpan
      return Medoid.find(in: observations, toMedian: toMedian, dates: &dates, counts: &counts)
    }
    results.reshape(
      type: .float32, width: pixels, height: bands + (withSpreads ? GeometricMedian.spreads : 0))
    var span = results.samples(as: Float.self).mutableSpan
    median.compute(of: observations, withSpreads: withSpreads, into: &span, counts: &counts)
  }

  func discard(layer: Int) {
    stacks.discard(layer)
    prepared = nil
  }

  func restart(pixels: Int) -> Bool {
    self.pixels = pixels
    stacks.restart()
    prepared = nil
    return true
  }
}
