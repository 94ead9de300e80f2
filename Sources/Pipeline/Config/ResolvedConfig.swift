import Engine
import Geo
import JSON
import Modules

/// Writes a config with every default filled in, one way of writing for one meaning: itself a config.
struct ResolvedConfig {
  let config: PipelineConfig
  /// The area as the file has it.
  let area: JSONNode?
  /// Products of the config's own, as the file has them.
  let sensors: JSONNode?
  /// What the jobs of a cluster are given, as the file has it.
  var cluster: JSONNode?
  /// In the order they run.
  let sequences: [SequenceDraft]

  var value: JSONValue {
    var value: JSONValue = ["pipeline": .string(config.name), "area": areaValue]
    if let dates = config.dates {
      value["dates"] = [
        "start": .string(dates.lowerBound.description), "end": .string(dates.upperBound.description),
      ]
    }
    // No key without them: a run of an earlier version goes on.
    if let sensors { value["sensors"] = sensors.plain.canonical }
    value["output"] = output
    value["resources"] = .object(JSONObject(resources(config.resources, keys: ResolvedConfig.resourceKeys)))
    value["run_mode"] = .string(config.runMode.rawValue)
    if let cluster { value["cluster"] = cluster.plain.canonical }
    value["sequences"] = .array(sequences.map(sequence))
    return value
  }

  private var areaValue: JSONValue {
    switch config.area {
    case .native: return "native"
    case .like: return ["like": area?["like"]?.plain ?? .null]
    case .box(var box, let crs, let target):
      // As a config has a box across the antimeridian.
      if crs == nil, box.minX > box.maxX { box.maxX += 360 }
      var value: JSONValue = ["bbox": .array(box.array.map(JSONValue.number))]
      value["bbox_crs"] = crs.map(JSONValue.string)
      return filled(value, target).canonical
    case .around(let longitude, let latitude, let buffer, let target):
      let value: JSONValue = [
        "around": .array([.number(longitude), .number(latitude)]), "buffer": .number(buffer),
      ]
      return filled(value, target).canonical
    case .geometry(_, let target):
      return filled(["geometry": (area?["geometry"]?.plain ?? .null).canonical], target).canonical
    }
  }

  private func filled(_ value: JSONValue, _ target: GridTarget) -> JSONValue {
    var value = value
    value["crs"] = target.crs.map(JSONValue.string)
    value["resolution"] = target.resolution.map { .array([.number($0.x), .number($0.y)]) }
    return value
  }

  private var output: JSONValue {
    var value: JSONValue = [
      "location": .string(config.output.location),
      // Which formats there are matters, not their order.
      "formats": .array(
        OutputFormat.allCases.filter(config.output.formats.contains).map { .string($0.rawValue) }),
    ]
    value["layout"] = .string(config.output.layout.rawValue)
    value["allow_empty"] = .bool(config.output.allowsEmpty)
    value["deflate"] = .integer(config.output.deflateLevel)
    value["upload"] = config.output.upload.map(JSONValue.string)
    value["work"] = config.output.work.map(JSONValue.string)
    value["delete_local"] = .bool(config.output.deleteLocal)
    value["pictures"] = config.output.pictures.json
    return value
  }

  private static let resourceKeys = ConfigKeys.resources.map(\.name)

  private func resources(_ resources: Resources, keys: [String]) -> [JSONObject.Member] {
    keys.map { key in
      switch key {
      case "threads": return (key, .integer(resources.threads))
      case "memory": return (key, .integer(resources.memory))
      case "connections": return (key, .integer(resources.connections))
      default:
        guard case .size(let width, let height) = resources.chunk else { return (key, "auto") }
        return (key, [.integer(height), .integer(width)])
      }
    }
  }

  private func sequence(_ draft: SequenceDraft) -> JSONValue {
    let sequence = draft.config
    return [
      "name": .string(sequence.name),
      "depends_on": .array(sequence.dependsOn.sorted().map(JSONValue.string)),
      "modules": .array(draft.modules.map(module)),
    ]
  }

  private func module(_ made: MadeModule) -> JSONValue {
    var value: JSONValue = ["module": .string(made.config.name)]
    value["as"] = made.resolved["as"]
    if ![.wholeRun, .table].contains(type(of: made.config.module).descriptor.shape) {
      value["save"] = .bool(made.config.isSaved)
    }
    for parameter in type(of: made.config.module).descriptor.parameters {
      value[parameter.name] = made.resolved[parameter.name]
    }
    if let download = made.config.module as? Download, download.searchesCMR {
      // What holds for NASA's archives where the config says nothing.
      for (key, text) in [("sign", "earthdata"), ("mode", "copy")] where made.draft.object[key] == nil {
        value[key] = .string(text)
      }
    }
    value["encoding"] = EncodingReader.value(of: made.config.encoding)
    if let overrides = made.draft.object["resources"]?.members {
      let keys = ResolvedConfig.resourceKeys.filter { key in overrides.contains { $0.key == key } }
      value["resources"] = .object(JSONObject(resources(made.config.resources, keys: keys)))
    }
    if made.draft.object["run_mode"] != nil {
      value["run_mode"] = .string(made.config.runMode.rawValue)
    }
    return value
  }
}

extension JSONValue {
  /// The value with the keys of objects in order and whole numbers without a point: 30.0 is 30.
  /// A list with each of its elements once, in one order; any other value as it is.
  var sortedElements: JSONValue {
    guard let elements = array else { return self }
    let texts = Dictionary(elements.map { ($0.text(), $0) }) { first, _ in first }
    return .array(texts.sorted { $0.key < $1.key }.map(\.value))
  }

  var canonical: JSONValue {
    switch self {
    case .number(let number): Int(exactly: number).map(JSONValue.integer) ?? self
    case .array(let elements): .array(elements.map(\.canonical))
    case .object(let object):
      .object(JSONObject(object.members.sorted { $0.key < $1.key }.map { ($0.key, $0.value.canonical) }))
    case .null, .bool, .integer, .string: self
    }
  }
}
