internal import Raster

/// The least, greatest, first or last values of each layer over one chunk, with the dates they are of where wanted.
///
/// - Precondition: at most 65,535 time steps.
final class ChoiceReducer: CountedReducer {
  /// A value that is kept.
  struct Kept: Hashable, Sendable {
    let choice: RunningStatistics.Choice
    var isDayKept: Bool
  }

  static func bytesPerPixelAndLayer(_ kept: [Kept]) -> Int {
    kept.map { MemoryLayout<Float>.stride + ($0.isDayKept ? MemoryLayout<UInt16>.stride : 0) }
      .reduce(MemoryLayout<UInt16>.stride, +)
  }

  var pixels: Int
  private let kept: [Kept]
  var layers = LayerStates<CountedPlanes>()

  init(_ kept: [Kept], pixels: Int) {
    self.kept = kept
    self.pixels = pixels
  }

  func feed(_ values: UnsafeBufferPointer<Float>, layer: Int, step: Int) {
    precondition(values.count == pixels)
    // The values' planes, then those of the dates' numbers.
    let planes = planes(of: layer) {
      kept.map { _ in .float32 } + kept.filter(\.isDayKept).map { _ in .uint16 }
    }
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
}
