import Engine
import Geo
import JSON
import Modules

/// Reads one sequence: its keys, the shapes of its modules, and the modules in order.
struct SequenceReader {
  let modules: [any Module.Type]
  /// The products that modules know.
  let sensors: SensorTable
  /// The days the config asks for.
  let dates: ClosedRange<CalendarDate>?
  let folder: String
  let runMode: RunMode
  let resources: Resources
  let mistakes: Mistakes

  func read(_ node: JSONNode, path: JSONPath) -> SequenceDraft {
    let object = CheckedObject(node, path: path, keys: ConfigKeys.sequence, mistakes: mistakes)
    var draft = SequenceDraft(
      name: object["name"]?.string, namePosition: object["name"]?.position ?? node.position,
      namePath: object.path(of: "name"), dependencies: object["depends_on"]?.array ?? [],
      dependenciesPath: object.path(of: "depends_on"))
    if let name = draft.name { checkName(name, draft) }
    guard let nodes = object["modules"]?.array else { return draft }
    let modulesPath = object.path(of: "modules")
    let reader = ModuleReader(
      modules: modules, folder: folder, runMode: runMode, resources: resources, mistakes: mistakes)
    let drafts = nodes.enumerated().map { place, node in
      reader.read(node, path: modulesPath.appending(place))
    }
    let placement = checkPlaces(drafts)
    if placement != .withoutSource {
      // A source that stands too late is one mistake: for the rest it counts as the first.
      let isSource = { (draft: ModuleDraft) in draft.shape == .source }
      let maker = ModuleMaker(
        mistakes: mistakes, sensors: sensors, dates: dates, files: LocalModuleFiles(folder: folder),
        isIncomplete: placement == .unknown)
      draft.modules = maker.make(drafts.filter(isSource) + drafts.filter { !isSource($0) })
      ResultNames(mistakes: mistakes).check(draft.modules)
    }
    return draft
  }

  private func checkName(_ name: String, _ draft: SequenceDraft) {
    if let mistake = ConfigNames.mistake(inFolderName: name) {
      mistakes.report(
        mistake, at: draft.namePosition, draft.namePath, suggestion: "a sequence's name is its folder's name")
    } else if ConfigNames.takenInRunDirectory.contains(name) {
      mistakes.report(
        "the run directory has a \"\(name)\" of its own", at: draft.namePosition, draft.namePath,
        suggestion: "choose another name")
    }
  }

  /// What a sequence's first module says about the others.
  private enum Placement {
    case known, withoutSource
    /// Some module is unknown: what it would have offered nobody knows.
    case unknown
  }

  /// Checks that sources come first, and whole-run modules stand in sequences without a source.
  private func checkPlaces(_ drafts: [ModuleDraft]) -> Placement {
    let hasSource = drafts.contains { $0.shape == .source }
    let hasUnknown = drafts.contains { $0.shape == nil }
    for (place, draft) in drafts.enumerated() where draft.shape == .source && place > 0 {
      let isSecond = drafts[..<place].contains { $0.shape == .source }
      mistakes.report(
        isSecond
          ? "a sequence has one source only" : "\"\(draft.name)\" must be the first module of its sequence",
        at: draft.namePosition, draft.path)
    }
    for draft in drafts where draft.shape == .wholeRun && drafts.contains(where: { $0.needsCube }) {
      mistakes.report(
        "\"\(draft.name)\" runs once, after everything else, and cannot work on a cube",
        at: draft.namePosition,
        draft.path, suggestion: "move it to a sequence of its own, with \"depends_on\"")
    }
    guard !hasSource, let first = drafts.first(where: \.needsCube) else {
      return hasUnknown ? .unknown : .known
    }
    // The unknown one may have been meant as the source.
    if drafts.first?.shape == nil { return .unknown }
    let sources = modules.map { $0.descriptor }.filter { $0.shape == .source }.map { "\"\($0.name)\"" }
    mistakes.report(
      "\"\(first.name)\" has nothing to work on: the first module of a sequence must be a source",
      at: first.namePosition, first.path,
      suggestion: "begin the sequence with \(ParameterType.alternatives(sources))")
    return .withoutSource
  }
}

/// A sequence while the config is read.
struct SequenceDraft {
  /// nil when there is none, or none of the right type.
  var name: String?
  var namePosition: SourcePosition
  var namePath: JSONPath
  var dependencies: [JSONNode]
  var dependenciesPath: JSONPath
  /// In the order they run.
  var modules: [MadeModule] = []

  var config: SequenceConfig {
    var seen: Set<String> = []
    return SequenceConfig(
      name: name ?? "", dependsOn: dependencies.compactMap(\.string).filter { seen.insert($0).inserted },
      modules: modules.map(\.config))
  }
}
