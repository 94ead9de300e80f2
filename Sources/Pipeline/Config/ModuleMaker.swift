import Engine
import Geo
import JSON
import Modules
import Raster

/// A module that was made, and where it comes from.
struct MadeModule {
  var config: ModuleConfig
  var draft: ModuleDraft
  /// All variables it makes; the first is the one it is saved under.
  var outputs: [Variable]
  /// Its own parameters with every default filled in that applies, and the name of its result.
  var resolved: JSONObject = [:]
}

/// Makes the modules of a sequence in order, each seeing what those before it offer.
///
/// A mistake in one module must not bring forth others in those after it. So a module that cannot be made is
/// made once more without what is wrong with it, for the sake of the variables it offers; where that fails
/// too, a variable with the name it would have had stands in.
struct ModuleMaker {
  let mistakes: Mistakes
  let sensors: SensorTable
  /// The days the config asks for.
  let dates: ClosedRange<CalendarDate>?
  /// How modules read the files that the config names.
  let files: any ModuleFiles
  /// Whether variables are missing that the file may well have meant to be there: nothing can be said then
  /// about names that are not found.
  var isIncomplete: Bool

  func make(_ drafts: [ModuleDraft]) -> [MadeModule] {
    var maker = self
    let scope = ModuleScope()
    scope.inform(sensors)
    scope.moduleFiles = RememberedFiles(files)
    defer { scope.moduleFiles = nil }
    if let dates { scope.inform(DateRange(dates)) }
    var made = drafts.compactMap { maker.make($0, in: scope) }
    if made.count == drafts.count { maker.checkWhole(scope) }
    // The source brings what modules asked for besides what its config lists.
    for place in made.indices {
      guard let source = made[place].config.module as? any SourceModule, !scope.addedBands.isEmpty else {
        continue
      }
      made[place].config.module = source.adding(scope.addedBands)
    }
    // The last result of a sequence is kept: there would be nothing to show for it otherwise.
    if let last = made.lastIndex(where: { !$0.config.result.isEmpty }) ?? made.indices.last {
      made[last].config.isSaved = true
    }
    for module in made { maker.checkWritten(module) }
    return made
  }

  /// Reports keys that would do nothing, since the result is written in any case, or is not.
  private func checkWritten(_ module: MadeModule) {
    let object = module.draft.object
    if module.config.isSaved, let node = object["save"], node.bool == false {
      mistakes.report(
        "the last result of a sequence is always written", at: node.position, object.path(of: "save"),
        suggestion: "leave \"save\" out")
    } else if !module.config.isSaved, let node = object["encoding"] {
      mistakes.report(
        "how files hold \"\(module.draft.name)\" means nothing: it is not written", at: node.position,
        object.path(of: "encoding"), suggestion: "add \"save\": true")
    }
  }

  /// Reports what can be seen only when all modules are there; nothing where a repair lacks names.
  private func checkWhole(_ scope: ModuleScope) {
    guard !isIncomplete else { return }
    let before = scope.diagnostics.count
    scope.checkWhenComplete?()
    scope.diagnostics[before...].forEach(mistakes.report)
  }

  private mutating func make(_ draft: ModuleDraft, in scope: ModuleScope) -> MadeModule? {
    guard let type = draft.type else {
      offerStandIn(for: draft, in: scope)
      return nil
    }
    var node = draft.object.repaired
    let before = scope.copy()
    let isSource = type.descriptor.shape == .source
    let filesBefore = scope.files.count
    if isSource, draft.isGuess || draft.object.lostNames { isIncomplete = true }
    var (module, found) = attempt(type, node, draft, in: scope)
    if module == nil || !found.isEmpty {
      report(found, of: draft)
      if isSource { isIncomplete = true }
      node = node.without(found.map(\.path), below: draft.path)
      module = attempt(type, node, draft, in: scope).module
    }
    guard let module else {
      offerStandIn(for: draft, in: scope)
      return nil
    }
    var made = offer(module, draft, in: scope)
    made.config.files = Array(scope.files[filesBefore...])
    made.config.source = (draft.object.node, draft.path)
    made.config.parameters = parameters(of: draft, type.descriptor, made.config.files)
    if found.isEmpty { made.resolved = ResolvedParameters(of: made, in: before).value }
    return made
  }

  /// Makes a module; nil and what it reports when it finds mistakes.
  private func attempt(
    _ type: any Module.Type, _ node: JSONNode, _ draft: ModuleDraft, in scope: ModuleScope
  ) -> (module: (any Module)?, found: [Diagnostic]) {
    let before = scope.diagnostics.count
    let module = type.make(
      ModuleArguments(node: node, path: draft.path, refused: draft.object.refused), in: scope)
    return (module, Array(scope.diagnostics[before...]))
  }

  private func report(_ found: [Diagnostic], of draft: ModuleDraft) {
    // What the parameters of a guess mean nobody knows, nor what else a module wants that lacks some already.
    guard !draft.isGuess, draft.object.isSound || !draft.object.lostNames else { return }
    if found.isEmpty, draft.object.isSound {
      mistakes.report(
        "\"\(draft.name)\" cannot be made from these parameters", at: draft.namePosition, draft.path)
    }
    for diagnostic in found {
      if isIncomplete || !draft.object.isSound, isAboutVariables(diagnostic, draft) { continue }
      mistakes.report(diagnostic)
    }
  }

  /// Whether a mistake is at a parameter that names variables, or at the module as a whole, which looks for
  /// its default variables then.
  private func isAboutVariables(_ diagnostic: Diagnostic, _ draft: ModuleDraft) -> Bool {
    guard case .key(let key)? = diagnostic.path.steps.dropFirst(draft.path.steps.count).first else {
      return true
    }
    return draft.type?.descriptor.parameters.first { $0.name == key }?.type.namesVariables ?? false
  }

  private func offer(_ module: any Module, _ draft: ModuleDraft, in scope: ModuleScope) -> MadeModule {
    if let source = module as? any SourceModule {
      for band in source.bands where scope.entry(band.variable.name)?.variable != band.variable {
        scope.offer(ModuleScope.Entry(variable: band.variable, band: band))
      }
    }
    let outputs = ModuleMaker.outputs(of: module)
    let period: Period =
      switch module {
      case is any LayerModule: .fixed
      case let numbers as any NumberModule: numbers.period
      case let pixelwise as any PixelwiseModule: scope.period(of: pixelwise.inputs)
      case let filter as any NeighbourhoodModule: scope.period(of: filter.inputs)
      case let reduction as any ReductionModule: reduction.period
      default: .date
      }
    // A module may have offered its results itself.
    for output in outputs where scope.entry(output.name)?.variable != output {
      scope.offer(
        ModuleScope.Entry(variable: output, period: period, isNumber: module is any NumberModule))
    }
    if let node = draft.object["encoding"] {
      let path = draft.object.path(of: "encoding")
      EncodingReader(mistakes: mistakes).check(draft.encoding, holds: outputs, at: node, path: path)
    }
    let isSaved = draft.object["save"]?.bool ?? false
    return MadeModule(
      config: ModuleConfig(
        name: type(of: module).descriptor.name,
        result: outputs.first?.name ?? (module as? any TableModule)?.name ?? "",
        isSaved: isSaved || module is any TableModule
          || module is any ReductionModule && draft.object["save"] == nil, module: module,
        encoding: draft.encoding, runMode: draft.runMode,
        resources: draft.resources),
      draft: draft, outputs: outputs)
  }

  /// The variables that a module makes, its main result first.
  static func outputs(of module: any Module) -> [Variable] {
    switch module {
    case let source as any LayerModule: source.layers.map(\.band.variable)
    case let numbers as any NumberModule: numbers.outputs
    case let mask as any MaskModule: [mask.output]
    case let pixelwise as any PixelwiseModule: pixelwise.outputs
    case let filter as any NeighbourhoodModule: filter.outputs
    case let reduction as any ReductionModule: reduction.outputs
    default: []
    }
  }

  /// The parameters that differ from their defaults; files by what is in them, wherever they lie.
  private func parameters(
    of draft: ModuleDraft, _ descriptor: ModuleDescriptor, _ files: [ModuleFile.Identity]
  ) -> JSONValue {
    var given = descriptor.parameters.compactMap { parameter -> JSONObject.Member? in
      guard let value = draft.object[parameter.name]?.plain.canonical,
        value != parameter.defaultValue?.canonical, parameter.type != .file,
        // A mask reads one layer, which the key has among its inputs, whether it is named or the sensor's own.
        descriptor.shape != .mask || parameter.type != .variable
      else { return nil }
      return (key: parameter.name, value: parameter.isUnordered ? value.sortedElements : value)
    }
    given.sort { $0.key < $1.key }
    if !files.isEmpty {
      given.append((key: "files", value: .array(files.map { .string("sha256 \($0.digest)") })))
    }
    return .object(JSONObject(given))
  }

  private mutating func offerStandIn(for draft: ModuleDraft, in scope: ModuleScope) {
    if draft.shape == .source || draft.name.isEmpty { isIncomplete = true }
    let name = draft.object.node["as"]?.string ?? draft.name
    guard draft.shape != .source, !name.isEmpty, scope.entry(name) == nil else { return }
    let variable = Variable(name: name, longName: name, statisticsRange: 0...1)
    scope.offer(ModuleScope.Entry(variable: variable))
  }
}

extension ParameterType {
  fileprivate var namesVariables: Bool {
    switch self {
    case .variable: true
    case .list(let type, _), .map(let type): type.namesVariables
    case .object(let fields): fields.contains { $0.type.namesVariables }
    case .either(let types): types.contains(where: \.namesVariables)
    case .text, .form, .file, .boolean, .integer, .number, .choice, .any: false
    }
  }
}
