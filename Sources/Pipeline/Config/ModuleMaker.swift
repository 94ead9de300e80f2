import Engine
import JSON
import Raster

/// A module that was made, and where it comes from.
struct MadeModule {
  var config: ModuleConfig
  var draft: ModuleDraft
  /// All variables it makes; the first is the one it is saved under.
  var outputs: [Variable]
}

/// Makes the modules of a sequence in order, each seeing what those before it offer.
///
/// A mistake in one module must not bring forth others in those after it. So a module that cannot be made is
/// made once more without what is wrong with it, for the sake of the variables it offers; where that fails too,
/// a variable with the name it would have had stands in.
struct ModuleMaker {
  let mistakes: Mistakes
  /// Whether variables are missing that the file may well have meant to be there: nothing can be said then
  /// about names that are not found.
  var isIncomplete: Bool

  func make(_ drafts: [ModuleDraft]) -> [MadeModule] {
    var maker = self
    let scope = ModuleScope()
    var made = drafts.compactMap { maker.make($0, in: scope) }
    // The last result of a sequence is kept: there would be nothing to show for it otherwise.
    if let last = made.lastIndex(where: { !$0.config.result.isEmpty }) { made[last].config.isSaved = true }
    return made
  }

  private mutating func make(_ draft: ModuleDraft, in scope: ModuleScope) -> MadeModule? {
    guard let type = draft.type else {
      offerStandIn(for: draft, in: scope)
      return nil
    }
    var node = draft.object.repaired
    var module: (any Module)?
    if draft.object.isSound, !draft.isGuess {
      let found: [Diagnostic]
      (module, found) = attempt(type, node, draft, in: scope)
      if module == nil || !found.isEmpty {
        report(found, of: draft)
        if type.descriptor.shape == .source { isIncomplete = true }
        node = node.without(found, below: draft.path)
        module = attempt(type, node, draft, in: scope).module
      }
    } else {
      if type.descriptor.shape == .source, draft.isGuess || draft.object.lostNames { isIncomplete = true }
      module = attempt(type, node, draft, in: scope).module
    }
    guard let module else {
      offerStandIn(for: draft, in: scope)
      return nil
    }
    return offer(module, draft, in: scope)
  }

  /// Makes a module; nil and what it reports when it finds mistakes.
  private func attempt(
    _ type: any Module.Type, _ node: JSONNode, _ draft: ModuleDraft, in scope: ModuleScope
  ) -> (module: (any Module)?, found: [Diagnostic]) {
    let before = scope.diagnostics.count
    let module = type.make(ModuleArguments(node: node, path: draft.path), in: scope)
    return (module, Array(scope.diagnostics[before...]))
  }

  private func report(_ found: [Diagnostic], of draft: ModuleDraft) {
    if found.isEmpty {
      mistakes.report(
        "\"\(draft.name)\" cannot be made from these parameters", at: draft.namePosition, draft.path)
    }
    for diagnostic in found {
      let isAboutNames = diagnostic.path == draft.path || diagnostic.message.hasPrefix("unknown variable")
      if isIncomplete, isAboutNames { continue }
      mistakes.report(diagnostic)
    }
  }

  private func offer(_ module: any Module, _ draft: ModuleDraft, in scope: ModuleScope) -> MadeModule {
    var outputs: [Variable] = []
    var isPerDate = true
    switch module {
    case let source as any SourceModule:
      for band in source.bands where scope.entry(band.variable.name)?.variable != band.variable {
        scope.offer(ModuleScope.Entry(variable: band.variable, band: band, isPerDate: true))
      }
    case let mask as any MaskModule: outputs = [mask.output]
    case let pixelwise as any PixelwiseModule: outputs = [pixelwise.output]
    case let reduction as any ReductionModule:
      outputs = reduction.outputs
      isPerDate = false
    default: break
    }
    // A module may have offered its results itself.
    for output in outputs where scope.entry(output.name)?.variable != output {
      scope.offer(ModuleScope.Entry(variable: output, band: nil, isPerDate: isPerDate))
    }
    let isSaved = draft.object["save"]?.bool ?? false
    return MadeModule(
      config: ModuleConfig(
        name: type(of: module).descriptor.name, result: outputs.first?.name ?? "",
        isSaved: !outputs.isEmpty && (isSaved || !isPerDate), module: module, runMode: draft.runMode,
        resources: draft.resources),
      draft: draft, outputs: outputs)
  }

  private mutating func offerStandIn(for draft: ModuleDraft, in scope: ModuleScope) {
    if draft.shape == .source || draft.name.isEmpty { isIncomplete = true }
    let name = draft.object.node["as"]?.string ?? draft.name
    guard draft.shape != .source, !name.isEmpty, scope.entry(name) == nil else { return }
    let variable = Variable(name: name, longName: name, statisticsRange: 0...1)
    scope.offer(ModuleScope.Entry(variable: variable, band: nil, isPerDate: draft.shape != .reduction))
  }
}

extension JSONNode {
  /// The object without the values that diagnostics are about.
  fileprivate func without(_ diagnostics: [Diagnostic], below path: JSONPath) -> JSONNode {
    removing(diagnostics.map { $0.path.steps.dropFirst(path.steps.count) }.filter { !$0.isEmpty })
  }

  private func removing(_ places: [ArraySlice<JSONPath.Step>]) -> JSONNode {
    func child(_ step: JSONPath.Step, _ node: JSONNode) -> JSONNode? {
      let inside = places.filter { $0.first == step }.map { $0.dropFirst() }
      return inside.contains(where: \.isEmpty) ? nil : inside.isEmpty ? node : node.removing(inside)
    }
    switch value {
    case .array(let elements):
      let kept = elements.enumerated().compactMap { child(.index($0.offset), $0.element) }
      return JSONNode(value: .array(kept), position: position)
    case .object(let members):
      let kept = members.compactMap { member in
        child(.key(member.key), member.node).map {
          JSONNode.Member(key: member.key, keyPosition: member.keyPosition, node: $0)
        }
      }
      return JSONNode(value: .object(kept), position: position)
    default: return self
    }
  }
}
