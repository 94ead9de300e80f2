import Engine
import JSON

/// Checks the names of a sequence's results: they become folders, files and variables.
struct ResultNames {
  let mistakes: Mistakes

  func check(_ modules: [MadeModule]) {
    var saved: [String: SourcePosition] = [:]
    for made in modules where !made.outputs.isEmpty {
      let object = made.draft.object
      // A name that was lost in a repair was reported already.
      if object.node["as"] != nil, object["as"] == nil { continue }
      let position = object["as"]?.position ?? made.draft.namePosition
      let path = object["as"] == nil ? object.path : object.path(of: "as")
      let advice = object["as"] == nil ? "give the result a name with \"as\"" : nil
      if let mistake = ConfigNames.mistake(inFolderName: made.config.result) {
        mistakes.report(
          mistake, at: position, path, suggestion: advice ?? "a result's name is its folder's name")
        continue
      }
      if let name = made.outputs.map(\.name).first(where: ConfigNames.takenInFiles.contains) {
        mistakes.report(
          "a result cannot be named \"\(name)\": files of results have another variable of this name",
          at: position, path, suggestion: advice)
        continue
      }
      guard made.config.isSaved else { continue }
      for output in made.outputs {
        if let first = saved[output.name] {
          mistakes.report(
            "another saved result of this sequence is named \"\(output.name)\" (line \(first.line))",
            at: position, path, suggestion: "give one of them another name with \"as\"")
          break
        }
        saved[output.name] = position
      }
    }
  }
}
