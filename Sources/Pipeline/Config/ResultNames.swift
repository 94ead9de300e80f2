import Engine
import JSON

/// Checks the names of a sequence's results: they become folders, files and variables.
struct ResultNames {
  let mistakes: Mistakes

  func check(_ modules: [MadeModule]) {
    var saved: [String: SourcePosition] = [:]
    for made in modules {
      if made.config.isSaved, let source = made.config.module as? any SourceModule {
        checkBands(of: source, made.draft, &saved)
      }
      let files = ResultNames.files(of: made)
      guard !made.outputs.isEmpty || !files.isEmpty else { continue }
      let object = made.draft.object
      // A name that was lost in a repair was reported already.
      if object.node["as"] != nil, object["as"] == nil { continue }
      // Nor has a module a name that could not be made, because its file is not there.
      if made.config.result.isEmpty, object["as"] == nil { continue }
      let position = object["as"]?.position ?? made.draft.namePosition
      let path = object["as"] == nil ? object.path : object.path(of: "as")
      let advice = object["as"] == nil ? "give the result a name with \"as\"" : nil
      if let mistake = ConfigNames.mistake(inFolderName: made.config.result) {
        mistakes.report(
          mistake, at: position, path, suggestion: advice ?? "a result's name is its folder's name")
        continue
      }
      if let mistake = made.outputs.lazy.compactMap({ ConfigNames.mistake(inVariableName: $0.name) }).first {
        mistakes.report(mistake, at: position, path, suggestion: advice)
        continue
      }
      for name in files {
        if let first = saved[name] {
          mistakes.report(
            "another saved result of this sequence is named \"\(name)\" (line \(first.line))",
            at: position, path, suggestion: "give one of them another name with \"as\"")
          break
        }
        if let other = saved.keys.first(where: { $0.lowercased() == name.lowercased() }) {
          mistakes.report(
            "\"\(name)\" and \"\(other)\" (line \(saved[other]?.line ?? 0)) differ in nothing but case: their files "
              + "would be one where names of files have no case",
            at: position, path, suggestion: "give one of them another name with \"as\"")
          break
        }
        saved[name] = position
      }
    }
  }

  /// What a module's files are named by: a table's name, that of the table of numbers, or those of its variables.
  private static func files(of made: MadeModule) -> [String] {
    if let table = made.config.module as? any TableModule { return [table.name] }
    guard made.config.isSaved else { return [] }
    if let numbers = made.config.module as? any NumberModule {
      return [numbers.tableName ?? made.outputs.first?.name].compactMap { $0 }
    }
    return made.outputs.map(\.name)
  }

  /// Bands bear the names that the catalogue gives them, which may be any; those that are saved become folders and
  /// variables as well.
  private func checkBands(
    of source: any SourceModule, _ draft: ModuleDraft, _ saved: inout [String: SourcePosition]
  ) {
    let nodes = draft.object["bands"]?.array ?? []
    for band in source.bands {
      let name = band.variable.name
      let place = nodes.firstIndex { $0.string == band.name }
      let position = place.map { nodes[$0].position } ?? draft.namePosition
      saved[name] = position
      guard let mistake = ConfigNames.mistake(inVariableName: name) else { continue }
      mistakes.report(
        "a saved band's name is a folder's and a variable's name: \(mistake)", at: position,
        place.map { draft.object.path(of: "bands").appending($0) } ?? draft.path,
        suggestion: "name it by another of its names, or leave out \"save\"")
    }
  }
}
