import Engine
import JSON
import Modules
import Pipeline
import Testing

/// The `encoding` of modules and `output.deflate`.
@Suite struct ConfigEncodingTests {
  private func ndvi(_ encoding: String) -> String { #"{ "module": "ndvi", "encoding": \#(encoding) }"# }

  private func mistakes(_ encoding: String) -> [String] {
    ConfigFixture.mistakes(modules: ConfigFixture.download, ndvi(encoding))
  }

  private func read(_ encoding: String) throws -> ModuleConfig {
    let text = ConfigFixture.config(sequences: ConfigFixture.sequence(ConfigFixture.download, ndvi(encoding)))
    return try #require(ConfigFixture.read(text).config?.sequences.first?.modules.last)
  }

  @Test func `an encoding is read with its defaults`() throws {
    #expect(try read("{}").encoding == VariableEncoding())
    #expect(try read(#"{ "type": "float32", "deflate": 9 }"#).encoding == VariableEncoding(deflateLevel: 9))
    #expect(
      try read(#"{ "type": "int16", "scale": 0.0001 }"#).encoding
        == VariableEncoding(packing: .init(scale: 0.0001, offset: 0)))
    #expect(
      try read(#"{ "type": "int16", "scale": 0.5, "offset": -2, "deflate": 3 }"#).encoding
        == VariableEncoding(packing: .init(scale: 0.5, offset: -2), deflateLevel: 3))
  }

  @Test func `every mistake of an encoding is reported at its place`() {
    let path = "$.sequences[0].modules[1].encoding"
    #expect(
      mistakes("5") == [
        "\(path): expected an object with \"type\", \"scale\", \"offset\", \"deflate\", found a number"
      ])
    #expect(
      mistakes(#"{ "type": "int8" }"#)
        == ["\(path).type: expected \"float32\" or \"int16\", found \"int8\""])
    #expect(
      mistakes(#"{ "type": "int16" }"#)
        == [
          "\(path): \"int16\" needs a \"scale\": the step between two values; for values from -1 to 1 write \"scale\": 0.0001"
        ])
    #expect(
      mistakes(#"{ "scale": 0.1 }"#) == [
        "\(path).scale: only \"int16\" has a \"scale\"; add \"type\": \"int16\""
      ])
    #expect(
      mistakes(#"{ "type": "float32", "offset": 1 }"#)
        == ["\(path).offset: only \"int16\" has a \"offset\"; add \"type\": \"int16\""])
    for scale in ["0", "-0.1"] {
      #expect(
        mistakes(#"{ "type": "int16", "scale": \#(scale) }"#)
          == ["\(path).scale: expected a number greater than 0, found \(scale)"])
    }
    for level in ["0", "10", "1.5"] {
      #expect(
        mistakes(#"{ "deflate": \#(level) }"#)
          == ["\(path).deflate: expected a whole number from 1 to 9, found \(level)"])
    }
    #expect(
      mistakes(#"{ "typ": "float32" }"#) == ["\(path).typ: unknown key \"typ\"; did you mean \"type\"?"])
  }

  @Test func `a mistake has its line and column`() {
    let text = """
      { "pipeline": "p", "sequences": [ { "name": "s", "modules": [
        \(ConfigFixture.download),
        { "module": "ndvi", "encoding": {
            "type": "int16" } } ] } ] }
      """
    let diagnostics = ConfigFixture.read(text).diagnostics
    #expect(diagnostics.map(\.position) == [SourcePosition(line: 4, column: 15)])
  }

  @Test func `integers that cannot hold the variables range are a mistake`() {
    let text = ConfigFixture.config(
      sequences: ConfigFixture.sequence(
        ConfigFixture.download, ndvi(#"{ "type": "int16", "scale": 0.00001 }"#)))
    let reading = ConfigReader.read(Array(text.utf8), file: "a.json", modules: ModuleRegistry.all)
    #expect(reading.diagnostics.count == 1)
    let message = reading.diagnostics.first?.message ?? ""
    #expect(message.contains("\"ndvi\" reaches from -1.0 to 1.0"), "\(reading.messages)")
  }

  @Test func `masks and whole run modules have no encoding`() {
    let mask = #"{ "module": "cloud_mask", "band": "qa_pixel", "reject": ["cloud"], "encoding": {} }"#
    let found = ConfigFixture.mistakes(modules: ConfigFixture.download, mask)
    #expect(found.count == 1)
    #expect(found.first?.hasPrefix("$.sequences[0].modules[1].encoding: unknown key \"encoding\"") == true)
  }

  @Test func `the level of all variables is read and filled in`() throws {
    let config = try #require(ConfigFixture.read(ConfigFixture.config(#""output": { "deflate": 4 }"#)).config)
    #expect(config.output.deflateLevel == 4)
    #expect(config.resolved["output"]?["deflate"] == 4)
    #expect(
      ConfigFixture.mistakes(with: #""output": { "deflate": 12 }"#)
        == ["$.output.deflate: expected a whole number from 1 to 9, found 12"])
  }

  @Test func `encodings resolve the same however they are written`() throws {
    func resolved(_ encoding: String) throws -> JSONValue? {
      let text = ConfigFixture.config(
        sequences: ConfigFixture.sequence(ConfigFixture.download, ndvi(encoding)))
      let config = try #require(ConfigFixture.read(text).config)
      let again = ConfigFixture.read(config.resolved.text()).config
      #expect(again?.resolved == config.resolved)
      return config.resolved["sequences"]?.array?.first?["modules"]?.array?.last?["encoding"]
    }
    #expect(try resolved(#"{ "type": "float32" }"#) == nil)
    #expect(
      try resolved(#"{ "scale": 1e-4, "type": "int16" }"#)
        == resolved(#"{ "type": "int16", "scale": 0.0001, "offset": 0.0 }"#))
    #expect(try resolved(#"{ "deflate": 2 }"#) == ["deflate": 2, "type": "float32"])
  }
}
