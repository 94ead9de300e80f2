internal import Engine
internal import JSON

/// Reads the table of a `lookup`.
struct LookupReader {
  let arguments: ModuleArguments
  let scope: ModuleScope

  /// Nil when a mistake was reported.
  func read() -> (ModuleFile, LookupTable)? {
    guard let node = arguments.node("table"), let file = scope.file(at: "table", of: arguments) else {
      return nil
    }
    do throws(LookupTable.Mistake) {
      guard !isText(file) else { return (file, try readText(file)) }
      let path = arguments.path.appending("table")
      guard let arrays = scope.arrays(of: file, node: node, path: path) else { return nil }
      return (file, try LookupTable(arrays, variable: arguments.text("variable") ?? "reflectance"))
    } catch {
      scope.report("\"\(file.name)\": \(error.message)", at: "table", of: arguments)
      return nil
    }
  }

  private func isText(_ file: ModuleFile) -> Bool {
    file.name.lowercased().hasSuffix(".csv") || file.name.lowercased().hasSuffix(".txt")
  }

  private func readText(_ file: ModuleFile) throws(LookupTable.Mistake) -> LookupTable {
    let text: CSVText
    do throws(CSVText.Mistake) {
      text = try CSVText(file.bytes)
    } catch {
      throw LookupTable.Mistake(message: error.message)
    }
    // The bands that the config names; else the columns that a sensor or a variable is called by.
    var bands = arguments.node("bands")?.members?.map(\.key) ?? []
    if bands.isEmpty {
      let known = Set(scope.sensors.sensors.flatMap(\.bands).flatMap(\.names))
      bands = text.columns.filter { known.contains($0) || scope.entry($0) != nil }
    }
    guard !bands.isEmpty else {
      throw LookupTable.Mistake(
        message:
          "none of its columns (\(text.columns.prefix(20).joined(separator: ", "))) is called as a band is: which "
          + "are bands, \"bands\" must say: {\"490\": \"blue\", …}")
    }
    return try LookupTable(text, bands: bands)
  }
}

/// Finds the variables that are a table's bands.
struct LookupBands {
  let table: LookupTable
  let arguments: ModuleArguments
  let scope: ModuleScope

  /// The table's bands with their variables; nil when a mistake was reported.
  func matched() -> [(band: Int, entry: ModuleScope.Entry)]? {
    let before = scope.diagnostics.count
    let found =
      arguments.node("bands").flatMap(\.members).map(named)
      ?? table.bands.enumerated().compactMap { place, band in
        entry(for: band).map { (band: place, entry: $0) }
      }
    if found.isEmpty, scope.diagnostics.count == before {
      scope.report("no band is left to be compared", at: "bands", of: arguments)
    }
    for (_, entry) in found where entry.band?.isQuality == true {
      scope.report(
        "\"\(entry.variable.name)\" holds bits or classes, not reflectance", at: "bands", of: arguments)
    }
    for (_, entry) in found where entry.band?.isRaw ?? false {
      scope.report(
        "\"lookup\" needs reflectance, and \"\(entry.variable.name)\" is kept as stored numbers", at: nil,
        of: arguments,
        suggestion: "leave out \"scale\": \"none\" in \"download\"")
    }
    return scope.diagnostics.count == before ? found : nil
  }

  /// Those that the config names.
  private func named(_ members: [JSONNode.Member]) -> [(band: Int, entry: ModuleScope.Entry)] {
    members.compactMap { member in
      let path = arguments.path.appending("bands").appending(member.key)
      guard let band = place(of: member.key) else {
        scope.report(
          Diagnostic(
            path: path, position: member.keyPosition,
            message:
              "the table has no band \"\(member.key)\" (it has \(table.bands.map(\.title).joined(separator: ", ")))",
            name: member.key, among: table.bands.compactMap(\.name)))
        return nil
      }
      let entry = member.node.string.flatMap { scope.variable($0, node: member.node, path: path) }
      return entry.map { (band, $0) }
    }
  }

  /// The band with a name, or the one within 10 nm of a wavelength.
  private func place(of key: String) -> Int? {
    if let place = table.bands.firstIndex(where: { $0.name == key }) { return place }
    guard let wavelength = Double(key) else { return nil }
    func gap(_ place: Int) -> Double {
      table.bands[place].wavelength.map { abs($0 - wavelength) } ?? .infinity
    }
    return table.bands.indices.min { gap($0) < gap($1) }.flatMap { gap($0) <= 10 ? $0 : nil }
  }

  /// The variable for a band by its name, or by another name of the same band of the sensor.
  private func entry(for band: LookupTable.Band) -> ModuleScope.Entry? {
    let sensed = scope.collections.compactMap { scope.sensors.sensor(collection: $0) }
    if band.name == nil, let wavelength = band.wavelength {
      // The sensor's band whose centre is nearest, within 10 nm, as far as there is a variable of it.
      func gap(_ own: SensorBand) -> Double { own.wavelength.map { abs($0 - wavelength) } ?? .infinity }
      let near = sensed.flatMap(\.bands).filter { gap($0) <= 10 }.sorted { gap($0) < gap($1) }
      for name in near.flatMap(\.names) {
        if let entry = scope.entry(name) { return entry }
      }
    }
    guard let name = band.name else {
      scope.report(
        "the table's band at \(band.title) has no name", at: "bands", of: arguments,
        suggestion:
          "say which variable it is: \"bands\": {\"\(band.wavelength.map { "\($0)" } ?? "490")\": …}")
      return nil
    }
    let sensors = sensed.isEmpty ? scope.sensors.sensors : sensed
    let others = sensors.flatMap(\.bands).map(\.names).filter { $0.contains(name) }.flatMap { $0 }
    for other in [name] + others {
      if let entry = scope.entry(other) { return entry }
    }
    for other in [name] + others {
      if let entry = scope.entryOrBand(other) { return entry }
    }
    scope.report(
      "the table has a band \"\(name)\", and no variable here is it (here there are: \(scope.listedNames))",
      at: "bands", of: arguments,
      suggestion: "name the bands that are to be compared: \"bands\": {\"\(name)\": …}")
    return nil
  }
}

/// Which entries of a table are searched, and which parameters are written.
struct LookupSelection {
  /// Axes of the table.
  let outputs: [Int]
  /// By axis, the places that count; nil for all.
  private let allowed: [Set<Int>?]

  /// Nil when a mistake was reported.
  init?(table: LookupTable, arguments: ModuleArguments, scope: ModuleScope) {
    let before = scope.diagnostics.count
    var allowed = [Set<Int>?](repeating: nil, count: table.axes.count)
    let names = table.axes.map(\.name)
    func axis(_ member: JSONNode.Member, _ parameter: String) -> Int? {
      if let axis = names.firstIndex(of: member.key), member.key != LookupTable.zenith { return axis }
      scope.report(
        Diagnostic(
          path: arguments.path.appending(parameter).appending(member.key), position: member.keyPosition,
          message: member.key == LookupTable.zenith
            ? "the sun's angle is not searched" : "the table has no parameter \"\(member.key)\"",
          suggestion: member.key == LookupTable.zenith
            ? "use \"solar_zenith\"" : "it has \(names.joined(separator: ", "))"))
      return nil
    }
    func restrict(_ axis: Int, _ member: JSONNode.Member, _ parameter: String, to isAllowed: (Double) -> Bool)
    {
      let places = table.axes[axis].values.indices.filter { isAllowed(table.axes[axis].values[$0]) }
      if places.isEmpty {
        let values = table.axes[axis].values.map { "\($0)" }.joined(separator: ", ")
        scope.report(
          Diagnostic(
            path: arguments.path.appending(parameter).appending(member.key), position: member.node.position,
            message: "no value of \"\(member.key)\" is that (it has \(values))"))
      }
      allowed[axis] = (allowed[axis] ?? Set(table.axes[axis].values.indices)).intersection(places)
    }
    for member in arguments.node("fixed")?.members ?? [] {
      guard let axis = axis(member, "fixed"), let value = member.node.double else { continue }
      restrict(axis, member, "fixed") { $0 == value }
    }
    for member in arguments.node("range")?.members ?? [] {
      guard let axis = axis(member, "range"), let ends = member.node.array?.compactMap(\.double),
        ends.count == 2
      else { continue }
      restrict(axis, member, "range") { $0 >= ends[0] && $0 <= ends[1] }
    }
    let fixed = Set((arguments.node("fixed")?.members ?? []).map(\.key))
    var outputs: [Int] = []
    if let nodes = arguments.node("outputs")?.array {
      for (place, node) in nodes.enumerated() {
        // It is always there.
        if node.string == "distance" { continue }
        guard let name = node.string, let axis = names.firstIndex(of: name), name != LookupTable.zenith else {
          scope.report(
            Diagnostic(
              path: arguments.path.appending("outputs").appending(place), position: node.position,
              message: "the table has no parameter \"\(node.string ?? "")\"", name: node.string ?? "",
              among: names.filter { $0 != LookupTable.zenith }))
          continue
        }
        outputs.append(axis)
      }
    } else {
      outputs = names.indices.filter { names[$0] != LookupTable.zenith && !fixed.contains(names[$0]) }
    }
    self.outputs = outputs
    self.allowed = allowed
    guard scope.diagnostics.count == before else { return nil }
  }

  /// Whether an entry, by its places on the axes, is searched.
  func isUsed(_ places: [Int]) -> Bool {
    zip(places, allowed).allSatisfy { place, allowed in allowed?.contains(place) ?? true }
  }
}
