internal import Engine
internal import Geo
internal import JSON

/// Finds the variables of a composite, reporting every mistake.
struct CompositeInputs {
  let arguments: ModuleArguments
  let scope: ModuleScope
  let module: String
  let statistics: [Statistic]
  /// For messages.
  private var title: String { statistics.map(\.title).joined(separator: ", ") }

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
    let name = entry.variable.name
    if isFlags, let unfit = statistics.first(where: { !$0.takesFlags }) {
      scope.report(
        Diagnostic(
          path: path, position: node.position,
          message: "\"\(name)\" holds flags; a \(unfit.title) needs numbers",
          suggestion: entry.variable.storage.isTrueOrFalse
            ? "for the share of true dates, make numbers of it with \"expression\": \"where(\(name), 1, 0)\""
            : "use \"mode\", \"first\", \"last\", \"count\" or \"valid_fraction\""))
    } else if !isFlags, statistics.contains(.mode), entry.variable.storage != .int32 {
      scope.report(
        Diagnostic(
          path: path, position: node.position,
          message:
            "\"\(name)\" holds measured numbers, of which hardly two are the same: a mode needs classes",
          suggestion: "use \"median\""))
    }
  }

  /// The latest computed variable of single dates, or else the only band.
  private func standard() -> ModuleScope.Entry? {
    let computed = scope.entries.last {
      $0.period == .date && $0.band == nil && $0.variable.storage == .float32 && $0.isResult
    }
    if let computed { return computed }
    let bands = scope.entries.filter { $0.band.map { !$0.isQuality } ?? false }
    if bands.count == 1 { return bands[0] }
    let names = bands.map(\.variable.name).joined(separator: ", ")
    scope.report(
      "\"\(module)\" needs the variable to take the \(title) of"
        + (names.isEmpty ? "" : " (here there are: \(names))"),
      at: nil, of: arguments, suggestion: "name a variable with \"of\"")
    return nil
  }

  /// Whether layers of one period can be put together into another's; a report when they cannot.
  static func checkChain(
    _ inner: Period, _ outer: Period, _ module: String, _ arguments: ModuleArguments, _ scope: ModuleScope
  ) -> Bool {
    guard inner != .date, inner != .everyDate else { return true }
    let message: String
    if inner.dimension == nil {
      message = "has one layer only: there is nothing to put together"
    } else if inner == outer {
      message = "has \(inner.phrase) already"
    } else if outer != .all, inner.isClimatology {
      message = "has \(inner.phrase), all years together: only \"period\": \"all\" can follow"
    } else if outer != .all, case .intervals = inner {
      message = "has \(inner.phrase): only \"period\": \"all\" can follow"
    } else if !inner.divides(outer) {
      message = "has \(inner.phrase), which do not make up \(outer.phrase)"
    } else {
      return true
    }
    scope.report(
      "\"\(arguments.texts("of")?.first ?? module)\" \(message)", at: "of", of: arguments,
      suggestion: "reduce the variable of single dates instead")
    return false
  }
}
