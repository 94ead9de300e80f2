internal import Engine
public import JSON

/// Reads tables of sensors, Apus's own and those of configs, reporting every mistake.
///
/// Keys and types are those of `SensorTable.parameterType`, checked before.
public struct SensorTableReader {
  public private(set) var diagnostics: [Diagnostic] = []
  private var isBuiltIn = false

  /// Reads a config's `sensors`.
  ///
  /// - Parameters:
  ///   - node: the object, with keys and types as they should be.
  ///   - path: where it stands.
  /// - Returns: the config's products before those of Apus. One that bears the name of a product of Apus changes
  ///   what it gives of that: key by key, flags whole.
  public static func read(_ node: JSONNode?, path: JSONPath) -> (table: SensorTable, mistakes: [Diagnostic]) {
    var reader = SensorTableReader()
    var sensors: [Sensor] = []
    let known = builtInNode?.members ?? []
    for member in node?.members ?? [] {
      let base = known.first { $0.key == member.key }?.node
      let whole = base.map { merge(member.node, over: $0) } ?? member.node
      sensors.append(reader.sensor(member.key, whole, given: member.node, path: path.appending(member.key)))
    }
    let others = SensorTable.builtIn.sensors.filter { other in !sensors.contains { $0.id == other.id } }
    return (SensorTable(sensors: sensors + others), reader.diagnostics)
  }

  /// The products of Apus; a mistake in their text would leave one out (a test sees that there is none).
  static func builtIn() -> [Sensor] {
    var reader = SensorTableReader()
    reader.isBuiltIn = true
    return (builtInNode?.members ?? []).map {
      reader.sensor($0.key, $0.node, given: $0.node, path: .root)
    }
  }

  private static var builtInNode: JSONNode? { try? JSONParser.parse(Array(SensorTable.builtInText.utf8)) }

  /// Puts what a config gives over what Apus has: the config's own first.
  private static func merge(_ node: JSONNode, over base: JSONNode) -> JSONNode {
    guard let own = node.members, var rest = base.members else { return node }
    // They belong together.
    if own.contains(where: { $0.key == "scale" || $0.key == "offset" }) {
      rest.removeAll { $0.key == "scale" || $0.key == "offset" }
    }
    var members: [JSONNode.Member] = []
    for member in own {
      var node = member.node
      if let place = rest.firstIndex(where: { $0.key == member.key }) {
        let present = rest.remove(at: place).node
        switch member.key {
        // Each flag is one thing: its parts are not mixed.
        case "flags": node = joined(node, present)
        case "collections":
          node = JSONNode(
            value: .array((node.array ?? []) + (present.array ?? [])), position: node.position)
        default: node = merge(node, over: present)
        }
      }
      members.append(JSONNode.Member(key: member.key, keyPosition: member.keyPosition, node: node))
    }
    return JSONNode(value: .object(members + rest), position: node.position)
  }

  private static func joined(_ node: JSONNode, _ base: JSONNode) -> JSONNode {
    let own = node.members ?? []
    let rest = (base.members ?? []).filter { member in !own.contains { $0.key == member.key } }
    return JSONNode(value: .object(own + rest), position: node.position)
  }

  // MARK: Sensors and bands

  private mutating func sensor(_ id: String, _ node: JSONNode, given: JSONNode, path: JSONPath) -> Sensor {
    if id.isEmpty { report("a product's name must not be empty", given, path) }
    let title = node["title"]?.string ?? id
    let encoding = encoding(node, over: SampleEncoding(), path)
    let bands = (node["bands"]?.members ?? []).map {
      band($0.key, $0.node, encoding, path.appending("bands").appending($0.key))
    }
    checkNames(given["bands"], path: path.appending("bands"))
    let quality = (node["quality"]?.members ?? []).map { member in
      qualityLayer(member.key, member.node, of: title, path.appending("quality").appending(member.key))
    }
    return Sensor(
      id: id, name: title, collections: texts(node["collections"]), bands: bands, quality: quality,
      baseline: node["baseline"].flatMap { baseline($0, path.appending("baseline")) }, isBuiltIn: isBuiltIn)
  }

  private mutating func band(
    _ id: String, _ node: JSONNode, _ encoding: SampleEncoding, _ path: JSONPath
  ) -> SensorBand {
    let names = texts(node["names"])
    let role = BandRole(rawValue: node["role"]?.string ?? id)
    let quantity = node["quantity"]?.string.flatMap(SensorBand.Quantity.init(rawValue:)) ?? .reflectance
    return SensorBand(
      id: id, names: names.contains(id) ? names : names + [id],
      title: node["title"]?.string ?? role?.title ?? id,
      role: role, quantity: quantity, units: node["units"]?.string ?? (quantity == .temperature ? "K" : "1"),
      wavelength: node["wavelength"]?.double,
      encoding: self.encoding(node, over: encoding, path))
  }

  /// What stored numbers mean: scale and offset belong together.
  private mutating func encoding(_ node: JSONNode, over base: SampleEncoding, _ path: JSONPath)
    -> SampleEncoding
  {
    var encoding = base
    if let scale = node["scale"] {
      if scale.double == 0 {
        report("a scale of 0 leaves nothing of the numbers", scale, path.appending("scale"))
      }
      encoding.scale = scale.double
      encoding.offset = 0
    }
    if let offset = node["offset"]?.double {
      encoding.offset = offset
      encoding.scale = encoding.scale ?? 1
    }
    encoding.nodata = node["nodata"]?.double ?? encoding.nodata
    return encoding
  }

  /// A name that two bands have would stand for either.
  private mutating func checkNames(_ bands: JSONNode?, path: JSONPath) {
    var owners: [String: String] = [:]
    for band in bands?.members ?? [] {
      for (place, node) in (band.node["names"]?.array ?? []).enumerated() {
        guard let name = node.string else { continue }
        let path = path.appending(band.key).appending("names").appending(place)
        if name.isEmpty { report("a band's name must not be empty", node, path) }
        if let owner = owners[name], owner != band.key {
          report("\"\(name)\" is a name of \"\(owner)\" already", node, path)
        }
        owners[name] = band.key
      }
    }
  }

  private mutating func baseline(_ node: JSONNode, _ path: JSONPath) -> ProcessingBaseline? {
    let properties = texts(node["properties"])
    guard !properties.isEmpty, let since = node["since"]?.double, let offset = node["offset"]?.double else {
      report("a baseline needs \"properties\", \"since\" and \"offset\"", node, path)
      return nil
    }
    return ProcessingBaseline(
      properties: properties, since: since, offset: offset, applied: texts(node["applied"]))
  }

  // MARK: Quality layers

  private mutating func qualityLayer(
    _ id: String, _ node: JSONNode, of sensor: String, _ path: JSONPath
  ) -> QualityLayer {
    let names = texts(node["names"])
    var fields: [QualityField] = []
    for flag in node["flags"]?.members ?? [] {
      let reader = QualityFlagReader(
        name: flag.key, node: flag.node, path: path.appending("flags").appending(flag.key))
      switch reader.field() {
      case .success(let field): fields.append(field)
      case .failure(let mistake): diagnostics.append(mistake.diagnostic)
      }
    }
    return QualityLayer(
      name: node["title"]?.string ?? "\(id) of \(sensor)",
      bandNames: names.contains(id) ? names : names + [id],
      nodata: node["nodata"]?.integer.flatMap { UInt16(exactly: $0) }, reference: node["reference"]?.string,
      fields: fields)
  }

  private func texts(_ node: JSONNode?) -> [String] { node?.array?.compactMap(\.string) ?? [] }

  private mutating func report(_ message: String, _ node: JSONNode, _ path: JSONPath) {
    diagnostics.append(Diagnostic(path: path, position: node.position, message: message))
  }
}
