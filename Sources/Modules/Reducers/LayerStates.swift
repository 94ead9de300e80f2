internal import Geo

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
