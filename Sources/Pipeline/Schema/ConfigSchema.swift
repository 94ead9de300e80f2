public import Engine
public import JSON
public import Modules

/// The JSON Schema of config files, for editors and other programs.
///
/// Generated from the modules' descriptors and the table of keys that reading checks against. It says all that
/// a schema can: names of variables, dates of the calendar and the order of modules are for `apus validate`.
public enum ConfigSchema {
  /// The schema, as JSON Schema draft 2020-12.
  public static func schema(modules: [any Module.Type] = ModuleRegistry.all) -> JSONValue {
    var definitions: JSONObject = [
      "area": area, "dates": dates,
      "output": object(
        ConfigKeys.output, "Where results go and in which form.", replacing: ["formats": formats]),
      "cluster": object(ConfigKeys.cluster, "What the jobs of a cluster are given."),
      "resources": resources, "sequence": sequence, "module": module(modules),
    ]
    for type in modules { definitions["module_" + type.descriptor.name] = definition(of: type.descriptor) }
    var root = object(
      ConfigKeys.pipeline, "A pipeline of Apus.",
      replacing: [
        "pipeline": ["type": "string", "minLength": 1],
        "area": ["anyOf": [["const": "native"], reference("area")]],
        "dates": reference("dates"), "output": reference("output"), "resources": reference("resources"),
        "cluster": reference("cluster"),
        "sequences": ["type": "array", "minItems": 1, "items": reference("sequence")],
      ])
    root["$defs"] = .object(definitions)
    var schema: JSONValue = [
      "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Apus pipeline",
    ]
    for (key, value) in root.object ?? [:] { schema[key] = value }
    return schema
  }

  private static func reference(_ name: String) -> JSONValue { ["$ref": .string("#/$defs/" + name)] }

  /// An object that has the keys of a table and no others.
  private static func object(
    _ keys: [ModuleParameter], _ description: String, replacing schemas: [String: JSONValue] = [:]
  ) -> JSONValue {
    var schema: JSONValue = [
      "type": "object", "description": .string(description),
      "properties": .object(
        JSONObject(keys.map { ($0.name, $0.documented(schemas[$0.name] ?? $0.type.schema)) })),
    ]
    let required = keys.filter(\.isRequired).map { JSONValue.string($0.name) }
    if !required.isEmpty { schema["required"] = .array(required) }
    schema["additionalProperties"] = false
    return schema
  }

  private static func fixedLength(_ schema: JSONValue, _ count: Int) -> JSONValue {
    var schema = schema
    schema["minItems"] = .integer(count)
    schema["maxItems"] = .integer(count)
    return schema
  }

  private static var area: JSONValue {
    let types = Dictionary(uniqueKeysWithValues: ConfigKeys.area.map { ($0.name, $0.type) })
    // With heights, as GeoJSON has boxes in three dimensions, there are six.
    let bbox: JSONValue = [
      "anyOf": .array([4, 6].compactMap { count in types["bbox"].map { fixedLength($0.schema, count) } })
    ]
    let around = types["around"].map { fixedLength($0.schema, 2) } ?? [:]
    var schema = object(
      ConfigKeys.area, "Where to work, and on which grid.", replacing: ["bbox": bbox, "around": around])
    // What says where, with what else it needs, and what does not go with it.
    let kinds: [(required: [String], without: [String])] = [
      (["bbox"], ["geometry", "like", "around", "buffer"]),
      (["around", "buffer"], ["bbox", "geometry", "like", "bbox_crs"]),
      (["geometry"], ["bbox", "like", "bbox_crs", "around", "buffer"]),
      (["like"], ["bbox", "geometry", "bbox_crs", "crs", "resolution", "around", "buffer"]),
    ]
    schema["oneOf"] = .array(
      kinds.map { kind in
        [
          "required": .array(kind.required.map(JSONValue.string)),
          "not": ["anyOf": .array(kind.without.map { ["required": [.string($0)]] })],
        ]
      })
    return schema
  }

  private static var formats: JSONValue {
    var schema = ConfigKeys.output.first { $0.name == "formats" }?.type.schema ?? [:]
    schema["uniqueItems"] = true
    return schema
  }

  private static var dates: JSONValue {
    let day: JSONValue = ["type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"]
    return object(ConfigKeys.dates, "The days to work on.", replacing: ["start": day, "end": day])
  }

  private static var resources: JSONValue {
    let memory: JSONValue = [
      "anyOf": [
        ["type": "integer", "minimum": .integer(Resources.leastMemory)],
        [
          "type": "string",
          "pattern": "^[0-9]+([.][0-9]*)? *([Bb]|[KkMmGgTt]([Ii]?[Bb])?)?$",
        ],
      ]
    ]
    return object(
      ConfigKeys.resources, "What may be used of the machine.", replacing: ["memory": memory])
  }

  private static var sequence: JSONValue {
    object(
      ConfigKeys.sequence, "Modules in order, over one cube.",
      replacing: [
        "name": ["type": "string", "pattern": .string(ConfigNames.pattern)],
        "modules": ["type": "array", "minItems": 1, "items": reference("module")],
      ])
  }

  /// Any module: its name says which definition holds.
  private static func module(_ modules: [any Module.Type]) -> JSONValue {
    let names = modules.map { $0.descriptor.name }
    return [
      "type": "object", "required": ["module"],
      "properties": ["module": ["enum": .array(names.map(JSONValue.string))]],
      "allOf": .array(
        names.map { name in
          [
            "if": ["properties": ["module": ["const": .string(name)]], "required": ["module"]],
            "then": reference("module_" + name),
          ]
        }),
    ]
  }

  private static func definition(of descriptor: ModuleDescriptor) -> JSONValue {
    let keys = ConfigKeys.common(descriptor.shape)
    // Editors show the module's own parameters first.
    let ordered = keys.prefix(1) + descriptor.parameters + keys.dropFirst()
    return object(
      Array(ordered), descriptor.summary,
      replacing: [
        "module": ["const": .string(descriptor.name)],
        "as": ["type": "string", "pattern": .string(ConfigNames.pattern)],
        "resources": reference("resources"),
      ])
  }
}
