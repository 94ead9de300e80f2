internal import Engine
internal import JSON

/// Finds what a filter is over, reporting every mistake.
struct FilterInput {
  let arguments: ModuleArguments
  let scope: ModuleScope
  let module: String

  /// The variable that `of` names, or the one that is meant.
  ///
  /// - Parameters:
  ///   - isFlagsTaken: whether flags will do.
  ///   - needs: what else is needed, for messages: "numbers".
  func entry(isFlagsTaken: Bool, needs: String) -> ModuleScope.Entry? {
    if let name = arguments.text("of") {
      guard let entry = scope.variable(name, at: "of", of: arguments) else { return nil }
      let isWhole = entry.variable.storage.isWhole
      guard entry.band?.isQuality != true, isFlagsTaken || !isWhole else {
        scope.report(
          "\"\(name)\" holds \(isWhole ? "whole numbers or flags" : "bits or classes"); \"\(module)\" needs \(needs)",
          at: "of", of: arguments)
        return nil
      }
      return entry
    }
    let computed = scope.entries.last {
      $0.band == nil && $0.isResult
        && (isFlagsTaken ? $0.variable.storage.isFlags : $0.variable.storage == .float32)
    }
    let bands = scope.entries.filter { $0.band.map { !$0.isQuality } ?? false }
    if let found = computed ?? (bands.count == 1 && !isFlagsTaken ? bands[0] : nil) { return found }
    scope.report(
      "\"\(module)\" needs the variable that it works on", at: nil, of: arguments,
      suggestion: "name a variable with \"of\"")
    return nil
  }

  /// A size in pixels or on the ground; nil with a report when it is neither.
  func size(_ name: String, isArea: Bool = false) -> GroundSize? {
    if let pixels = arguments.number(name) { return .pixels(pixels) }
    guard let text = arguments.text(name) else { return nil }
    if let size = GroundSize(text, isArea: isArea) { return size }
    scope.report(
      "\"\(text)\" is not a valid \(isArea ? "area" : "length")", at: name, of: arguments,
      suggestion: isArea ? "a number of pixels, or \"900 m2\", \"2 ha\"" : "a number of pixels, or \"90 m\"")
    return nil
  }
}
