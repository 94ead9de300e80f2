internal import Raster

/// A few bits of a quality layer (or all of them) that say one thing, with the names of their states.
struct QualityField: Sendable {
  /// One state of the bits.
  struct State: Sendable {
    /// The usual name first. "true" and "false" are the states of a flag that is set or not.
    let names: [String]
    /// The numbers in the field, counted from its lowest bit; nil stands for every number no other state has.
    let values: Set<UInt64>?
  }

  /// All bits of a raster's layer.
  static let whole = UInt64(UInt32.max)

  let names: [String]
  let mask: UInt64
  let states: [State]
  /// Whether states are classes with names of their own ("vegetation"), not levels of the field ("high").
  let isClasses: Bool

  var isSingleBit: Bool { mask.nonzeroBitCount == 1 }

  /// The state with this name (see `QualityLayer.simplified`).
  func state(named name: String) -> State? {
    states.first { $0.names.contains { QualityLayer.simplified($0) == name } }
  }

  /// The state that makes a single condition true: "fill": the one called "true".
  var trueState: State? { state(named: "true") }

  /// A rule that rejects pixels in any of these states.
  func rule(rejecting rejected: [State]) -> QualityRule {
    let (numbers, isRest) = numbers(of: rejected)
    // The rest is every number that no state has: together with some of those it is all but the others.
    return rule(isRest ? named.subtracting(numbers) : numbers, isKept: isRest)
  }

  /// A rule that rejects pixels in none of these states.
  func rule(accepting accepted: [State]) -> QualityRule {
    let (numbers, isRest) = numbers(of: accepted)
    return rule(isRest ? named.subtracting(numbers) : numbers, isKept: !isRest)
  }

  /// The numbers that states have, and whether one of them stands for all that no state has.
  private func numbers(of states: [State]) -> (Set<UInt64>, isRest: Bool) {
    (states.reduce(into: []) { $0.formUnion($1.values ?? []) }, states.contains { $0.values == nil })
  }

  /// The numbers that any state has.
  private var named: Set<UInt64> { numbers(of: states).0 }

  /// - Parameter isKept: whether the numbers are kept and all others rejected.
  private func rule(_ numbers: Set<UInt64>, isKept: Bool) -> QualityRule {
    let shift = UInt64(mask.trailingZeroBitCount)
    // All but none of the bits: any of them.
    if isKept, numbers == [0] { return .anyOf(mask) }
    if isSingleBit {
      let rejected = ([0, 1] as Set).filter { numbers.contains($0) != isKept }
      if rejected == [1] { return .anyOf(mask) }
      if rejected == [0] { return .notAllOf(mask) }
    }
    let shifted = Set(numbers.filter { $0 <= mask >> shift }.map { $0 << shift })
    return isKept ? .notValues(shifted, mask: mask) : .values(shifted, mask: mask)
  }
}
