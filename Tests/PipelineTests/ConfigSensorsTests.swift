import Engine
import JSON
import Modules
import Raster
import Testing

@testable import Pipeline

/// A config's own products: checked as everything else is, and used by its modules.
@Suite struct ConfigSensorsTests {
  @Test(arguments: [
    (
      #"{"a": {"colections": []}}"#,
      #"$.sensors.a.colections: unknown key "colections"; did you mean "collections"?"#
    ),
    (#"{"a": {"bands": {"red": {"scale": "x"}}}}"#, #"$.sensors.a.bands.red.scale: expected a number"#),
    (#"{"a": {"bands": {"x": {"role": "nirr"}}}}"#, #"$.sensors.a.bands.x.role: expected "coastal""#),
    (
      #"{"a": {"quality": {"q": {"flags": {"f": {"bitt": 3}}}}}}"#,
      #"$.sensors.a.quality.q.flags.f.bitt: unknown key"#
    ),
    (
      #"{"a": {"quality": {"q": {"flags": {"f": {"bit": 32}}}}}}"#,
      "$.sensors.a.quality.q.flags.f.bit: expected"
    ),
    (
      #"{"a": {"quality": {"q": {"flags": {"f": {"bits": [1, 3], "value": 0}}}}}}"#, "bits must be neighbours"
    ),
    (#"[]"#, "$.sensors: expected an object"),
  ])
  func `mistakes are found where they stand`(sensors: String, expected: String) {
    let mistakes = ConfigFixture.mistakes(with: #""sensors": \#(sensors)"#)
    #expect(mistakes.count { $0.contains(expected) } == 1, "\(mistakes)")
  }

  @Test func `modules of the pipeline know the products of its config`() throws {
    let text = """
      { "pipeline": "p",
        "sensors": { "mine": { "collections": ["mine"], "bands": { "red": {"names": ["a"], "scale": 0.5},
          "nir": {"names": ["b"], "scale": 0.5} },
          "quality": { "q": { "nodata": 9, "flags": { "bad": {"values": [2, 3]} } } } } },
        "sequences": [ { "name": "s", "modules": [
          { "module": "download", "source": "https://example.org", "collection": "mine", "bands": ["a", "b", "q"] },
          { "module": "cloud_mask", "band": "q", "reject": ["bad"] }, { "module": "ndvi" } ] } ] }
      """
    let reading = ConfigReader.read(Array(text.utf8), file: "a.json")
    let config = try #require(reading.config, "\(reading.messages)")
    let modules = config.sequences[0].modules.map(\.module)
    #expect((modules[2] as? NDVI)?.inputs == ["a", "b"])
    let mask = try #require(modules[1] as? CloudMask)
    #expect(mask.test.rejects(3) && !mask.test.rejects(1))
    #expect((modules[0] as? Download)?.bands[0].fallback.scale == 0.5)
    #expect(config.resolved["sensors"]?["mine"]?["bands"]?["nir"]?["scale"] == 0.5)
    // What decides about numbers is part of the resolved config, and so of every product's key.
    let changed = text.replacing(#""scale": 0.5"#, with: #""scale": 0.25"#, maxReplacements: 1)
    let other = try #require(ConfigReader.read(Array(changed.utf8), file: "a.json").config)
    #expect(config.resolved["sensors"] != other.resolved["sensors"])
  }

  @Test func `a config without products of its own resolves to one without`() throws {
    let config = try #require(ConfigFixture.read(ConfigFixture.config()).config)
    #expect(config.resolved["sensors"] == nil)
  }
}
