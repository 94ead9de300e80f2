import Engine
import JSON
import Modules
import Testing

@testable import Pipeline

/// Which bands come by themselves: those that modules need, whatever `download` lists.
@Suite struct ConfigBandsTests {
  /// The bands that are brought in, or the mistakes.
  private func bands(_ download: String, _ modules: String...) throws -> [String] {
    let source = #"{ "module": "download", "source": "https://example.org"\#(download) }"#
    let sequence = #"{ "name": "s", "modules": [\#(([source] + modules).joined(separator: ", "))] }"#
    let reading = ConfigReader.read(
      Array(ConfigFixture.config(sequences: sequence).utf8), file: "a.json")
    guard let config = reading.config else { return reading.messages }
    let module = try #require(config.sequences[0].modules[0].module as? Download)
    return module.bands.map { $0.isQuality ? $0.name + " (quality)" : $0.name }
  }

  private static let mean = #"{ "module": "seasonal_mean", "of": "red" }"#

  @Test(arguments: [
    // A product that Apus knows: by role, by name, and its quality layer.
    (#", "collection": "landsat-c2-l2""#, #"{ "module": "ndvi" }"#, ["red", "nir08"]),
    (#", "collection": "sentinel-2-l2a""#, #"{ "module": "ndvi" }"#, ["B04", "B08"]),
    (#", "collection": "sentinel-2-l2a", "bands": ["red"]"#, #"{ "module": "ndvi" }"#, ["red", "B08"]),
    (#", "collection": "landsat-c2-l2""#, #"{ "module": "seasonal_mean", "of": "red" }"#, ["red"]),
    (
      #", "collection": "landsat-c2-l2""#,
      #"{ "module": "ndvi", "bands": { "red": "green", "nir": "red" } }"#,
      ["green", "red"]
    ),
    // One that it does not know: by the names that modules give, else by STAC's common names.
    (#", "collection": "mine""#, #"{ "module": "seasonal_mean", "of": "B7" }"#, ["B7"]),
    ("", #"{ "module": "ndvi", "bands": { "red": "B3", "nir": "B4" } }"#, ["B3", "B4"]),
    ("", #"{ "module": "ndvi" }"#, ["red", "nir"]),
    (
      #", "collection": "mine""#, #"{ "module": "albedo", "formula": "liang_2001" }"#,
      ["blue", "red", "nir", "swir16", "swir22"]
    ),
  ])
  func `bands that a module needs come by themselves`(
    download: String, module: String, expected: [String]
  ) throws {
    #expect(try bands(download, module) == expected)
  }

  @Test(arguments: [
    (#""band": "clm", "reject_values": [1]"#, "", "clm"),
    (#""band": "clm", "reject_bits": [0]"#, #", "collection": "mine""#, "clm"),
    (#""band": "snow_mask", "reject_values": [1]"#, #", "collection": "landsat-c2-l2""#, "snow_mask"),
    (#""band": "SCL", "reject": ["cloud_shadows"]"#, #", "collection": "sentinel-2-l2a""#, "SCL"),
    // Not named: the one of the product.
    (#""reject": ["cloud"]"#, #", "collection": "landsat-c2-l2""#, "qa_pixel"),
    (#""reject": ["cloud"]"#, #", "collection": ["hls2-l30", "hls2-s30"]"#, "Fmask"),
    (#""reject": ["cloud_shadows"]"#, #", "collection": "sentinel-2-l2a""#, "scl"),
  ])
  func `a mask's quality layer always comes by itself`(rules: String, download: String, name: String) throws {
    let mask = #"{ "module": "cloud_mask", \#(rules) }"#
    let bands = try bands(download + #", "bands": ["red"]"#, mask, Self.mean)
    #expect(bands.count == 2 && bands[0] == "red", "\(bands)")
    #expect(bands.last == name || bands.last == name + " (quality)", "\(bands)")
  }

  @Test func `a quality layer that is downloaded under another name is the mask's`() throws {
    let mask = #"{ "module": "cloud_mask", "reject": ["cloud_shadows"] }"#
    let bands = try bands(#", "collection": "sentinel-2-l2a", "bands": ["red", "SCL"]"#, mask, Self.mean)
    #expect(bands == ["red", "SCL (quality)"])
  }

  @Test func `where no product tells the quality layer it has to be named`() throws {
    let mask = #"{ "module": "cloud_mask", "reject_values": [1] }"#
    for (download, reason) in [
      ("", #""download" names no "collection""#), (#", "collection": "mine""#, #"none is known for "mine""#),
      (#", "collection": ["landsat-c2-l2", "sentinel-2-l2a"]"#, "none is known for"),
    ] {
      let mistakes = try bands(download + #", "bands": ["red"]"#, mask, Self.mean)
      #expect(mistakes.count == 1 && mistakes[0].contains(reason), "\(mistakes)")
      #expect(mistakes[0].contains(#"name it: "band": …"#), "\(mistakes)")
    }
  }

  @Test(arguments: [
    (#"{ "module": "cloud_mask", "band": "cln", "reject_values": [1] }"#, "clm"),
    (#"{ "module": "seasonal_mean", "of": "rde" }"#, "red"),
  ])
  func `a name that is nearly another's is a mistake and no band`(module: String, meant: String) throws {
    let mistakes = try bands(#", "bands": ["red", "clm"]"#, module)
    #expect(mistakes.contains { $0.contains(#"did you mean "\#(meant)"?"#) }, "\(mistakes)")
  }

  @Test func `a download of nothing is a mistake, and one that another mistake makes empty is none`() throws {
    let mistakes = try bands("", #"{ "module": "cloud_mask", "reject": ["cloud"] }"#)
    #expect(mistakes.count == 1 && mistakes[0].contains("needs a quality layer"), "\(mistakes)")
    let nothing = try bands("")
    #expect(nothing.count == 1 && nothing[0].contains("given no band, and no module needs one"), "\(nothing)")
  }

  @Test(arguments: ["ndvi", "nvdi", "albdo"]) func `a result that no module made is no band`(name: String)
    throws
  {
    let mistakes = try bands(#", "bands": ["red"]"#, #"{ "module": "seasonal_mean", "of": "\#(name)" }"#)
    #expect(mistakes.count == 1 && mistakes[0].contains(#"unknown variable "\#(name)""#), "\(mistakes)")
  }

  @Test func `overrides and resampling may name bands that come by themselves`() throws {
    let download = #"""
      , "collection": "landsat-c2-l2", "overrides": { "nir08": { "nodata": 7 } },
      "resampling": { "red": "average", "qa_pixel": "nearest" }
      """#
    let mask = #"{ "module": "cloud_mask", "reject": ["cloud"] }"#
    let ndvi = #"{ "module": "ndvi" }"#
    #expect(try bands(download, mask, ndvi) == ["qa_pixel (quality)", "red", "nir08"])
    let wrong = try bands(download, #"{ "module": "seasonal_mean", "of": "red" }"#)
    #expect(wrong.count == 2 && wrong.allSatisfy { $0.contains("is not among the bands (red)") }, "\(wrong)")
    let averaged = download.replacing("nearest", with: "average")
    let mistakes = try bands(averaged, mask, ndvi)
    #expect(mistakes.count == 1 && mistakes[0].contains("cannot be averaged"), "\(mistakes)")
  }
}
