import Engine
import JSON
import Modules
import Pipeline
import Storage
import Testing

/// What editors make of configs with the schema is what `apus validate` makes of them.
@Suite struct SchemaValidityTests {
  private static let configs = LocalFiles.parent(of: #filePath) + "/../../configs"
  private static let check = SchemaCheck(root: ConfigSchema.schema())

  private func value(_ text: String) throws -> JSONValue {
    try JSONParser.parse(Array(text.utf8), dialect: .relaxed).plain
  }

  private func config(area: String = #""native""#, modules: String = #"{ "module": "summary" }"#) throws
    -> JSONValue
  {
    try value(
      #"{ "$schema": "apus.schema.json", "pipeline": "p", "area": \#(area), "sequences": [{ "name": "s", "modules": [\#(modules)] }] }"#
    )
  }

  @Test func `every config that comes with Apus is valid`() throws {
    let names = try LocalFiles.list(Self.configs).filter {
      $0.hasSuffix(".json") && !$0.hasSuffix(".schema.json")
    }
    #expect(names.count > 10)
    for name in names {
      let text = String(decoding: try LocalFiles.readAll("\(Self.configs)/\(name)"), as: UTF8.self)
      #expect(Self.check.faults(try value(text)).isEmpty, "\(name)")
    }
  }

  @Test func `every example of a module is valid`() throws {
    for descriptor in ModuleRegistry.all.map({ $0.descriptor }) {
      for example in descriptor.examples {
        #expect(Self.check.faults(try config(modules: example)).isEmpty, "\(descriptor.name): \(example)")
      }
    }
  }

  @Test(arguments: [
    #"{ "bbox": [0, 0, 1, 1] }"#,
    #"{ "bbox": [0, 0, 1, 1], "bbox_crs": "EPSG:32719", "resolution": [10, 20] }"#,
    #"{ "around": [11.1, 44.7], "buffer": 500, "crs": "EPSG:32632", "resolution": 10 }"#,
    #"{ "geometry": { "type": "Polygon" } }"#, #"{ "like": "a.tif" }"#,
  ])
  func `every way to say an area is valid`(area: String) throws {
    #expect(Self.check.faults(try config(area: area)).isEmpty)
  }

  @Test(arguments: [
    #"{}"#, #"{ "bbox": [0, 0, 1] }"#, #"{ "bbox": [0, 0, 1, 1], "like": "a.tif" }"#,
    #"{ "around": [11, 44] }"#,
    #"{ "around": [11, 44], "buffer": 5, "bbox": [0, 0, 1, 1] }"#, #"{ "bbox": [0, 0, 1, 1], "buffer": 5 }"#,
    #"{ "around": [11, 44, 3], "buffer": 5 }"#, #""nativ""#,
  ])
  func `what is no area is not`(area: String) throws {
    #expect(!Self.check.faults(try config(area: area)).isEmpty)
  }

  @Test(arguments: [
    #"{ "module": "ndvj" }"#, #"{ "module": "ndvi", "sve": true }"#, #"{ "module": "ndvi", "save": "yes" }"#,
    #"{ "module": "download" }"#, #"{ "module": "cloud_mask", "dilate": -1 }"#,
  ])
  func `a module's mistakes are seen`(module: String) throws {
    #expect(!Self.check.faults(try config(modules: module)).isEmpty)
  }
}
