import Engine
import JSON
import Modules
import Raster
import Testing

/// Quality layers whose bits and classes only a STAC item names.
@Suite struct ClassificationTests {
  /// `qa_pixel` as Planetary Computer and Landsat Look have it (classes without their descriptions).
  private static let landsat = """
    {"classification:bitfields": [
      {"name": "fill", "offset": 0, "length": 1,
       "classes": [{"name": "not_fill", "value": 0}, {"name": "fill", "value": 1}]},
      {"name": "dilated_cloud", "offset": 1, "length": 1,
       "classes": [{"name": "not_dilated", "value": 0}, {"name": "dilated", "value": 1}]},
      {"name": "cirrus", "offset": 2, "length": 1,
       "classes": [{"name": "not_cirrus", "value": 0}, {"name": "cirrus", "value": 1}]},
      {"name": "cloud", "offset": 3, "length": 1,
       "classes": [{"name": "not_cloud", "value": 0}, {"name": "cloud", "value": 1}]},
      {"name": "cloud_shadow", "offset": 4, "length": 1,
       "classes": [{"name": "not_shadow", "value": 0}, {"name": "shadow", "value": 1}]},
      {"name": "snow", "offset": 5, "length": 1,
       "classes": [{"name": "not_snow", "value": 0}, {"name": "snow", "value": 1}]},
      {"name": "clear", "offset": 6, "length": 1,
       "classes": [{"name": "not_clear", "value": 0}, {"name": "clear", "value": 1}]},
      {"name": "water", "offset": 7, "length": 1,
       "classes": [{"name": "not_water", "value": 0}, {"name": "water", "value": 1}]},
      {"name": "cloud_confidence", "offset": 8, "length": 2,
       "classes": [{"name": "not_set", "value": 0}, {"name": "low", "value": 1}, {"name": "medium", "value": 2},
                   {"name": "high", "value": 3}]},
      {"name": "beyond", "offset": 32, "length": 1, "classes": [{"name": "beyond", "value": 1}]}
    ]}
    """

  /// The scene classification of Sentinel-2 in a product's own words, on a band.
  private static let scl = """
    {"raster:bands": [{}, {"classification:classes": [
      {"value": 0, "name": "no_data", "nodata": true}, {"value": 3, "name": "cloud_shadows"},
      {"value": 4, "title": "Vegetation"}, {"value": 8, "name": "cloud_medium_probability"},
      {"value": 9, "name": "cloud_high_probability"}, {"value": 10, "description": "thin cirrus"},
      {"value": 7, "name": "odd"}, {"value": 5, "name": "odd"}, {"value": -1, "name": "negative"}]}]}
    """

  private func test(_ rules: String, asset: String, number: Int = 1) throws -> Result<
    QualityTest, CloudMask.FlagMistakes
  > {
    let bench = try ModuleBench(bands: ["red"], collection: "unheard-of")
    let made = try bench.make(CloudMask.self, "{\"module\": \"cloud_mask\", \"band\": \"flags\", \(rules)}")
    let mask = try #require(made, "\(bench.mistakes)")
    #expect(mask.needsNames)
    let node = try JSONParser.parse(Array(asset.utf8)).plain
    let layer = try #require(QualityLayer(band: "flags", classifiedBy: node, number: number))
    return mask.named(by: layer).map { named in
      #expect(!named.needsNames && named.output == mask.output)
      return named.test
    }
  }

  @Test(arguments: [
    #""reject": ["cloud"]"#, #""reject": ["fill", "cloud", "cloud_shadow"]"#,
    #""reject": ["nodata", "shadow", "water"]"#,
    #""reject": ["cloud_confidence_high", "not_clear"]"#,
    #""reject": ["cirrus", "dilated"], "reject_bits": [15]"#,
    #""good_pixel_flags": {"cloud": "not_cloud", "fill": false, "cloud_shadow": "not_shadow"}"#,
    #""good_pixel_flags": {"cloud_confidence": ["low", "medium"], "snow": false}"#,
  ])
  func `the bits of an item are those of the table`(rules: String) throws {
    let named = try test(rules, asset: Self.landsat).get()
    let bench = try ModuleBench(bands: ["red", "qa_pixel"])
    let known = try bench.make(
      CloudMask.self, "{\"module\": \"cloud_mask\", \"band\": \"qa_pixel\", \(rules)}")
    let table = try #require(known, "\(bench.mistakes)").test
    let differing = (UInt16.min...UInt16.max).first { named.rejects(UInt64($0)) != table.rejects(UInt64($0)) }
    #expect(differing == nil)
  }

  @Test(
    arguments: [
      (["cloud"], [8, 9]), (["cloud_shadow"], [3]), (["shadow", "cirrus"], [3, 10]), (["fill"], [0]),
      (["vegetation", "Thin Cirrus"], [4, 10]), (["odd"], [5, 7]), (["cloud_high_probability"], [9]),
    ] as [([String], Set<UInt16>)])
  func `classes are found by their own names and by the usual ones`(flags: [String], values: Set<UInt16>)
    throws
  {
    let list = flags.map { "\"\($0)\"" }.joined(separator: ", ")
    let named = try test("\"reject\": [\(list)]", asset: Self.scl, number: 2).get()
    for value in UInt16.min...UInt16.max where named.rejects(UInt64(value)) != values.contains(value) {
      Issue.record("\(value)")
      return
    }
  }

  @Test func `a flag that the item does not name is a mistake at its place`() throws {
    for (asset, number) in [(Self.landsat, 1), (Self.scl, 2)] {
      let outcome = try test(
        #""reject": ["cloud", "clouud_shadow", "negative", "beyond"]"#, asset: asset, number: number)
      guard case .failure(let mistakes) = outcome else {
        Issue.record("no mistake")
        continue
      }
      let lines = mistakes.diagnostics.map(\.description)
      #expect(lines.count == 3)
      #expect(
        lines[0].contains("$.m.reject[1]: \"flags\" has no flag \"clouud_shadow\" (it has "), "\(lines)")
      #expect(lines[0].contains("did you mean \"cloud_shadow"), "\(lines)")
    }
  }

  @Test(arguments: [
    "{}", #"{"classification:bitfields": []}"#, #"{"classification:classes": [{"value": 1}]}"#,
    #"{"classification:bitfields": [{"offset": 3}]}"#,
    #"{"raster:bands": [{}], "classification:classes": 5}"#,
  ])
  func `what says nothing is no layer`(asset: String) throws {
    let node = try JSONParser.parse(Array(asset.utf8)).plain
    #expect(QualityLayer(band: "flags", classifiedBy: node, number: 1) == nil)
  }

  @Test func `a quality layer need not be listed by the download`() throws {
    let known = try ModuleBench(bands: ["red"])
    #expect(
      try known.make(CloudMask.self, #"{"module": "cloud_mask", "band": "qa_pixel", "reject": ["cloud"]}"#)
        != nil)
    #expect(known.scope.addedBands.map(\.name) == ["qa_pixel"])
    // A band that is listed is not brought twice, and a misspelt one is no other band.
    let listed = try ModuleBench(bands: ["red", "qa_pixel"])
    #expect(
      try listed.make(CloudMask.self, #"{"module": "cloud_mask", "band": "qa_pixel", "reject": ["cloud"]}"#)
        != nil)
    #expect(listed.scope.addedBands.isEmpty)
    let misspelt = try ModuleBench(bands: ["red", "flags"], collection: "unheard-of")
    #expect(
      try misspelt.make(CloudMask.self, #"{"module": "cloud_mask", "band": "flag", "reject": ["cloud"]}"#)
        == nil)
    #expect(misspelt.mistakes.first?.contains("did you mean \"flags\"?") == true)
  }
}
