internal import Catalog
internal import Engine
internal import JSON
internal import Modules

/// Refuses what a config says of rasters where the scenes are granules: it would do nothing.
struct GranuleKeys {
  /// The config's, for mistakes.
  let file: String

  /// - Throws: `PlanError` with every mistake.
  func check(_ sequence: SequenceConfig, _ scenes: [Scene]) throws {
    let granules = scenes.filter(\.isSwath)
    guard !granules.isEmpty, let module = sequence.modules.first(where: { $0.module is Download }),
      let arguments = module.arguments
    else { return }
    let isRemote = granules.contains { GranuleFetch.source(of: $0) != nil }
    var reasons: [(key: String, reason: String)] = [
      ("resampling", "granules are brought onto the grid by \"regrid\""),
      ("trust", "granules lie where their own longitude and latitude say, and every one is asked"),
      ("copy", "granules from servers are copied whole, local ones are read where they are"),
    ]
    if !isRemote { reasons.append(("sign", "the granules are local files")) }
    switch arguments.text("mode") {
    case "stream" where isRemote:
      reasons.append(
        ("mode", "granules from servers are copied before they are read (\"copies\" says how long they stay)")
      )
    case "copy" where !isRemote:
      reasons.append(("mode", "the granules are local files, which are read where they are"))
    default: break
    }
    // What the config says anyway is no mistake: Apus writes it into files.
    let defaults = Dictionary(
      uniqueKeysWithValues: Download.descriptor.parameters.map { ($0.name, $0.defaultValue?.canonical) })
    let mistakes = reasons.filter { key, _ in
      arguments.node(key).map { $0.plain.canonical != defaults[key] ?? nil } ?? false
    }.map { key, reason in
      module.mistake("\"\(key)\" would do nothing: \(reason); leave it out", at: key, in: file).description
    }
    guard mistakes.isEmpty else { throw PlanError(mistakes.joined(separator: "; "), isConfigMistake: true) }
  }
}
