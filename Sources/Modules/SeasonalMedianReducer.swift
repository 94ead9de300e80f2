internal import Engine
internal import Raster

/// The values of each season over one chunk; of a season that is complete, only its medians and counts.
///
/// - Precondition: at most 65,535 dates fall into one layer.
final class SeasonalMedianReducer: TimeReducer {
  /// What is left of a layer once its median is known.
  private final class Medians {
    static let bytesPerPixel = MemoryLayout<Float>.stride + MemoryLayout<UInt16>.stride

    private let allMedians: UnsafeMutableBufferPointer<Float>
    private let allCounts: UnsafeMutableBufferPointer<UInt16>
    /// Of the present chunk, which may be smaller than the memory.
    private(set) var medians: UnsafeMutableBufferPointer<Float>
    private(set) var counts: UnsafeMutableBufferPointer<UInt16>

    init(pixels: Int) {
      allMedians = .allocate(capacity: pixels)
      allMedians.initialize(repeating: .nan)
      allCounts = .allocate(capacity: pixels)
      allCounts.initialize(repeating: 0)
      (medians, counts) = (allMedians, allCounts)
    }

    deinit {
      allMedians.deallocate()
      allCounts.deallocate()
    }

    /// - Returns: false when there is no memory for so many pixels.
    func take(_ planes: PlaneStack) -> Bool {
      guard planes.pixels <= allMedians.count else { return false }
      medians = UnsafeMutableBufferPointer(rebasing: allMedians[..<planes.pixels])
      counts = UnsafeMutableBufferPointer(rebasing: allCounts[..<planes.pixels])
      var medianSpan = medians.mutableSpan
      var countSpan = counts.mutableSpan
      Median.medians(of: planes.values.span, count: planes.count, into: &medianSpan, counts: &countSpan)
      return true
    }
  }

  private enum State {
    /// No date had values yet.
    case unseen
    case gathering(PlaneStack)
    case settled(Medians)
  }

  private var pixels: Int
  private let layers: [ReductionLayer]
  private let layerOfDate: [Int]
  private var states: [State]
  /// Layers that follow each other put their values in the same memory; the stack of each layer.
  private let stackOfLayer: [Int]
  /// Made when they are first needed; nil too while a layer has its values there.
  private var idleStacks: [PlaneStack?]
  /// By layer, from the chunk before.
  private var idleMedians: [Medians?]

  init(pixels: Int, layers: [ReductionLayer], dates: Int) {
    self.pixels = pixels
    self.layers = layers
    layerOfDate = layers.layerOfDate(dates: dates)
    states = layers.map { _ in .unseen }
    stackOfLayer = SeasonalMedianReducer.stacks(layers)
    idleStacks = Array(repeating: nil, count: (stackOfLayer.max() ?? -1) + 1)
    idleMedians = layers.map { _ in nil }
  }

  /// The stack of each layer, as few as can be: a layer takes over the stack of one that ends before it begins.
  private static func stacks(_ layers: [ReductionLayer]) -> [Int] {
    var stacks = [Int](repeating: 0, count: layers.count)
    /// The last date of what each stack has.
    var ends: [Int] = []
    let order = layers.indices.filter { !layers[$0].dates.isEmpty }
      .sorted { (layers[$0].dates[0], $0) < (layers[$1].dates[0], $1) }
    for layer in order {
      guard let first = layers[layer].dates.first, let last = layers[layer].dates.last else { continue }
      let stack = ends.firstIndex { $0 < first } ?? ends.count
      if stack == ends.count { ends.append(last) } else { ends[stack] = last }
      stacks[layer] = stack
    }
    return stacks
  }

  /// The most that is held at once when every date has values: of each stack as much as its longest season has, and
  /// the medians.
  static func bytesPerPixel(layers: [ReductionLayer]) -> Int {
    var longest: [Int: Int] = [:]
    for (layer, stack) in zip(layers, stacks(layers)) {
      longest[stack] = max(longest[stack] ?? 0, layer.dates.count)
    }
    return longest.values.reduce(0, +) * MemoryLayout<Float>.stride
      + layers.count { !$0.dates.isEmpty } * Medians.bytesPerPixel
  }

  func restart(pixels: Int) -> Bool {
    self.pixels = pixels
    for layer in layers.indices {
      switch states[layer] {
      case .unseen: break
      case .gathering(let planes): putBack(planes, of: layer)
      case .settled(let medians): idleMedians[layer] = medians
      }
      states[layer] = .unseen
    }
    return true
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
      let planes = takeStack(of: layer)
      states[layer] = .gathering(planes)
      return planes
    }
  }

  /// The stack of a layer, or one of its own where that is taken: nobody said that the layer before is over.
  private func takeStack(of layer: Int) -> PlaneStack {
    let stack = stackOfLayer[layer]
    if let idle = idleStacks[stack].take(), idle.restart(pixels: pixels) { return idle }
    // Memory that is not used does not exist.
    let capacity = zip(layers, stackOfLayer).map { $1 == stack ? $0.dates.count : 0 }.max() ?? 0
    return PlaneStack(pixels: pixels, capacity: capacity)
  }

  private func putBack(_ planes: PlaneStack, of layer: Int) {
    idleStacks[stackOfLayer[layer]] = planes
  }

  /// A layer's medians, for which its values are given up; nil when there were none.
  private func medians(of layer: Int) -> Medians? {
    switch states[layer] {
    case .unseen: return nil
    case .settled(let medians): return medians
    case .gathering(let planes):
      let idle = idleMedians[layer].take()
      let medians: Medians
      if let idle, idle.take(planes) {
        medians = idle
      } else {
        medians = Medians(pixels: pixels)
        _ = medians.take(planes)
      }
      states[layer] = .settled(medians)
      putBack(planes, of: layer)
      return medians
    }
  }
}
