internal import Engine
internal import Geo
internal import JSON

/// Finds the variables of a composite, reporting every mistake.
struct CompositeInputs {
  let arguments: ModuleArguments
  let scope: ModuleScope
  let module: String
  let statistic: Statistic

  /// Those that `of` names, or the one that is meant when it is not given.
  func entries() -> [ModuleScope.Entry] {
    guard let names = arguments.texts("of") else { return standard().map { [$0] } ?? [] }
    var entries: [ModuleScope.Entry] = []
    for (index, name) in names.enumerated() {
      let list = arguments.node("of")?.array
      let node = list?[index] ?? arguments.node("of") ?? arguments.node
      let path = arguments.path.appending("of")
      let place = list == nil ? path : path.appending(index)
      guard let entry = scope.variable(name, node: node, path: place) else { continue }
      if entries.contains(where: { $0.variable.name == entry.variable.name }) {
        scope.report(Diagnostic(path: place, position: node.position, message: "\"\(name)\" is named twice"))
        continue
      }
      check(entry, node, place)
      entries.append(entry)
    }
    return entries
  }

  private func check(_ entry: ModuleScope.Entry, _ node: JSONNode, _ path: JSONPath) {
    let isFlags = entry.band?.isQuality == true || entry.variable.storage.isFlags
    guard isFlags, statistic != .count else { return }
    scope.report(
      Diagnostic(
        path: path, position: node.position,
        message: "\"\(entry.variable.name)\" holds flags; a \(statistic.title) needs numbers"))
  }

  /// The latest computed variable of single dates, or else the only band.
  private func standard() -> ModuleScope.Entry? {
    let computed = scope.entries.last {
      $0.period == .date && $0.band == nil && $0.variable.storage == .float32
    }
    if let computed { return computed }
    let bands = scope.entries.filter { $0.band.map { !$0.isQuality } ?? false }
    if bands.count == 1 { return bands[0] }
    let names = bands.map(\.variable.name).joined(separator: ", ")
    scope.report(
      "\"\(module)\" is not told what to take the \(statistic.title) of"
        + (names.isEmpty ? "" : " (here there are: \(names))"),
      at: nil, of: arguments, suggestion: "name a variable with \"of\"")
    return nil
  }
}
