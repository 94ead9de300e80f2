import Engine
import Geo
import JSON

/// Reads how pictures of results look (`output.pictures`), whose keys are variables of any sequence.
struct PicturesReader {
  let mistakes: Mistakes

  /// - Parameter sequences: the modules of each; what they make may be named.
  func read(_ node: JSONNode, path: JSONPath, sequences: [[MadeModule]]) -> PictureSettings {
    var settings = PictureSettings()
    for member in node.members ?? [] {
      let path = path.appending(member.key)
      let limits = limits(member.node, path)
      if let bands = member.node["bands"] {
        let names = bands.array?.compactMap(\.string) ?? []
        // Elements of a wrong type were reported already.
        guard names.count == bands.array?.count else { continue }
        check(names, of: member, path, sequences)
        settings.composites.append(
          PictureSettings.Composite(
            name: member.key, bands: names, limits: limits, gamma: member.node["gamma"]?.double ?? 1,
            isStretchedPerLayer: member.node["per"]?.string == "date",
            isStretchedPerBand: member.node["stretch"]?.string == "each",
            isAnimated: member.node["animation"]?.bool == true))
        continue
      }
      for key in ["gamma", "per", "stretch"] {
        guard let node = member.node[key] else { continue }
        mistakes.report(
          "\"\(key)\" is for pictures of three \"bands\"", at: node.position, path.appending(key))
      }
      checkName(member.key, at: member.keyPosition, path, sequences.flatMap(\.self))
      if let name = member.node["colours"]?.string {
        settings.colours[member.key] = ColourMap(rawValue: name)
      }
      if member.node["animation"]?.bool == true { settings.animated.append(member.key) }
      settings.limits[member.key] = limits
    }
    return settings
  }

  private func limits(_ node: JSONNode, _ path: JSONPath) -> ClosedRange<Double>? {
    guard let limits = node["limits"] else { return nil }
    let ends = limits.array?.compactMap(\.double) ?? []
    // Elements of a wrong type were reported already.
    guard ends.count == limits.array?.count, ends.count > 1 else { return nil }
    if ends.count == 2, ends[0] < ends[1] { return ends[0]...ends[1] }
    mistakes.report(
      "expected two numbers, the lower one first", at: limits.position, path.appending("limits"),
      suggestion: "[0, 1]")
    return nil
  }

  /// Checks a picture of three variables.
  private func check(
    _ bands: [String], of member: JSONNode.Member, _ path: JSONPath, _ sequences: [[MadeModule]]
  ) {
    let modules = sequences.flatMap(\.self)
    if let mistake = ConfigNames.mistake(inVariableName: member.key) {
      mistakes.report("pictures are named after their key: \(mistake)", at: member.keyPosition, path)
    } else if modules.flatMap(names).contains(member.key) {
      mistakes.report(
        "\"\(member.key)\" is a variable with pictures of its own", at: member.keyPosition, path,
        suggestion: "give the picture of three \"bands\" another name")
    }
    if let node = member.node["colours"] {
      mistakes.report(
        "a picture of three \"bands\" has no \"colours\"", at: node.position, path.appending("colours"),
        suggestion: "leave it out")
    }
    for key in ["per", "stretch"] where member.node["limits"] != nil {
      guard let node = member.node[key] else { continue }
      mistakes.report(
        "with \"limits\" nothing is left to find for \"\(key)\"", at: node.position, path.appending(key),
        suggestion: "leave one of them out")
    }
    let place = member.node["bands"]?.position ?? member.keyPosition
    let own = path.appending("bands")
    guard bands.count == 3 else {
      // Fewer were reported already.
      guard bands.count > 3 else { return }
      return mistakes.report(
        "a picture has three bands, for red, green and blue, not \(bands.count)", at: place, own)
    }
    let before = mistakes.diagnostics.count
    for (index, band) in bands.enumerated() {
      checkName(
        band, at: member.node["bands"]?.array?[index].position ?? place, own.appending(index), modules)
    }
    guard mistakes.diagnostics.count == before, !modules.isEmpty else { return }
    let together = sequences.contains { sequence in
      let saved = sequence.filter(\.config.isSaved).flatMap(names)
      return bands.allSatisfy(saved.contains)
    }
    guard together else { return mistakes.report("no sequence has all three bands", at: place, own) }
    // The plan says it of what is not known here.
    let known = sequences.map(PicturesReader.periods).first { periods in
      bands.allSatisfy { periods[$0] != nil }
    }
    guard let periods = known.map({ known in bands.compactMap { known[$0] } }), Set(periods).count > 1 else {
      return
    }
    let words = zip(bands, periods).map { "\"\($0)\" has \"\($1.name)\"" }
    mistakes.report(
      "a picture of three bands needs layers of one period: \(words.joined(separator: ", "))", at: place, own)
  }

  /// The periods of what modules make that begin at bands of scenes or are reductions.
  private static func periods(_ sequence: [MadeModule]) -> [String: Period] {
    var periods: [String: Period] = [:]
    for made in sequence {
      let inputs: [String]
      switch made.config.module {
      case let source as any SourceModule:
        for band in source.bands { periods[band.variable.name] = .date }
        continue
      case let mask as any MaskModule:
        periods[mask.output.name] = .date
        continue
      case let reduction as any ReductionModule:
        for output in reduction.outputs { periods[output.name] = reduction.period }
        continue
      case let module as any PixelwiseModule: inputs = module.inputs
      case let module as any NeighbourhoodModule: inputs = module.inputs
      default: continue
      }
      // Single values go with every period.
      let own = Set(inputs.compactMap { periods[$0] }).subtracting([.fixed])
      guard own.count == 1, let period = own.first, inputs.allSatisfy({ periods[$0] != nil }) else {
        continue
      }
      for output in made.outputs { periods[output.name] = period }
    }
    return periods
  }

  private func checkName(
    _ name: String, at position: SourcePosition, _ path: JSONPath, _ modules: [MadeModule]
  ) {
    let saved = modules.filter(\.config.isSaved).flatMap(names)
    guard !saved.contains(name) else { return }
    if modules.flatMap(names).contains(name) {
      mistakes.report(
        "\"\(name)\" has no pictures: it is not saved", at: position, path,
        suggestion: "add \"save\": true to its module")
      return
    }
    // Where sequences could not be read, nobody knows what they make.
    guard !saved.isEmpty else { return }
    let nearest = NearestName.best(for: name, among: saved).map { "did you mean \"\($0)\"?" }
    mistakes.report(
      "no module makes a variable \"\(name)\"", at: position, path,
      suggestion: nearest ?? "there are \(saved.joined(separator: ", "))")
  }

  private func names(_ made: MadeModule) -> [String] {
    made.outputs.map(\.name) + ((made.config.module as? any SourceModule)?.bands.map(\.variable.name) ?? [])
  }
}
