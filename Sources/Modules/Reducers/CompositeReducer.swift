internal import Engine
internal import Geo

/// Reduces each variable of a composite by a reducer of its own.
final class CompositeReducer: TimeReducer {
  private let parts: [any VariableReducer]
  /// For each output the variable and which of its results it is.
  private let outputs: [(part: Int, result: VariableResult)]
  /// By time step.
  private let layersOfSteps: [[Int]]

  init(_ parts: [any VariableReducer], outputs: [(part: Int, result: VariableResult)], layersOfSteps: [[Int]])
  {
    self.parts = parts
    self.outputs = outputs
    self.layersOfSteps = layersOfSteps
  }

  func feed(_ values: [UnsafeBufferPointer<Float>], step: Int) {
    for layer in layersOfSteps[step] {
      for (part, values) in zip(parts, values) { part.feed(values, layer: layer) }
    }
  }

  func finish(output: Int, layer: Int, into result: UnsafeMutableRawBufferPointer) {
    parts[outputs[output].part].finish(outputs[output].result, layer: layer, into: result)
  }

  func discard(layer: Int) {
    for part in parts { part.discard(layer: layer) }
  }

  func restart(pixels: Int) -> Bool { parts.allSatisfy { $0.restart(pixels: pixels) } }
}

/// What a variable's reducer gives of a layer.
enum VariableResult: Hashable {
  /// Float; NaN where no time step has a value.
  case statistic
  /// Int32, how many time steps have a value.
  case count
}

/// The state of one variable's reduction over one chunk, layer by layer.
protocol VariableReducer: AnyObject {
  /// Takes in one time step's values, in order of time within each layer; NaN is missing.
  func feed(_ values: UnsafeBufferPointer<Float>, layer: Int)
  /// Writes a result of a layer that all its time steps were fed to: the statistic first, where both are wanted.
  func finish(_ result: VariableResult, layer: Int, into target: UnsafeMutableRawBufferPointer)
  /// Gives a layer's memory to those that come.
  func discard(layer: Int)
  /// Forgets everything, to begin with another chunk; false when there is no memory for so many pixels.
  func restart(pixels: Int) -> Bool
}

/// The states of layers: those that are open, and memory of those that are finished.
struct LayerStates<State: AnyObject> {
  private var open: [Int: State] = [:]
  private var idle: [State] = []

  subscript(layer: Int) -> State? { open[layer] }

  /// A layer's state, begun when it is first asked for.
  ///
  /// - Parameters:
  ///   - reuse: makes a finished layer's memory ready.
  ///   - make: when there is none.
  mutating func begin(_ layer: Int, reuse: (State) -> Void, make: () -> State) -> State {
    if let state = open[layer] { return state }
    let state: State
    if let known = idle.popLast() {
      reuse(known)
      state = known
    } else {
      state = make()
    }
    open[layer] = state
    return state
  }

  mutating func discard(_ layer: Int) {
    if let state = open.removeValue(forKey: layer) { idle.append(state) }
  }

  /// Gives up all layers; memory of which `fits` is false goes.
  mutating func restart(_ fits: (State) -> Bool) {
    idle += open.keys.sorted().compactMap { open[$0] }
    open = [:]
    idle.removeAll { !fits($0) }
  }
}

extension [PeriodLayer] {
  /// How many layers are open at once at most: a layer is open from its first time step to its last.
  var mostOpen: Int {
    // +1 where a layer begins, −1 behind its end.
    var changes: [Int: Int] = [:]
    for layer in self {
      guard let first = layer.dates.min(), let last = layer.dates.max() else { continue }
      changes[first, default: 0] += 1
      changes[last + 1, default: 0] -= 1
    }
    var (open, most) = (0, 0)
    for step in changes.keys.sorted() {
      open += changes[step] ?? 0
      most = Swift.max(most, open)
    }
    return most
  }

  /// The time steps of the layers that are open at once, at most.
  var mostSteps: Int {
    var changes: [Int: Int] = [:]
    for layer in self {
      guard let first = layer.dates.min(), let last = layer.dates.max() else { continue }
      changes[first, default: 0] += layer.dates.count
      changes[last + 1, default: 0] -= layer.dates.count
    }
    var (steps, most) = (0, 0)
    for step in changes.keys.sorted() {
      steps += changes[step] ?? 0
      most = Swift.max(most, steps)
    }
    return most
  }
}
