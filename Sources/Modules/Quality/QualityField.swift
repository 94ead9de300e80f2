/// A few bits of a quality layer (or all of them) that say one thing, with the names of their states.
struct QualityField: Sendable {
  /// One state of the bits.
  struct State: Sendable {
    /// The usual name first. "true" and "false" are the states of a flag that is set or not.
    let names: [String]
    /// The numbers in the field, counted from its lowest bit; nil stands for every number no other state has.
    let values: Set<UInt16>?
  }

  let names: [String]
  let mask: UInt16
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
    rule { number in rejected.contains { contains($0, number) } }
  }

  /// A rule that rejects pixels in none of these states.
  func rule(accepting accepted: [State]) -> QualityRule {
    rule { number in !accepted.contains { contains($0, number) } }
  }

  private func contains(_ state: State, _ number: UInt16) -> Bool {
    if let values = state.values { return values.contains(number) }
    return !states.contains { $0.values?.contains(number) ?? false }
  }

  private func rule(rejects: (UInt16) -> Bool) -> QualityRule {
    let shift = UInt16(mask.trailingZeroBitCount)
    let rejected = (0...(mask >> shift)).filter(rejects)
    if isSingleBit && rejected == [1] { return .anyOf(mask) }
    if isSingleBit && rejected == [0] { return .notAllOf(mask) }
    return .values(Set(rejected.map { $0 << shift }), mask: mask)
  }
}
