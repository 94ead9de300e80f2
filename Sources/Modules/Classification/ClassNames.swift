internal import Engine
internal import JSON
internal import TreeModels

/// The numbers, names and colours of a model's classes.
struct ClassNames {
  /// The number of each of the model's labels.
  let values: [UInt8]
  /// Of the labels: one word each.
  let meanings: [String]
  /// Whether 0 means that a pixel has no class.
  let hasNone: Bool
  let flags: [Variable.Flag]

  /// Nil when a mistake was reported.
  init?(_ model: TreeModel, _ arguments: ModuleArguments, _ scope: ModuleScope) {
    let before = scope.diagnostics.count
    let given = ClassNames.members("classes", arguments, scope)
    let colours = ClassNames.members("palette", arguments, scope)
    guard let named = ClassNames.named(model, given, arguments, scope), scope.diagnostics.count == before
    else {
      return nil
    }
    values = named.map(\.value)
    let words = named.map { ClassNames.word($0.name) }
    meanings = words
    let repeated = words.enumerated().first { words[..<$0.offset].contains($0.element) }
    if let twice = repeated?.element {
      scope.report("two classes are called \"\(twice)\"", at: "classes", of: arguments)
    }
    for (value, member) in colours where !values.contains(value) && value != 0 {
      scope.report(
        Diagnostic(
          path: arguments.path.appending("palette").appending(member.key), position: member.keyPosition,
          message: "there is no class \(value)"))
    }
    hasNone = !values.contains(0)
    let own = colours.compactMapValues { ClassNames.colour($0, arguments, scope) }
    let usual = zip(values, meanings).enumerated().map { place, named in
      Variable.Flag(
        value: named.0, meaning: named.1,
        colour: own[named.0] ?? ClassNames.usual[place % ClassNames.usual.count])
    }
    flags =
      ((hasNone ? [Variable.Flag(value: 0, meaning: "none", colour: own[0] ?? 0x1A1A1A)] : []) + usual)
      .sorted { $0.value < $1.value }
    guard scope.diagnostics.count == before else { return nil }
  }

  /// A parameter's members by the class that their key numbers.
  private static func members(
    _ parameter: String, _ arguments: ModuleArguments, _ scope: ModuleScope
  ) -> [UInt8: JSONNode.Member] {
    var members: [UInt8: JSONNode.Member] = [:]
    for member in arguments.node(parameter)?.members ?? [] {
      guard let value = UInt8(member.key), value < 255 else {
        scope.report(
          Diagnostic(
            path: arguments.path.appending(parameter).appending(member.key), position: member.keyPosition,
            message: "\"\(member.key)\" is no number of a class, 0 to 254"))
        continue
      }
      members[value] = member
    }
    return members
  }

  /// The number and name of each of the model's labels.
  private static func named(
    _ model: TreeModel, _ given: [UInt8: JSONNode.Member], _ arguments: ModuleArguments, _ scope: ModuleScope
  ) -> [(value: UInt8, name: String)]? {
    func fail(_ message: String, _ suggestion: String? = nil) -> [(value: UInt8, name: String)]? {
      scope.report(message, at: "classes", of: arguments, suggestion: suggestion)
      return nil
    }
    let names = given.mapValues { $0.node.string ?? "" }
    let texts = model.labels.compactMap { if case .text(let text) = $0 { text } else { nil } }
    if texts.count == model.labels.count {
      guard texts.count <= 254 else {
        return fail("the model has \(texts.count) classes, and 254 are the most")
      }
      guard !names.isEmpty else { return texts.enumerated().map { (UInt8($0 + 1), $1) } }
      let values = texts.map { text in names.first { $0.value == text }?.key }
      if let place = values.firstIndex(of: nil) {
        return fail(
          "the model's class \"\(texts[place])\" has no number (its classes are \(texts.joined(separator: ", ")))",
          "give each of them one: {\"1\": \"\(texts[0])\", …}")
      }
      guard names.count == texts.count else {
        return fail("the model has \(texts.count) classes, and here are \(names.count)")
      }
      return zip(values, texts).compactMap { value, text in value.map { ($0, text) } }
    }
    if !model.hasOwnLabels, !names.isEmpty {
      guard names.count == model.labels.count else {
        return fail("the model has \(model.labels.count) classes, and here are \(names.count)")
      }
      return names.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
    var named: [(value: UInt8, name: String)] = []
    for case .number(let number) in model.labels {
      guard let value = UInt8(exactly: number), value < 255 else {
        return fail("the model has a class \(number), and a result holds 0 to 254")
      }
      named.append((value, names[value] ?? "class_\(value)"))
    }
    if let other = names.keys.sorted().first(where: { key in !named.contains { $0.value == key } }),
      other != 0
    {
      let all = named.map { String($0.value) }.joined(separator: ", ")
      return fail("the model has no class \(other) (it has \(all))")
    }
    return named
  }

  /// A name as CF's `flag_meanings` has it: one word.
  private static func word(_ name: String) -> String {
    let word = name.map { $0.isASCII && ($0.isLetter || $0.isNumber || "_-.+@".contains($0)) ? $0 : "_" }
    return word.isEmpty ? "_" : String(word)
  }

  private static func colour(
    _ member: JSONNode.Member, _ arguments: ModuleArguments, _ scope: ModuleScope
  ) -> UInt32? {
    let text = member.node.string ?? ""
    guard text.hasPrefix("#"), text.utf8.count == 7, let colour = UInt32(text.dropFirst(), radix: 16) else {
      scope.report(
        Diagnostic(
          path: arguments.path.appending("palette").appending(member.key), position: member.node.position,
          message: "\"\(text)\" is no colour", suggestion: "\"#f4f8ff\""))
      return nil
    }
    return colour
  }

  /// Colours that are told apart well, in turn.
  private static let usual: [UInt32] = [
    0xF4F8FF, 0x2B5FD9, 0x5B4636, 0xA9D6EE, 0xC9A0DC, 0x6A2C91, 0x4DAF4A, 0xFF7F00, 0xE41A1C, 0xFFD92F,
    0x999999,
    0x66C2A5,
  ]
}
