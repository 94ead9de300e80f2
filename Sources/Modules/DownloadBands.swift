internal import Engine
internal import JSON
internal import Raster

/// Reads the bands of a `download` and what their numbers mean, reporting every mistake.
struct DownloadBands {
  let arguments: ModuleArguments
  let scope: ModuleScope

  private var collections: [String] { arguments.texts("collection") ?? [] }

  func reportEmptySource() {
    scope.report(
      "\"download\" needs a source", at: "source", of: arguments,
      suggestion: "give a STAC API's address, or a file or folder with STAC items")
  }

  /// Reports a parameter that would do nothing.
  func refuse(_ name: String, because reason: String, instead suggestion: String) {
    guard arguments.node(name) != nil else { return }
    scope.report("\"\(name)\" would do nothing: \(reason)", at: name, of: arguments, suggestion: suggestion)
  }

  /// The bands without those that are named twice.
  func bands() -> [BandRequest] {
    let nodes = arguments.node("bands")?.array ?? []
    let path = arguments.path.appending("bands")
    var names: [String] = []
    for (index, node) in nodes.enumerated() {
      guard let name = node.string else { continue }
      if name.isEmpty || name == "*" {
        scope.report(
          Diagnostic(
            path: path.appending(index), position: node.position, message: "\"\(name)\" is no band's name"))
      } else if names.contains(name) {
        scope.report(
          Diagnostic(
            path: path.appending(index), position: node.position, message: "\"\(name)\" is named twice"))
      } else {
        names.append(name)
      }
    }
    checkOverrides()
    let requests = names.map(request)
    for (index, request) in requests.enumerated()
    where requests[..<index].contains(where: { $0.name == request.name }) {
      scope.report(
        Diagnostic(
          path: path, position: arguments.node("bands")?.position ?? arguments.node.position,
          message: "two bands have the name \"\(request.name)\" in results"))
    }
    return requests
  }

  /// Whether the source may be one of granules, whose variables are named by paths; a catalogue's bands have no paths.
  private var mayBeGranules: Bool {
    guard let source = arguments.text("source"), arguments.node("regrid") == nil else { return true }
    return !source.contains("://") && !source.lowercased().hasSuffix(".json")
  }

  /// What a variable of a granule is called in results: "geophysical_data/Rrs@443" is "Rrs_443".
  static func resultName(of name: String) -> String {
    guard name.contains(where: { "/@[".contains($0) }) else { return name }
    let last = name.split(separator: "/").last.map(String.init) ?? name
    let plain = last.map { "@[.".contains($0) ? "_" : $0 }.filter { $0 != "]" }
    return String(plain)
  }

  /// Whether scenes may have a band of this name: one of a known product's bands, or of a product that is not known any
  /// that is not nearly the name of something else.
  func mayBeThere(_ name: String) -> Bool {
    guard !name.isEmpty, name != "*" else { return false }
    let sensors = collections.compactMap { scope.sensors.sensor(collection: $0) }
    if sensors.contains(where: { $0.band(named: name) != nil || $0.qualityLayer(named: name) != nil }) {
      return true
    }
    // "nvdi" is a result that was to be there, not a band. Bands with numbers have names alike, such as B03 and B04: which
    // of them are not there the plan says, which knows the files.
    let others = scope.entries.filter { $0.band == nil || !name.contains(where: \.isNumber) }
    let known = others.map(\.variable.name) + ModuleRegistry.names
    return sensors.isEmpty && NearestName.best(for: name, among: known) == nil
  }

  /// What the bands of the collections' sensors are usually called.
  var sensorBands: [String] {
    var names: [String] = []
    for sensor in collections.compactMap({ scope.sensors.sensor(collection: $0) }) {
      let bands = sensor.bands.compactMap { band in
        band.role.map(\.rawValue).flatMap { band.names.contains($0) ? $0 : nil } ?? band.names.first
      }
      names += (bands + sensor.quality.compactMap(\.bandNames.first)).filter { !names.contains($0) }
    }
    return names
  }

  /// Reports what is said of bands that are not there, once all are known: those listed and those modules need.
  func check(_ bands: [BandRequest]) {
    if bands.isEmpty {
      scope.report(
        "\"download\" is given no band, and no module needs one", at: "bands", of: arguments,
        suggestion: "list some in \"bands\"")
    }
    let names = bands.map(\.name)
    checkKeys(of: "overrides", among: names)
    checkKeys(of: "resampling", among: names)
    for member in arguments.node("resampling")?.members ?? []
    where member.node.string != Download.Resampling.nearest.rawValue {
      guard bands.contains(where: { $0.name == member.key && $0.isQuality }) else { continue }
      scope.report(
        Diagnostic(
          path: arguments.path.appending("resampling").appending(member.key), position: member.node.position,
          message: "\"\(member.key)\" is a quality layer: its bits and classes cannot be averaged",
          suggestion: "use \"nearest\""))
    }
  }

  /// The resampling by band, "*" for all others.
  func resamplings() -> [String: Download.Resampling] {
    guard let node = arguments.node("resampling") else { return [:] }
    if let all = node.string.flatMap(Download.Resampling.init(rawValue:)) { return ["*": all] }
    var result: [String: Download.Resampling] = [:]
    for member in node.members ?? [] {
      result[member.key] = member.node.string.flatMap(Download.Resampling.init(rawValue:))
    }
    return result
  }

  private func checkKeys(of parameter: String, among names: [String]) {
    for member in arguments.node(parameter)?.members ?? []
    where member.key != "*" && !names.contains(member.key) {
      scope.report(
        Diagnostic(
          path: arguments.path.appending(parameter).appending(member.key), position: member.keyPosition,
          message: "\"\(member.key)\" is not among the bands (\(names.joined(separator: ", ")))",
          name: member.key, among: names))
    }
  }

  /// How a band is asked for.
  func request(_ name: String) -> BandRequest {
    let plain = mayBeGranules ? Self.resultName(of: name) : name
    guard plain != name else { return namedRequest(name) }
    var request = namedRequest(plain)
    request.aliases = [name, plain]
    return request
  }

  private func namedRequest(_ name: String) -> BandRequest {
    let sensors = collections.compactMap { scope.sensors.sensor(collection: $0) }
    if let layer = scope.sensors.qualityLayer(band: name, collections: collections) {
      let others = layer.bandNames.filter { $0 != name }
      return BandRequest(
        name: name,
        variable: Variable(
          name: name, longName: layer.name, statisticsRange: BandRequest.rawRange, references: layer.reference
        ),
        aliases: [name] + others, isQuality: true,
        override: SampleEncoding(nodata: DownloadBands.nodata(arguments.node("overrides")?[name]?["nodata"])),
        fallback: SampleEncoding(nodata: layer.nodata.map(Double.init)), level: level(of: name))
    }
    let known = sensors.compactMap { sensor in sensor.band(named: name).map { (sensor, $0) } }
    let encodings = Set(known.map(\.1.encoding))
    // Products of two collections in one cube may store their numbers in different ways.
    let fallback = encodings.count == 1 && known.count == collections.count ? encodings.first : nil
    return BandRequest(
      name: name,
      variable: variable(name, band: known.first?.1, isRaw: isRaw(name)),
      aliases: aliases(of: name, known: known, sensors: sensors), isQuality: false,
      override: override(of: name), fallback: fallback ?? SampleEncoding(), level: level(of: name))
  }

  /// The name, then the other names of the same band; none that is another band in one of the collections.
  private func aliases(of name: String, known: [(Sensor, SensorBand)], sensors: [Sensor]) -> [String] {
    var aliases = [name]
    for alias in known.flatMap(\.1.names) where !aliases.contains(alias) {
      let isOther = sensors.contains { sensor in
        guard let meant = sensor.band(named: alias) else { return false }
        return !known.contains { $0.0.id == sensor.id && $0.1 == meant }
      }
      if !isOther { aliases.append(alias) }
    }
    return aliases
  }

  private func variable(_ name: String, band: SensorBand?, isRaw: Bool) -> Variable {
    if isRaw {
      return Variable(
        name: name, longName: "stored numbers of \(band?.title ?? name)",
        statisticsRange: BandRequest.rawRange)
    }
    if let band { return band.variable(named: name) }
    let isReflectance = scope.sensors.sensors.contains { $0.band(named: name)?.quantity == .reflectance }
    var variable = Variable(
      name: name, longName: name, statisticsRange: isReflectance ? -0.2...1.6 : -2...2)
    variable.origin = Variable.Origin(band: name)
    return statedRegridding?.described(variable) ?? variable
  }

  /// What the config says about a band: its own override, then "*", then `scale`.
  private func override(of name: String) -> SampleEncoding {
    var result = SampleEncoding()
    for key in [name, "*"] {
      guard let node = arguments.node("overrides")?[key] else { continue }
      var encoding = node["scale"].map(DownloadBands.scale) ?? SampleEncoding()
      encoding.nodata = DownloadBands.nodata(node["nodata"])
      if encoding.scale != nil, let offset = node["offset"]?.double { encoding.offset = offset }
      result = result.or(encoding)
    }
    if let scale = arguments.node("scale") { result = result.or(DownloadBands.scale(scale)) }
    return result
  }

  /// The level that the config names for a band.
  private func level(of name: String) -> Double? {
    let overrides = arguments.node("overrides")
    return (overrides?[name]?["level"] ?? overrides?["*"]?["level"])?.double
  }

  /// Whether the scale that counts for a band is "none".
  private func isRaw(_ name: String) -> Bool {
    let overrides = arguments.node("overrides")
    let scale = overrides?[name]?["scale"] ?? overrides?["*"]?["scale"] ?? arguments.node("scale")
    return scale?.string == "none"
  }

  /// Every finite number.
  static let nodataRange = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude

  private static func nodata(_ node: JSONNode?) -> Double? {
    guard let node else { return nil }
    return node.double ?? node.string.flatMap { Double($0) }
  }

  private static func scale(_ node: JSONNode) -> SampleEncoding {
    SampleEncoding(scale: node.double ?? 1, offset: 0)
  }

  /// Reports overrides that say nothing clear.
  private func checkOverrides() {
    for member in arguments.node("overrides")?.members ?? [] {
      let path = arguments.path.appending("overrides").appending(member.key)
      if scope.sensors.qualityLayer(band: member.key, collections: collections) != nil {
        for key in ["scale", "offset"] {
          guard let wrong = member.node[key] else { continue }
          let message = "\"\(member.key)\" is a quality layer: bits and classes have no \(key)"
          scope.report(Diagnostic(path: path.appending(key), position: wrong.position, message: message))
        }
      } else if let offset = member.node["offset"], member.node["scale"]?.double == nil {
        scope.report(
          Diagnostic(
            path: path.appending("offset"), position: offset.position,
            message: "an offset needs its scale beside it",
            suggestion: "give both: {\"scale\": …, \"offset\": …}"))
      }
    }
  }
}
