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
      "cluster": cluster,
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
    let around = tuple([number(-360, 360), number(-90, 90)])
    var schema = object(
      ConfigKeys.area, "Where to work, and on which grid.", replacing: ["bbox": bbox, "around": around])
    schema["if"] = ["not": ["required": ["bbox_crs"]]]
    schema["then"] = ["properties": ["bbox": ["anyOf": [degrees(heights: 0), degrees(heights: 1)]]]]
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

  /// A list of as many elements, each with a schema of its own.
  private static func tuple(_ elements: [JSONValue]) -> JSONValue {
    fixedLength(["type": "array", "prefixItems": .array(elements)], elements.count)
  }

  private static func number(_ least: Double, _ most: Double) -> JSONValue {
    ["type": "number", "minimum": .number(least), "maximum": .number(most)]
  }

  /// A box of degrees, with so many heights behind each corner.
  private static func degrees(heights: Int) -> JSONValue {
    let height = [JSONValue](repeating: ["type": "number"], count: heights)
    let corner = [number(-360, 360), number(-90.5, 90.5)] + height
    return tuple(corner + corner)
  }

  private static var formats: JSONValue {
    var schema = ConfigKeys.output.first { $0.name == "formats" }?.type.schema ?? [:]
    schema["uniqueItems"] = true
    return schema
  }

  private static var dates: JSONValue {
    let day = TextForm.day.schema
    return object(ConfigKeys.dates, "The days to work on.", replacing: ["start": day, "end": day])
  }

  private static var resources: JSONValue {
    let memory: JSONValue = [
      "anyOf": [
        ["type": "integer", "minimum": .integer(Resources.leastMemory)],
        ["type": "string", "pattern": .string(enoughMemory)],
      ]
    ]
    return object(
      ConfigKeys.resources, "What may be used of the machine.", replacing: ["memory": memory])
  }

  /// Amounts from 256 MiB up, as `MemorySize` reads them.
  private static let enoughMemory: String = {
    let amounts: [(unit: String, number: String)] = [
      ("[Tt][Ii]?[Bb]?", "[1-9][0-9]*(?:[.][0-9]*)?|0[.][0-9]*[1-9][0-9]*"),
      ("[Gg](?:[Ii][Bb])?", "[1-9][0-9]*(?:[.][0-9]*)?|0[.](?:2[5-9]|[3-9])[0-9]*"),
      ("[Gg][Bb]", "[1-9][0-9]*(?:[.][0-9]*)?|0[.](?:2(?:69|[7-9])|[3-9])[0-9]*"),
      ("[Mm](?:[Ii][Bb])?", "(?:25[6-9]|2[6-9][0-9]|[3-9][0-9]{2}|[1-9][0-9]{3,})(?:[.][0-9]*)?"),
      (
        "[Mm][Bb]",
        "(?:268[.](?:4[4-9]|[5-9])[0-9]*|(?:269|2[7-9][0-9]|[3-9][0-9]{2}|[1-9][0-9]{3,})(?:[.][0-9]*)?)"
      ),
      (
        // Some kB that are a little less are taken for enough.
        "[Kk](?:[Ii]?[Bb])?",
        "(?:26214[4-9]|2621[5-9][0-9]|262[2-9][0-9]{2}|26[3-9][0-9]{3}|2[7-9][0-9]{4}|[3-9][0-9]{5}|[1-9][0-9]{6,})"
          + "(?:[.][0-9]*)?"
      ),
      (
        "[Bb]?",
        "(?:26843545[6-9]|2684354[6-9][0-9]|268435[5-9][0-9]{2}|26843[6-9][0-9]{3}|2684[4-9][0-9]{4}|268[5-9][0-9]{5}|269[0-9]{6}"
          + "|2[7-9][0-9]{7}|[3-9][0-9]{8}|[1-9][0-9]{9,})(?:[.][0-9]*)?"
      ),
    ]
    return "^0*(?:" + amounts.map { "(?:\($0.number)) *(?:\($0.unit))" }.joined(separator: "|") + ")$"
  }()

  private static var cluster: JSONValue {
    var replacing: [String: JSONValue] = [:]
    for key in ConfigKeys.cluster where key.type == .text {
      replacing[key.name] = ["type": "string", "pattern": "^[^\\n\\r]+$"]
    }
    replacing["memory"] = [
      "anyOf": [
        ["type": "integer", "minimum": 1],
        ["type": "string", "pattern": "^[0-9]+(?:[.][0-9]*)? *(?:[Bb]|[KkMmGgTt](?:[Ii]?[Bb])?)?$"],
      ]
    ]
    return object(ConfigKeys.cluster, "What the jobs of a cluster are given.", replacing: replacing)
  }

  private static var sequence: JSONValue {
    object(
      ConfigKeys.sequence, "Modules in order, over one cube.",
      replacing: [
        "name": [
          "type": "string",
          "pattern": .string(ConfigNames.pattern(without: ConfigNames.takenInRunDirectory)),
        ],
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
        "as": [
          "type": "string",
          "pattern": .string(
            descriptor.shape == .table ? ConfigNames.pattern : ConfigNames.variablePattern),
        ],
        "resources": reference("resources"),
      ])
  }
}
