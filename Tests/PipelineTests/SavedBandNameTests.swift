import JSON
import Testing

@testable import Pipeline

/// Names of saved bands: a catalogue may choose any, and they become folders, files and variables.
@Suite struct SavedBandNameTests {
  private func mistakes(_ name: String, save: Bool = true) -> [String] {
    let download =
      #"{ "module": "download", "source": "https://example.org", "bands": ["red", "\#(name)"], "save": \#(save) }"#
    return mistakes(of: download, #"{ "module": "seasonal_mean", "of": "red" }"#)
  }

  /// With the real modules: those of other tests know some bands only.
  private func mistakes(of modules: String...) -> [String] {
    let sequence = #"{ "name": "s", "modules": [\#(modules.joined(separator: ", "))] }"#
    return ConfigReader.read(Array(ConfigFixture.config(sequences: sequence).utf8), file: "a.json")
      .diagnostics.map {
        "\($0.path): \($0.message)"
      }
  }

  @Test(arguments: [
    "a/b", "SR_10m/B04", "/etc/passwd", "..", "../../../out", ".", ".hidden", "%", "a%2fb", "a b", "a\\\\b",
    "C:x",
    "é", "a\\u0308", "x", "y", "time", "lat", "lon", "latitude", "longitude", "crs",
    "spatial_ref", "season", "month", "dekad", "bnds", "nv", "time_bnds", "climatology_bounds", "-a", "a.",
    "nul",
    "COM1", "a.nc",
    "red.tif",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
  ])
  func `that files cannot bear are mistakes with their place`(name: String) throws {
    let found = mistakes(name)
    #expect(found.count == 1, "\(found)")
    #expect(
      found.first?.hasPrefix("$.sequences[0].modules[0].bands[1]: a saved band's name") == true, "\(found)")
    // What is not written may be called anything.
    #expect(mistakes(name, save: false) == [])
  }

  @Test(arguments: ["B04", "nir08", "sr-red", "Rrs_443", "01", "qa.pixel", "consumption"])
  func `that files can bear are none`(name: String) { #expect(mistakes(name) == []) }

  @Test func `a result cannot have the name of a saved band`() {
    let download =
      #"{ "module": "download", "source": "https://example.org", "bands": ["red", "nir08"], "save": true }"#
    #expect(mistakes(of: download, #"{ "module": "ndvi", "as": "red" }"#).count == 1)
  }
}
