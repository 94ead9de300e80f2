/// A few bits of a quality layer that say one thing, with the names of their states.
struct QualityField: Sendable {
  /// One state of the bits.
  struct State: Sendable {
    /// The usual name first. "true" and "false" are what ODC calls the states of some single bits.
    let names: [String]
    /// The number in the field, counted from its lowest bit; nil stands for every number no other state has.
    let value: UInt16?
  }

  let names: [String]
  let mask: UInt16
  let states: [State]
  /// Whether states are classes with names of their own ("vegetation"), not levels of the field ("high").
  let isClasses: Bool

  /// A single bit: reject it by its own names. `off` and `on` are further names of its states.
  static func bit(_ bit: Int, _ names: String..., off: [String], on: [String]) -> QualityField {
    QualityField(
      names: names, mask: 1 << bit,
      states: [State(names: ["false"] + off, value: 0), State(names: ["true"] + on, value: 1)],
      isClasses: false)
  }

  /// Several bits with levels.
  static func levels(_ bits: ClosedRange<Int>, _ names: String..., states: [[String]]) -> QualityField {
    QualityField(
      names: names, mask: bits.reduce(0) { $0 | 1 << $1 },
      states: zip(states, 0...).map { State(names: $0.0, value: $0.1) }, isClasses: false)
  }

  /// A number that stands for missing, whatever its bits would mean.
  static func fill(_ value: UInt16, mask: UInt16) -> QualityField {
    QualityField(
      names: ["fill", "nodata"], mask: mask,
      states: [
        State(names: ["false", "not_fill"], value: nil), State(names: ["true", "fill"], value: value),
      ],
      isClasses: false)
  }

  var isSingleBit: Bool { mask.nonzeroBitCount == 1 }

  /// The state with this name (see `QualityLayer.simplified`).
  func state(named name: String) -> State? {
    states.first { $0.names.contains { QualityLayer.simplified($0) == name } }
  }

  /// The states that make a single condition true: "fill": the one called "true".
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
    if let value = state.value { return value == number }
    return !states.contains { $0.value == number }
  }

  private func rule(rejects: (UInt16) -> Bool) -> QualityRule {
    let shift = mask.trailingZeroBitCount
    let rejected = (0...(mask >> shift)).filter(rejects)
    if isSingleBit && rejected == [1] { return .anyOf(mask) }
    if isSingleBit && rejected == [0] { return .notAllOf(mask) }
    return .values(Set(rejected.map { $0 << shift }), mask: mask)
  }
}
