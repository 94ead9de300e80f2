internal import Engine
internal import JSON

/// Finds the variable that serves as red, near infrared, … for a module.
///
/// In this order: the name given in the module's `bands`; the downloaded band that the collection's sensor has
/// for the role; and where the collection is not known, the one that every sensor with such band names has.
struct BandFinder {
  let scope: ModuleScope
  let arguments: ModuleArguments
  /// What needs the bands, for messages: "ndvi".
  let module: String

  /// The variable for a role; nil when a mistake was reported.
  func entry(for role: BandRole) -> ModuleScope.Entry? {
    if let node = arguments.node("bands")?[role.rawValue], let name = node.string {
      let path = arguments.path.appending("bands").appending(role.rawValue)
      guard let entry = scope.variable(name, node: node, path: path) else { return nil }
      guard entry.band?.isQuality != true, !entry.variable.storage.isFlags else {
        let kind = entry.band == nil ? "holds flags" : "is a quality layer"
        scope.report(
          Diagnostic(
            path: path, position: node.position, message: "\"\(name)\" \(kind), not \(role.title)"))
        return nil
      }
      return entry
    }
    let sensor = sensors.first
    if let sensor, let found = first(role, of: sensor) { return found }
    switch commonAnswer(for: role) {
    case .found(let entry): return entry
    case .ambiguous(let names):
      scope.report(
        "\"\(module)\" needs \(role.title) (\(role.rawValue)), and which of \(names.joined(separator: ", ")) that "
          + "is depends on the sensor, which is not known", at: "bands", of: arguments,
        suggestion: "name it: \"bands\": {\"\(role.rawValue)\": …}")
    case .none:
      // A product that Apus knows has its bands under known names: they need not be listed one by one.
      if let name = sensor.flatMap({ self.names(for: role, of: $0).first }), scope.entry(name) == nil,
        let entry = scope.addBand(name)
      {
        return entry
      }
      if let entry = commonBand(for: role) { return entry }
      let names = downloaded.map(\.variable.name)
      let here =
        names.isEmpty ? "no band is downloaded" : "none of \(names.joined(separator: ", ")) is known as it"
      let add = sensor?.bands(for: role).first?.names.first
      scope.report(
        "\"\(module)\" needs \(role.title) (\(role.rawValue)): \(here)", at: "bands", of: arguments,
        suggestion: add.map {
          "add \"\($0)\" to the bands of \"download\", or name one: "
            + "\"bands\": {\"\(role.rawValue)\": …}"
        } ?? "name it: \"bands\": {\"\(role.rawValue)\": …}")
    }
    return nil
  }

  /// The middle of the band in nanometres that serves in a role; nil where no sensor tells, or several differ.
  ///
  /// Of a variable that was computed, and where a formula does not read the band, it is that of the sensor's own band
  /// for the role.
  func wavelength(of role: BandRole, in entry: ModuleScope.Entry?) -> Double? {
    let name = entry.flatMap { entry in entry.band.map { _ in entry.variable.name } }
    let found = sensors.map { sensor in
      (name.flatMap { sensor.band(named: $0) } ?? sensor.bands(for: role).first)?.wavelength
    }
    guard let first = found.first, found.allSatisfy({ $0 == first }) else { return nil }
    return first
  }

  /// Whether there is a variable for a role, or the source can bring one. Nothing is reported or brought.
  func canFind(_ role: BandRole) -> Bool {
    if arguments.node("bands")?[role.rawValue] != nil { return true }
    if let sensor = sensors.first, first(role, of: sensor) != nil { return true }
    switch commonAnswer(for: role) {
    case .found, .ambiguous: return true
    case .none: break
    }
    if let sensor = sensors.first { return !names(for: role, of: sensor).isEmpty }
    return !isListed
  }

  /// What the products are called for people; nil where none is known.
  var product: String? {
    sensors.isEmpty ? nil : sensors.map(\.name).joined(separator: " and ")
  }

  /// Whether the config lists the bands that are read.
  private var isListed: Bool {
    downloaded.contains { entry in !isAdded(entry) }
  }

  /// Whether a module needed a band that the config does not list.
  private func isAdded(_ entry: ModuleScope.Entry) -> Bool {
    scope.addedBands.contains { $0.name == entry.variable.name }
  }

  /// The band that items of a product which is not known have under STAC's common name, where no band is listed.
  private func commonBand(for role: BandRole) -> ModuleScope.Entry? {
    guard sensors.isEmpty, !isListed, let name = role.commonNames.first, scope.entry(name) == nil else {
      return nil
    }
    return scope.addBand(name, others: Array(role.commonNames.dropFirst()))
  }

  private var downloaded: [ModuleScope.Entry] {
    scope.entries.filter { $0.band.map { !$0.isQuality } ?? false }
  }

  private func first(_ role: BandRole, of sensor: Sensor) -> ModuleScope.Entry? {
    let best = sensor.bands(for: role).first
    for name in names(for: role, of: sensor) {
      let lowercase = name.lowercased()
      guard let entry = downloaded.first(where: { $0.variable.name.lowercased() == lowercase }) else {
        continue
      }
      // A second-best band that came for another module's sake would make results depend on the order of modules.
      if !isAdded(entry) || sensors.isEmpty || sensor.band(named: name) == best { return entry }
    }
    return nil
  }

  /// The products of the source's collections, each once.
  private var sensors: [Sensor] {
    var sensors: [Sensor] = []
    for sensor in scope.collections.compactMap({ scope.sensors.sensor(collection: $0) })
    where !sensors.contains(where: { $0.id == sensor.id }) {
      sensors.append(sensor)
    }
    return sensors
  }

  /// The names of a sensor's bands for a role, best first: those that mean it in every collection of the source.
  ///
  /// "B05" is near infrared in HLS L30 and red edge in S30; "nir08" is right for both.
  private func names(for role: BandRole, of sensor: Sensor) -> [String] {
    sensor.bands(for: role).flatMap(\.names).filter { name in
      scope.collections.isEmpty || sensors.allSatisfy { $0.serves(role, with: name) }
    }
  }

  private enum Answer {
    case found(ModuleScope.Entry)
    case ambiguous([String])
    case none
  }

  /// What the sensors that know most of the downloaded names agree on. "B05" alone is red edge or near infrared.
  private func commonAnswer(for role: BandRole) -> Answer {
    let names = downloaded.filter { self.sensors.isEmpty || !isAdded($0) }.map(\.variable.name)
    let sensors = sensors.count > 1 ? sensors : scope.sensors.sensors
    let known = sensors.map { sensor in names.count { sensor.band(named: $0) != nil } }
    guard let most = known.max(), most > 0 else { return .none }
    let candidates = zip(sensors, known).filter { $0.1 == most }.map(\.0)
    let answers = candidates.compactMap { first(role, of: $0) }
    guard let answer = answers.first else { return .none }
    let name = answer.variable.name
    let others = answers.map(\.variable.name).filter { $0 != name }
    let disputed = candidates.contains { $0.band(named: name) != nil && !$0.serves(role, with: name) }
    if others.isEmpty && !disputed { return .found(answer) }
    return .ambiguous(([name] + others).reduce(into: []) { if !$0.contains($1) { $0.append($1) } })
  }
}

extension Sensor {
  /// Whether the band of a name can serve in a role.
  fileprivate func serves(_ role: BandRole, with name: String) -> Bool {
    band(named: name).map(bands(for: role).contains) ?? false
  }
}
