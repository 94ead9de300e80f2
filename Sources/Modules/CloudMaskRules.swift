internal import Engine
internal import JSON
internal import Raster

/// Reads the rules of a `cloud_mask` from its parameters, reporting every mistake.
struct CloudMaskRules {
  let band: String
  let arguments: ModuleArguments
  let scope: ModuleScope
  /// What the bits and classes are called; nil while nobody knows.
  let layer: QualityLayer?

  /// Whether flags are named, which mean something only once `layer` is known.
  var namesFlags: Bool {
    ["reject", "keep", "preset", "good_pixel_flags"].contains { arguments.node($0) != nil }
  }

  /// The rules, without flags while their names are not known; nil when a mistake was reported.
  func rules() -> [QualityRule]? {
    let before = scope.diagnostics.count
    var rules: [QualityRule] = []
    if let layer {
      rules += named("reject", layer) + keepRules(layer) + presetRules(layer) + goodPixelRules(layer)
    }
    // Where one is negative all are compared as numbers; else as bits, which signed layers may have beyond their range.
    let values = numbers("reject_values")
    if values.contains(where: { $0 < 0 }) {
      rules.append(.numbers(Set(values)))
    } else if !values.isEmpty {
      rules.append(.values(Set(values.compactMap { UInt64(exactly: $0) }), mask: .max))
    }
    let kept = numbers("keep_values")
    if kept.contains(where: { $0 < 0 }) {
      rules.append(.notNumbers(Set(kept)))
    } else if !kept.isEmpty {
      rules.append(.notValues(Set(kept.compactMap { UInt64(exactly: $0) }), mask: .max))
    }
    let (least, low) = (arguments.number("reject_at_least"), arguments.number("reject_below"))
    if let least { rules.append(.atLeast(least)) }
    if let low { rules.append(.below(low)) }
    if let least, let low, least <= low {
      scope.report(
        "what is at least \(least) and what is below \(low) is everything", at: "reject_at_least",
        of: arguments)
    }
    let rejected = bits("reject_bits")
    if rejected != 0 { rules.append(.anyOf(rejected)) }
    let required = bits("require_bits")
    if required != 0 { rules.append(.notAllOf(required)) }

    if scope.diagnostics.count > before { return nil }
    guard !rules.isEmpty || layer == nil && namesFlags else {
      scope.report(
        "\"cloud_mask\" needs a rule that says what to reject", at: nil, of: arguments,
        suggestion: layer.map { "for example \"reject\": [\"\($0.flagNames[0])\", \"cloud\"]" }
          ?? "give \"reject_values\", \"keep_values\", \"reject_at_least\", \"reject_below\", \"reject_bits\" or "
          + "\"require_bits\"")
      return nil
    }
    return rules
  }

  /// The rules that reject the flags that a parameter names.
  private func named(_ parameter: String, _ layer: QualityLayer) -> [QualityRule] {
    var rules: [QualityRule] = []
    let path = arguments.path.appending(parameter)
    for (index, node) in (arguments.node(parameter)?.array ?? []).enumerated() {
      guard let flag = node.string else { continue }
      let found = layer.rules(rejectingAnyNameOf: flag)
      rules += found
      if found.isEmpty {
        let message =
          "\(layer.name) has no flag \"\(flag)\" (it has \(layer.flagNames.joined(separator: ", ")))"
        scope.report(
          Diagnostic(
            path: path.appending(index), position: node.position, message: message, name: flag,
            among: layer.flagNames))
      }
    }
    return rules
  }

  /// The rule that rejects what has none of the flags of `keep`.
  private func keepRules(_ layer: QualityLayer) -> [QualityRule] {
    var rejecting = named("keep", layer)
    guard let first = rejecting.popLast() else { return [] }
    // What one flag or another keeps is what none of them would miss.
    guard let kept = rejecting.reduce(QualityRule?.some(first), { $0?.joined(with: $1) })?.reversed else {
      scope.report(
        "the flags of \"keep\" are of different kinds: bits of their own, and classes", at: "keep",
        of: arguments, suggestion: "say it with \"good_pixel_flags\"")
      return []
    }
    return [kept]
  }

  /// The flags of a usual list that the layer has: one at least.
  private func presetRules(_ layer: QualityLayer) -> [QualityRule] {
    guard let preset = arguments.text("preset").flatMap(FlagPreset.init(rawValue:)) else { return [] }
    let rules = preset.flags.compactMap { layer.rule(rejecting: QualityLayer.simplified($0)) }
    if rules.isEmpty {
      scope.report(
        "\(layer.name) has none of the flags of \"\(preset.rawValue)\" (it has \(layer.flagNames.joined(separator: ", ")))",
        at: "preset", of: arguments, suggestion: "name them: \"reject\": […]")
    }
    return rules
  }

  private func goodPixelRules(_ layer: QualityLayer) -> [QualityRule] {
    var rules: [QualityRule] = []
    let path = arguments.path.appending("good_pixel_flags")
    for member in arguments.node("good_pixel_flags")?.members ?? [] {
      guard let field = layer.field(withAnyNameOf: member.key) else {
        let names = layer.fields.compactMap(\.names.first)
        let message = "\(layer.name) has no flag \"\(member.key)\" (it has \(names.joined(separator: ", ")))"
        scope.report(
          Diagnostic(
            path: path.appending(member.key), position: member.keyPosition, message: message,
            name: member.key,
            among: layer.fields.flatMap(\.names)))
        continue
      }
      var accepted: [QualityField.State] = []
      let place = path.appending(member.key)
      if let list = member.node.array {
        for (index, node) in list.enumerated() {
          accepted += state(node, of: field, key: member.key, path: place.appending(index)).map { [$0] } ?? []
        }
      } else {
        accepted += state(member.node, of: field, key: member.key, path: place).map { [$0] } ?? []
      }
      rules.append(field.rule(accepting: accepted))
    }
    return rules
  }

  /// The state that a value of `good_pixel_flags` means.
  private func state(
    _ node: JSONNode, of field: QualityField, key: String, path: JSONPath
  ) -> QualityField.State? {
    let text = node.bool.map { $0 ? "true" : "false" } ?? node.string
    guard let text else { return nil }
    if let state = field.state(named: QualityLayer.simplified(text)) { return state }
    let names = field.states.flatMap(\.names)
    let usual = names.filter { $0 != "true" && $0 != "false" }.map { "\"\($0)\"" }.joined(separator: ", ")
    scope.report(
      Diagnostic(
        path: path, position: node.position,
        message: "\"\(key)\" has no state \(node.bool == nil ? "\"\(text)\"" : text) (it has \(usual))",
        name: text, among: names))
    return nil
  }

  private func numbers(_ name: String) -> [Int] {
    arguments.node(name)?.array?.compactMap(\.integer) ?? []
  }

  private func bits(_ name: String) -> UInt64 {
    numbers(name).filter { (0...63).contains($0) }.reduce(0) { $0 | 1 << UInt64($1) }
  }
}

extension QualityRule {
  /// What one or the other rejects, as one rule; nil where they look at different classes.
  fileprivate func joined(with other: QualityRule) -> QualityRule? {
    switch (self, other) {
    case (.anyOf(let one), .anyOf(let two)): .anyOf(one | two)
    case (.values(let one, let mask), .values(let two, let other)) where mask == other:
      .values(one.union(two), mask: mask)
    default: nil
    }
  }

  /// The rule that rejects what this one keeps; nil for those that no flag makes.
  fileprivate var reversed: QualityRule? {
    switch self {
    case .anyOf(let bits): .values([0], mask: bits)
    case .notAllOf(let bits): .values([bits], mask: bits)
    case .values(let values, let mask): .notValues(values, mask: mask)
    case .notValues(let values, let mask): .values(values, mask: mask)
    case .numbers, .notNumbers, .atLeast, .below: nil
    }
  }
}
