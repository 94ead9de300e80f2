internal import Engine
internal import JSON

/// Reads the parameters of `index`, reporting every mistake.
struct IndexReader {
  let arguments: ModuleArguments
  let scope: ModuleScope

  /// The indices that `name` names.
  func indices() -> [SpectralIndex] {
    let list = arguments.node("name")?.array
    let isCapNamed = (arguments.texts("name") ?? []).contains { capName($0) != nil }
    if !isCapNamed, arguments.node("coefficients") != nil {
      scope.report(
        "only \(TasselledCap.names.joined(separator: ", ")) have coefficients", at: "coefficients",
        of: arguments)
    }
    var indices: [SpectralIndex] = []
    for (place, name) in (arguments.texts("name") ?? []).enumerated() {
      let node = list?[place] ?? arguments.node("name") ?? arguments.node
      let path = arguments.path.appending("name")
      guard let index = index(name, node, list == nil ? path : path.appending(place)) else { continue }
      if indices.contains(where: { $0.name == index.name }) {
        report("\"\(name)\" is named twice", node, list == nil ? path : path.appending(place))
        continue
      }
      indices.append(index)
    }
    return indices
  }

  private func capName(_ name: String) -> Int? {
    TasselledCap.names.firstIndex { $0.lowercased() == name.lowercased() }
  }

  private func index(_ name: String, _ node: JSONNode, _ path: JSONPath) -> SpectralIndex? {
    if let place = capName(name) {
      guard let cap = tasselledCap() else {
        report(
          "whose tasselled cap \"\(name)\" is to be depends on the sensor, which is not known", node, path,
          suggestion: "add \"coefficients\": "
            + TasselledCap.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: " or "))
        return nil
      }
      return cap.indices[place]
    }
    if let index = SpectralIndexTable.index(named: name) { return index }
    let alike = SpectralIndexTable.all.map(\.name).filter { $0.lowercased() == name.lowercased() }
    let nearest = SpectralIndexTable.nearest(to: name)
    report(
      alike.isEmpty
        ? "there is no index \"\(name)\"" : "\"\(name)\" may be any of \(alike.joined(separator: ", "))",
      node, path,
      suggestion: alike.isEmpty
        ? nearest.map { "did you mean \"\($0)\"?" }
          ?? "\"apus indices\" lists them; write others with \"expression\""
        : "write it as the list does")
    return nil
  }

  private func tasselledCap() -> TasselledCap? {
    if let own = arguments.text("coefficients") { return TasselledCap(rawValue: own) }
    let caps = scope.collections.map { collection in
      scope.sensors.sensor(collection: collection).flatMap { TasselledCap.standard(forSensor: $0.id) }
    }
    guard let first = caps.first, caps.allSatisfy({ $0 == first }) else { return nil }
    return first
  }

  /// The constants that the config changes.
  func constants(of indices: [SpectralIndex]) -> [String: Double] {
    var constants: [String: Double] = [:]
    let known = Set(indices.flatMap(\.constants))
    for member in arguments.node("constants")?.members ?? [] {
      guard known.contains(member.key) else {
        // Where an index is not known, nobody knows its constants either.
        guard indices.count == (arguments.texts("name") ?? []).count else { continue }
        let names = IndexConstants.all.map(\.name).filter(known.contains)
        scope.report(
          Diagnostic(
            path: arguments.path.appending("constants").appending(member.key), position: member.keyPosition,
            message: names.isEmpty
              ? "the formula has no constants"
              : "no formula here has a constant \"\(member.key)\"; there \(names.count == 1 ? "is" : "are") "
                + names.joined(separator: ", "),
            suggestion: NearestName.best(for: member.key, among: names).map { "did you mean \"\($0)\"?" }))
        continue
      }
      constants[member.key] = member.node.double
    }
    return constants
  }

  /// The constants of the formulas, those without a usual value included; nil, with a report, when one is not known.
  ///
  /// - Parameters:
  ///   - given: the config's own.
  ///   - entries: the variables that serve as the bands.
  func allConstants(
    of indices: [SpectralIndex], given: [String: Double], _ entries: [IndexBand: ModuleScope.Entry]
  ) -> [String: Double]? {
    var constants = given
    let before = scope.diagnostics.count
    for index in indices {
      var missing: [String] = []
      for name in index.openConstants where constants[name] == nil {
        let known = IndexConstants.band(ofWavelength: name).flatMap { band in
          finder("index").wavelength(of: band.role, in: entries[band])
        }
        constants[name] = known
        if known == nil { missing.append(name) }
      }
      guard !missing.isEmpty else { continue }
      let titles = IndexConstants.all.filter { missing.contains($0.name) }.map { "\($0.name) (\($0.title))" }
      let examples = missing.map { "\"\($0)\": \(IndexConstants.band(ofWavelength: $0)?.example ?? "…")" }
      scope.report(
        "\"\(index.name)\" needs \(titles.joined(separator: " and ")), which "
          + (missing.contains { $0.hasPrefix("lambda") } ? "the sensor does not tell" : "no table knows"),
        at: "name", of: arguments,
        suggestion: "name \(missing.count == 1 ? "it" : "them"): \"constants\": "
          + "{\(examples.joined(separator: ", "))}")
    }
    return scope.diagnostics.count == before ? constants : nil
  }

  /// Refuses bands that no formula reads, and indices whose bands the sensor lacks.
  func checkBands(of indices: [SpectralIndex]) {
    guard indices.count == (arguments.texts("name") ?? []).count else { return }
    let used = Set(indices.flatMap(\.bands).map(\.role))
    for member in arguments.node("bands")?.members ?? []
    where BandRole(rawValue: member.key).map({ !used.contains($0) }) ?? false {
      scope.report(
        Diagnostic(
          path: arguments.path.appending("bands").appending(member.key), position: member.keyPosition,
          message:
            "\(indices.map(\.name).joined(separator: ", ")) \(indices.count == 1 ? "does" : "do") not use "
            + member.key))
    }
    let finder = finder("index")
    for index in indices {
      let missing = index.bands.map(\.role).filter { !finder.canFind($0) }
      guard let role = missing.first else { continue }
      let all = missing.map { "\($0.title) (\($0.rawValue))" }.joined(separator: " and ")
      let there = Set(BandRole.allCases.filter { finder.canFind($0) })
      let nearest = SpectralIndexTable.nearest(to: index, with: there)
      scope.report(
        "\"\(index.name)\" needs \(all), which \(finder.product ?? "no downloaded band") "
          + (finder.product == nil ? "is known as" : "has not"), at: "name", of: arguments,
        suggestion: (nearest.map { "\"\($0.name)\" (\($0.longName)) is the nearest that works; or " } ?? "")
          + "name a variable: \"bands\": {\"\(role.rawValue)\": …}")
    }
  }

  func finder(_ module: String) -> BandFinder {
    BandFinder(scope: scope, arguments: arguments, module: module)
  }

  /// The names of the results; nil, with a report, when one cannot be.
  func resultNames(_ indices: [SpectralIndex]) -> [String]? {
    let names = indices.map { index in
      let own = index.name.lowercased()
      return arguments.text("as").map { indices.count == 1 ? $0 : "\($0)_\(own)" } ?? own
    }
    if let twice = names.first(where: { name in names.count { $0 == name } > 1 }) {
      scope.report(
        "two of these indices would be called \"\(twice)\"", at: "name", of: arguments,
        suggestion: "put them into modules of their own, with \"as\"")
      return nil
    }
    let usable = names.compactMap { scope.resultName($0, of: arguments) }
    return usable.count == names.count ? usable : nil
  }

  /// Refuses stored numbers where the formula needs reflectance.
  func refuseRaw(_ names: [String]) {
    guard let raw = names.compactMap({ scope.entry($0) }).first(where: { $0.band?.isRaw ?? false }) else {
      return
    }
    scope.report(
      "the formula needs reflectance, and \"\(raw.variable.name)\" is kept as stored numbers", at: "name",
      of: arguments, suggestion: "leave out \"scale\": \"none\" in \"download\"")
  }

  private func report(_ message: String, _ node: JSONNode, _ path: JSONPath, suggestion: String? = nil) {
    scope.report(Diagnostic(path: path, position: node.position, message: message, suggestion: suggestion))
  }
}

extension IndexBand {
  /// About where the band lies, in nanometres, to be named in advice.
  fileprivate var example: String? {
    switch self {
    case .green: "560"
    case .red: "655"
    case .nir, .nir08: "865"
    case .swir1: "1610"
    case .swir2: "2200"
    default: nil
    }
  }
}
