import Catalog
import Engine
import JSON

/// A module while the config is read: its keys are checked, the module itself is not made yet.
struct ModuleDraft {
  /// As the file has it.
  var name: String
  var namePosition: SourcePosition
  /// nil when there is no such module.
  var type: (any Module.Type)?
  /// Whether `type` is only what was probably meant.
  var isGuess = false
  var object: CheckedObject
  var encoding = VariableEncoding()
  var runMode: RunMode
  var resources: Resources

  var path: JSONPath { object.path }
  var shape: ModuleDescriptor.Shape? { type?.descriptor.shape }
  var needsCube: Bool { shape.map { $0 != .wholeRun } ?? false }
}

/// Reads the keys of modules.
struct ModuleReader {
  let modules: [any Module.Type]
  let folder: String
  let runMode: RunMode
  let resources: Resources
  let mistakes: Mistakes

  func read(_ node: JSONNode, path: JSONPath) -> ModuleDraft {
    guard let nameNode = node["module"], let name = nameNode.string else {
      guard node.members != nil else {
        mistakes.report("expected an object, found \(node.found)", at: node.position, path)
        return unknown(node, path: path, name: "", position: node.position)
      }
      mistakes.report(
        node["module"].map { "expected a module's name, found \($0.found)" }
          ?? "missing key \"module\" (a module's name)", at: node["module"]?.position ?? node.position,
        node["module"] == nil ? path : path.appending("module"))
      return unknown(node, path: path, name: "", position: node.position)
    }
    guard let type = modules.first(where: { $0.descriptor.name == name }) else {
      let names = modules.map { $0.descriptor.name }
      let nearest = NearestName.best(for: name, among: names)
      mistakes.report(
        "unknown module \"\(name)\"", at: nameNode.position, path.appending("module"),
        suggestion: nearest.map { "did you mean \"\($0)\"?" } ?? "there are \(names.joined(separator: ", "))")
      var draft = unknown(node, path: path, name: name, position: nameNode.position)
      draft.type = modules.first { $0.descriptor.name == nearest }
      draft.isGuess = true
      // What the guess makes of the parameters is no mistake of the file.
      if let type = draft.type {
        draft.object = CheckedObject(node, path: path, keys: keys(of: type), mistakes: Mistakes())
      }
      return draft
    }
    let object = CheckedObject(node, path: path, keys: keys(of: type), mistakes: mistakes)
    if type.descriptor.shape != .source, let node = object["resources"] {
      mistakes.report(
        "resources of \"\(name)\" alone would do nothing: the modules of a sequence run together",
        at: node.position,
        object.path(of: "resources"),
        suggestion: "give them to the sequence's first module, or to the pipeline")
    }
    let draft = ModuleDraft(
      name: name, namePosition: nameNode.position, type: type, object: object,
      encoding: EncodingReader(mistakes: mistakes).read(object),
      runMode: object["run_mode"]?.string.flatMap { RunMode(rawValue: $0) } ?? runMode,
      resources: type.descriptor.shape == .source
        ? ResourcesReader(mistakes: mistakes)
          .read(object["resources"], path: object.path(of: "resources"), over: resources) : resources)
    if draft.shape == .source { checkSource(object) }
    return draft
  }

  private func keys(of type: any Module.Type) -> [ModuleParameter] {
    let shape = type.descriptor.shape
    return ConfigKeys.common(shape) + type.descriptor.parameters + ConfigKeys.refused(shape)
  }

  private func unknown(_ node: JSONNode, path: JSONPath, name: String, position: SourcePosition)
    -> ModuleDraft
  {
    ModuleDraft(
      name: name, namePosition: position, type: nil,
      object: CheckedObject(node, path: path, keys: [], mistakes: Mistakes()), runMode: runMode,
      resources: resources)
  }

  /// What only the pipeline knows of a source's parameters: the query language, where relative paths start.
  private func checkSource(_ object: CheckedObject) {
    if let query = object["query"] {
      PropertyQuery.read(query, path: object.path(of: "query")).mistakes.forEach(mistakes.report)
    }
    if let filter = object["filter"] {
      CQL2Filter.read(filter, path: object.path(of: "filter")).mistakes.forEach(mistakes.report)
    }
    // An empty text is for the module itself to report.
    if let source = object["source"], let text = source.string, !text.isEmpty,
      CMRSearch.base(ofSource: text) == nil, !GranuleFolder.isPattern(text)
    {
      FileCheck(mistakes: mistakes).requireFile(
        text, resolved: Href.resolve(text, inFolder: folder), at: source, path: object.path(of: "source"))
    }
  }
}
