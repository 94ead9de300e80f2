internal import Geo

/// All values of the layers that are open, over one chunk: a stack of planes for each.
///
/// Layers that follow each other put their values in the same memory.
final class LayerStacks {
  /// The stack of each layer.
  private let stackOfLayer: [Int]
  /// The most time steps a stack has to hold.
  private let capacities: [Int]
  private let planesOfStep: Int
  /// Made when they are first needed.
  private var stacks: [PlaneStack?]
  /// The layers that values were fed to and that are not finished, with the time steps that were.
  private var steps: [Int: [Int]] = [:]

  /// - Parameter planesOfStep: how many planes each time step brings.
  init(layers: [PeriodLayer], planesOfStep: Int = 1) {
    self.planesOfStep = planesOfStep
    stackOfLayer = LayerStacks.stacks(layers)
    capacities = LayerStacks.capacities(layers, stackOfLayer)
    stacks = capacities.map { _ in nil }
  }

  /// The stack of each layer, as few as can be: a layer takes over the stack of one that ends before it begins.
  private static func stacks(_ layers: [PeriodLayer]) -> [Int] {
    var stacks = [Int](repeating: 0, count: layers.count)
    /// The last time step of what each stack has.
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

  private static func capacities(_ layers: [PeriodLayer], _ stackOfLayer: [Int]) -> [Int] {
    var capacities = [Int](repeating: 0, count: (stackOfLayer.max() ?? -1) + 1)
    for (layer, stack) in zip(layers, stackOfLayer) {
      capacities[stack] = max(capacities[stack], layer.dates.count)
    }
    return capacities
  }

  /// The most that is held at once when every time step has values, in planes for each that a step brings.
  static func mostPlanes(_ layers: [PeriodLayer]) -> Int { capacities(layers, stacks(layers)).reduce(0, +) }

  /// Puts a time step's planes on top of a layer's.
  ///
  /// - Parameter areObservations: whether the planes are bands that count only together: where one is missing the others
  ///   then hold anything.
  func append(
    _ planes: [UnsafeBufferPointer<Float>], areObservations: Bool = false, layer: Int, step: Int, pixels: Int
  ) {
    precondition(planes.count == planesOfStep && planes.allSatisfy { $0.count == pixels })
    let place = stackOfLayer[layer]
    let isNew = steps[layer] == nil
    steps[layer, default: []].append(step)
    let stack: PlaneStack
    if let known = stacks[place], !isNew || known.restart(pixels: pixels) {
      stack = known
    } else {
      stack = PlaneStack(pixels: pixels, capacity: capacities[place] * planesOfStep)
      stacks[place] = stack
    }
    if areObservations { return stack.append(observations: planes) }
    for plane in planes { stack.append(plane) }
  }

  /// A layer's planes and the time steps they are of; nil where nothing was fed to it.
  subscript(layer: Int) -> (planes: PlaneStack, steps: [Int])? {
    guard let steps = steps[layer], let planes = stacks[stackOfLayer[layer]] else { return nil }
    return (planes, steps)
  }

  func discard(_ layer: Int) { steps[layer] = nil }

  func restart() { steps = [:] }
}
