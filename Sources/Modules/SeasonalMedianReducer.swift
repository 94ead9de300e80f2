internal import Engine
internal import Raster

/// The values of each season over one chunk; of a season that is complete, only its medians and counts.
///
/// - Precondition: at most 65,535 dates fall into one layer.
final class SeasonalMedianReducer: TimeReducer {
  /// What is left of a layer once its median is known.
  private final class Medians {
    static let bytesPerPixel = MemoryLayout<Float>.stride + MemoryLayout<UInt16>.stride

    let medians: UnsafeMutableBufferPointer<Float>
    let counts: UnsafeMutableBufferPointer<UInt16>

    init(of planes: PlaneStack) {
      medians = .allocate(capacity: planes.pixels)
      medians.initialize(repeating: .nan)
      counts = .allocate(capacity: planes.pixels)
      counts.initialize(repeating: 0)
      var medianSpan = medians.mutableSpan
      var countSpan = counts.mutableSpan
      Median.medians(of: planes.values.span, count: planes.count, into: &medianSpan, counts: &countSpan)
    }

    deinit {
      medians.deallocate()
      counts.deallocate()
    }
  }

  private enum State {
    /// No date had values yet.
    case unseen
    case gathering(PlaneStack)
    case settled(Medians)
  }

  private let pixels: Int
  private let layers: [ReductionLayer]
  private let layerOfDate: [Int]
  private var states: [State]

  init(pixels: Int, layers: [ReductionLayer], dates: Int) {
    self.pixels = pixels
    self.layers = layers
    layerOfDate = layers.layerOfDate(dates: dates)
    states = layers.map { _ in .unseen }
  }

  /// The most that is held at once when every date has values, each season being settled at its end.
  static func bytesPerPixel(layers: [ReductionLayer], dates: Int) -> Int {
    let layerOfDate = layers.layerOfDate(dates: dates)
    var (held, most) = (0, 0)
    for date in 0..<dates {
      held += MemoryLayout<Float>.stride
      most = max(most, held)
      let layer = layers[layerOfDate[date]]
      guard layer.dates.last == date else { continue }
      // Both are there for a moment.
      held += Medians.bytesPerPixel
      most = max(most, held)
      held -= layer.dates.count * MemoryLayout<Float>.stride
    }
    return most
  }

  func feed(_ values: UnsafeBufferPointer<Float>, date: Int) {
    precondition(values.count == pixels)
    planes(of: layerOfDate[date]).append(values)
  }

  func merge(_ later: any TimeReducer) {
    guard let later = later as? SeasonalMedianReducer else {
      preconditionFailure("a seasonal median merges with its own kind only")
    }
    precondition(later.pixels == pixels && later.layers == layers)
    for index in layers.indices {
      switch later.states[index] {
      case .unseen: break
      case .gathering(let others): planes(of: index).append(others.values)
      case .settled: preconditionFailure("a season's values are gone: it was settled before it was merged")
      }
    }
  }

  func settle(before date: Int) {
    for (index, layer) in layers.enumerated() {
      guard let last = layer.dates.last, last < date else { continue }
      _ = medians(of: index)
    }
  }

  func finish(output: Int, layer: Int, into result: UnsafeMutableRawBufferPointer) {
    let found = medians(of: layer)
    if output == 0 {
      let medians = result.bindMemory(to: Float.self)
      precondition(medians.count == pixels)
      guard let found else { return medians.update(repeating: .nan) }
      _ = medians.update(fromContentsOf: found.medians)
    } else {
      let numbers = result.bindMemory(to: Int32.self)
      precondition(numbers.count == pixels)
      guard let found else { return numbers.update(repeating: 0) }
      var span = numbers.mutableSpan
      RunningMean.counts(UnsafeBufferPointer(found.counts).span, into: &span)
    }
  }

  /// A layer's values, to which further ones come.
  private func planes(of layer: Int) -> PlaneStack {
    switch states[layer] {
    case .gathering(let planes): return planes
    case .settled: preconditionFailure("a value came for a season after it was settled")
    case .unseen:
      let planes = PlaneStack(pixels: pixels, capacity: layers[layer].dates.count)
      states[layer] = .gathering(planes)
      return planes
    }
  }

  /// A layer's medians, for which its values are given up; nil when there were none.
  private func medians(of layer: Int) -> Medians? {
    switch states[layer] {
    case .unseen: return nil
    case .settled(let medians): return medians
    case .gathering(let planes):
      let medians = Medians(of: planes)
      states[layer] = .settled(medians)
      return medians
    }
  }
}
