internal import Raster

/// The least, greatest, first or last values of each layer over one chunk, with the dates they are of where wanted.
///
/// - Precondition: at most 65,535 time steps.
final class ChoiceReducer: VariableReducer {
  /// A value that is kept.
  struct Kept: Hashable, Sendable {
    let choice: RunningStatistics.Choice
    var isDayKept: Bool
  }

  static func bytesPerPixelAndLayer(_ kept: [Kept]) -> Int {
    kept.map { MemoryLayout<Float>.stride + ($0.isDayKept ? MemoryLayout<UInt16>.stride : 0) }
      .reduce(MemoryLayout<UInt16>.stride, +)
  }

  private var pixels: Int
  private let kept: [Kept]
  private var layers = LayerStates<CountedPlanes>()

  init(_ kept: [Kept], pixels: Int) {
    self.kept = kept
    self.pixels = pixels
  }

  func feed(_ values: UnsafeBufferPointer<Float>, layer: Int, step: Int) {
    precondition(values.count == pixels)
    let (pixels, kept) = (pixels, kept)
    // The values' planes, then those of the dates' numbers.
    let planes = layers.begin(
      layer, reuse: { $0.begin(pixels: pixels) },
      make: {
        let numbers = kept.filter(\.isDayKept).map { _ in SampleType.uint16 }
        return CountedPlanes(kept.map { _ in .float32 } + numbers, pixels: pixels)
      })
    for (place, one) in kept.enumerated() {
      var chosen = planes.values[place].samples(as: Float.self).mutableSpan
      guard one.isDayKept else {
        RunningStatistics.add(values.span, one.choice, to: &chosen)
        continue
      }
      var steps = planes.values[numbers(of: place)].samples(as: UInt16.self).mutableSpan
      RunningStatistics.add(
        values.span, step: UInt16(truncatingIfNeeded: step), one.choice, to: &chosen, steps: &steps)
    }
    var counts = planes.counts.samples(as: UInt16.self).mutableSpan
    RunningStatistics.count(values.span, into: &counts)
  }

  /// The plane of the dates' numbers that belongs to a value's plane.
  private func numbers(of place: Int) -> Int { kept.count + kept[..<place].count(where: \.isDayKept) }

  private func place(_ choice: RunningStatistics.Choice) -> Int {
    kept.firstIndex { $0.choice == choice } ?? 0
  }

  func finish(
    _ result: VariableResult, layer: Int, days: [Float], ddof: UInt16,
    into target: UnsafeMutableBufferPointer<Float>
  ) -> Bool {
    guard let planes = layers[layer] else { return false }
    switch result {
    case .statistic(.range):
      let least = UnsafeBufferPointer(planes.values[place(.least)].samples(as: Float.self))
      let greatest = UnsafeBufferPointer(planes.values[place(.greatest)].samples(as: Float.self))
      var span = target.mutableSpan
      RunningStatistics.range(least: least.span, greatest: greatest.span, into: &span)
    case .statistic(.dateOfMin), .day(.min): writeDays(planes, .least, days, target)
    case .statistic(.dateOfMax), .day(.max): writeDays(planes, .greatest, days, target)
    case .day(.first): writeDays(planes, .first, days, target)
    case .day: writeDays(planes, .last, days, target)
    case .statistic(let statistic):
      let choice: RunningStatistics.Choice =
        switch statistic {
        case .min: .least
        case .max: .greatest
        case .first: .first
        default: .last
        }
      _ = target.update(
        fromContentsOf: UnsafeBufferPointer(planes.values[place(choice)].samples(as: Float.self)))
    case .count: return false
    }
    return true
  }

  private func writeDays(
    _ planes: CountedPlanes, _ choice: RunningStatistics.Choice, _ days: [Float],
    _ target: UnsafeMutableBufferPointer<Float>
  ) {
    let place = place(choice)
    let steps = planes.values[numbers(of: place)].samples(as: UInt16.self)
    let counts = planes.counts.samples(as: UInt16.self)
    for pixel in 0..<pixels { target[pixel] = counts[pixel] == 0 ? .nan : days[Int(steps[pixel])] }
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
