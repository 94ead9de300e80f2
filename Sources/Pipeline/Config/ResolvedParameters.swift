import Engine
import JSON
import Synchronization

/// A module's parameters with the defaults filled in, as a config may write them out.
///
/// Some defaults belong to a choice that was not made, and a config that names them is refused: "copy" where nothing is
/// copied. Which they are only the module knows, so that it is made on trial with all of them, and without those that it
/// refuses. The name of the result is filled in where giving it changes nothing.
struct ResolvedParameters {
  let made: MadeModule
  /// What the module saw of its sequence when it was made.
  let scope: ModuleScope

  init(of made: MadeModule, in scope: ModuleScope) {
    self.made = made
    self.scope = scope
  }

  var value: JSONObject {
    let descriptor = type(of: made.config.module).descriptor
    var given: JSONObject = [:]
    for name in descriptor.parameters.map(\.name) + ["as"] {
      given[name] = made.draft.object[name]?.plain.canonical
    }
    var filled: JSONObject = [:]
    for parameter in descriptor.parameters where given[parameter.name] == nil {
      filled[parameter.name] = parameter.defaultValue?.canonical
    }
    var named = filled
    if given["as"] == nil, !made.config.result.isEmpty { named["as"] = .string(made.config.result) }
    // A name may be the stem of several: the names of the results are others then.
    return merged(given, accepted(named, over: given) ?? accepted(filled, over: given) ?? [:])
  }

  /// The members that the module accepts beside those that are given, and that change nothing; nil where it cannot be
  /// made with any of them.
  private func accepted(_ filled: JSONObject, over given: JSONObject) -> JSONObject? {
    var filled = filled
    while !filled.members.isEmpty {
      guard let refused = refused(merged(given, filled)) else { return nil }
      if refused.isEmpty { return filled }
      let names = refused.intersection(filled.keys)
      guard !names.isEmpty else { return nil }
      for name in names { filled[name] = nil }
    }
    return filled
  }

  /// The parameters at which the module reports something; nil where it makes other results.
  private func refused(_ parameters: JSONObject) -> Set<String>? {
    var object: JSONObject = ["module": .string(made.draft.name)]
    for (key, value) in parameters.members { object[key] = value }
    guard let node = try? JSONParser.parse(JSONValue.object(object).text()) else { return nil }
    let scope = scope.copy()
    defer { scope.moduleFiles = nil }
    let present = made.config.module
    let module = type(of: present).make(ModuleArguments(node: node, path: made.draft.path), in: scope)
    let refused = scope.diagnostics.map { diagnostic -> String in
      guard case .key(let key)? = diagnostic.path.steps.dropFirst(made.draft.path.steps.count).first else {
        return ""
      }
      return key
    }
    guard refused.isEmpty else { return Set(refused) }
    let isTheSame =
      module.map(ModuleMaker.outputs) == made.outputs
      && (module as? any TableModule)?.name == (present as? any TableModule)?.name
    return isTheSame ? [] : nil
  }

  private func merged(_ first: JSONObject, _ second: JSONObject) -> JSONObject {
    var merged = first
    for (key, value) in second.members { merged[key] = value }
    return merged
  }
}

/// Files that the modules of a sequence name, each read once however often a module is made.
final class RememberedFiles: ModuleFiles {
  private let files: any ModuleFiles
  private let known = Mutex<[String: ModuleFile]>([:])

  init(_ files: any ModuleFiles) {
    self.files = files
  }

  func read(_ name: String, limit: Int) throws(ModuleFileError) -> ModuleFile {
    if let file = known.withLock({ $0[name] }), file.bytes.count <= limit { return file }
    let file = try files.read(name, limit: limit)
    known.withLock { $0[name] = file }
    return file
  }

  func arrays(of file: ModuleFile) throws(ModuleFileError) -> ArrayFile { try files.arrays(of: file) }

  func features(of file: ModuleFile, layer: String?) throws(ModuleFileError) -> VectorFeatures {
    try files.features(of: file, layer: layer)
  }
}
