import Engine
import JSON

/// Reads how pictures of results look (`output.pictures`), whose keys are variables of any sequence.
struct PicturesReader {
  let mistakes: Mistakes

  /// - Parameter modules: of all sequences; what they make may be named.
  func read(_ node: JSONNode, path: JSONPath, modules: [MadeModule]) -> PictureSettings {
    var settings = PictureSettings()
    for member in node.members ?? [] {
      let path = path.appending(member.key)
      checkName(member, path, modules)
      if let name = member.node["colours"]?.string {
        settings.colours[member.key] = ColourMap(rawValue: name)
      }
      if member.node["animation"]?.bool == true { settings.animated.append(member.key) }
      guard let limits = member.node["limits"] else { continue }
      let ends = limits.array?.compactMap(\.double) ?? []
      // Elements of a wrong type were reported already.
      guard ends.count == limits.array?.count else { continue }
      if ends.count == 2, ends[0] < ends[1] {
        settings.limits[member.key] = ends[0]...ends[1]
      } else {
        mistakes.report(
          "expected two numbers, the lower one first", at: limits.position, path.appending("limits"),
          suggestion: "[0, 1]")
      }
    }
    return settings
  }
  private func checkName(_ member: JSONNode.Member, _ path: JSONPath, _ modules: [MadeModule]) {
    let saved = modules.filter(\.config.isSaved).flatMap(names)
    guard !saved.contains(member.key) else { return }
    if modules.flatMap(names).contains(member.key) {
      mistakes.report(
        "\"\(member.key)\" has no pictures: it is not saved", at: member.keyPosition, path,
        suggestion: "add \"save\": true to its module")
      return
    }
    // Where sequences could not be read, nobody knows what they make.
    guard !saved.isEmpty else { return }
    let nearest = NearestName.best(for: member.key, among: saved).map { "did you mean \"\($0)\"?" }
    mistakes.report(
      "no module makes a variable \"\(member.key)\"", at: member.keyPosition, path,
      suggestion: nearest ?? "there are \(saved.joined(separator: ", "))")
  }

  private func names(_ made: MadeModule) -> [String] {
    made.outputs.map(\.name) + ((made.config.module as? any SourceModule)?.bands.map(\.variable.name) ?? [])
  }
}
