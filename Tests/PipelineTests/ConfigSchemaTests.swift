import Engine
import JSON
import Modules
import Pipeline
import Testing

/// The JSON Schema of configs, and the modules' documentation: both come from the modules' descriptors.
@Suite struct ConfigSchemaTests {
  static let schema = ConfigSchema.schema(modules: ConfigModules.all)

  @Test func `the schema knows the keys of a config and no others`() throws {
    #expect(Self.schema["$schema"] == "https://json-schema.org/draft/2020-12/schema")
    #expect(Self.schema["additionalProperties"] == false)
    #expect(Self.schema["required"] == ["pipeline", "sequences"])
    let keys = try #require(Self.schema["properties"]?.object?.keys)
    #expect(
      keys == [
        "$schema", "pipeline", "area", "dates", "sensors", "output", "resources", "run_mode", "cluster",
        "sequences",
      ])
    let definitions = try #require(Self.schema["$defs"]?.object)
    for name in ["area", "dates", "output", "resources", "sequence"] {
      #expect(definitions[name]?["additionalProperties"] == false)
    }
  }

  @Test func `every reference of the schema has its definition`() throws {
    for schema in [Self.schema, ConfigSchema.schema()] {
      let definitions = try #require(schema["$defs"]?.object)
      let names = Self.references(in: schema)
      #expect(names.count > 10)
      for name in names { #expect(definitions[name] != nil, "\(name)") }
    }
  }

  private static func references(in value: JSONValue) -> Set<String> {
    switch value {
    case .array(let elements): return elements.reduce(into: []) { $0.formUnion(references(in: $1)) }
    case .object(let object):
      var found = object.reduce(into: Set<String>()) { $0.formUnion(references(in: $1.value)) }
      if let reference = object["$ref"]?.string {
        found.insert(String(reference.dropFirst("#/$defs/".count)))
      }
      return found
    default: return []
    }
  }

  @Test func `every module has its parameters with type default and description`() throws {
    for type in ModuleRegistry.all {
      let descriptor = type.descriptor
      let definition = try #require(
        ConfigSchema.schema()["$defs"]?["module_" + descriptor.name], "\(descriptor.name)")
      #expect(definition["additionalProperties"] == false)
      #expect(definition["description"]?.string == descriptor.summary)
      for parameter in descriptor.parameters {
        let schema = try #require(definition["properties"]?[parameter.name])
        #expect(schema["description"]?.string == parameter.summary)
        #expect(schema["default"] == parameter.defaultValue)
      }
      let hasResult = descriptor.shape != .source && descriptor.shape != .wholeRun
      #expect((definition["properties"]?["as"] != nil) == hasResult)
      // A source's bands can be kept too, under their own names.
      // Tables are always written.
      let isChosen = descriptor.shape != .wholeRun && descriptor.shape != .table
      #expect((definition["properties"]?["save"] != nil) == isChosen)
    }
  }

  @Test func `parameters have the schema of their types`() throws {
    let properties = try #require(Self.schema["$defs"]?["module_download"]?["properties"])
    #expect(
      properties["retries"]
        == [
          "type": "integer", "minimum": 0, "maximum": 10, "description": "How often a read is tried again.",
          "default": 3,
        ])
    #expect(properties["mode"]?["enum"] == ["stream", "copy"])
    #expect(properties["module"]?["const"] == "download")
    let resolution = try #require(Self.schema["$defs"]?["area"]?["properties"]?["resolution"])
    #expect(resolution["anyOf"]?.array?.first == ["type": "number", "exclusiveMinimum": 0])
    let threads = try #require(Self.schema["$defs"]?["resources"]?["properties"]?["threads"])
    #expect(threads["minimum"] == 0)
    #expect(threads["maximum"] == 1024)
    let forms = try #require(properties["bands"]?["anyOf"]?.array)
    #expect(forms.first == ["type": "array", "items": ["type": "string"], "minItems": 1])
    #expect(forms.last?["additionalProperties"]?["additionalProperties"] == false)
    #expect(
      Self.schema["$defs"]?["module_download"]?["required"] == ["module", "source", "bands"])
  }

  @Test func `the table has a line for each module`() {
    let lines = ModuleCatalogue(modules: ConfigModules.all).table.split(separator: "\n")
    #expect(
      lines == [
        "download       source     Finds scenes and reads their bands.",
        "cloud_mask     mask       Rejects pixels.",
        "ndvi           pixelwise  Computes the vegetation index.",
        "albedo         pixelwise  Computes albedo.",
        "seasonal_mean  reduction  Means of the seasons.",
        "summary        whole run  Summarises.",
      ])
  }

  @Test func `a page says all about a module`() throws {
    let page = try #require(ModuleCatalogue(modules: ConfigModules.all, width: 60).page("download"))
    for text in [
      "download (source module)\n\nFinds scenes", "Looks for scenes in a catalogue.\n\nMissing is",
      "  source: a string; required\n      The catalogue.\n",
      "  retries: a whole number from 0 to 10; default 3\n",
      "          scale: a number from -1e6 to 1e6. The scale.\n",
      "EXAMPLE\n  { \"module\": \"download\", \"source\": \"…\", \"bands\": [\"…\"] }\n",
    ] {
      #expect(page.contains(text), "\(text)")
    }
  }

  @Test func `lines break at words and bullets hang`() throws {
    let pages = ModuleCatalogue(width: 60)
    let page = try #require(pages.page("cloud_mask"))
    let lines = page.split(separator: "\n")
    // Examples are to be copied: each is one line.
    let examples = try #require(lines.firstIndex(of: "EXAMPLES"))
    #expect(lines[..<examples].allSatisfy { $0.count <= 60 })
    let bullet = try #require(lines.firstIndex { $0.hasPrefix("- ") })
    #expect(lines[bullet + 1].hasPrefix("  "))
  }

  @Test func `every example has the required keys`() throws {
    let catalogue = ModuleCatalogue()
    for type in ModuleRegistry.all {
      let page = try #require(catalogue.page(type.descriptor.name))
      let lines = page.split(separator: "\n")
      let heading = try #require(lines.firstIndex { ["EXAMPLE", "EXAMPLES"].contains($0) })
      let examples = lines[(heading + 1)...].prefix { $0.hasPrefix("  {") }
      #expect(!examples.isEmpty)
      for example in examples {
        let node = try JSONParser.parse(String(example))
        #expect(node["module"]?.string == type.descriptor.name)
        for parameter in type.descriptor.parameters where parameter.isRequired {
          #expect(node[parameter.name] != nil)
        }
      }
    }
  }

  @Test func `an unknown module is answered with the nearest`() {
    let catalogue = ModuleCatalogue(modules: ConfigModules.all)
    #expect(catalogue.page("nvdi") == nil)
    #expect(catalogue.unknown("nvdi") == #"unknown module "nvdi"; did you mean "ndvi"?"#)
    #expect(catalogue.unknown("zzz").hasPrefix(#"unknown module "zzz"; there are download, "#))
  }
}
