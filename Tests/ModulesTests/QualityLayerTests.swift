import Geo
import Modules
import Raster
import Testing

/// The flags of the known layers, bit by bit, through the test that `cloud_mask` makes of them.
@Suite struct QualityLayerTests {
  private func test(_ band: String, _ rule: String) throws -> QualityTest? {
    let bench = try ModuleBench(bands: [band], collection: nil)
    return try bench.make(CloudMask.self, "{\"module\": \"cloud_mask\", \"band\": \"\(band)\", \(rule)}")?
      .test
  }

  private func check(
    _ band: String, _ rule: String, through last: UInt16 = .max, _ isRejected: (UInt16) -> Bool
  ) throws {
    let test = try #require(try test(band, rule), "\(rule)")
    let wrong = (0...last).first { test.rejects(UInt64($0)) != isRejected($0) }
    #expect(wrong == nil, "\(band) \(rule): \(wrong ?? 0)")
  }

  @Test(
    arguments: [
      ("fill", 0), ("dilated_cloud", 1), ("cirrus", 2), ("cloud", 3), ("cloud_shadow", 4), ("snow", 5),
      ("clear", 6), ("water", 7),
      // STAC's and ODC's names for the same bits.
      ("nodata", 0), ("dilated", 1), ("shadow", 4), ("snow_ice", 5), ("Cloud Shadow", 4),
    ] as [(String, Int)])
  func `Landsat flags are their bits`(flag: String, bit: Int) throws {
    try check("qa_pixel", "\"reject\": [\"\(flag)\"]") { $0 & (1 << bit) != 0 }
    let made = try test("qa_pixel", "\"reject\": [\"\(flag)\"]")
    #expect(made == QualityTest(anyOf: 1 << bit))
  }

  @Test(arguments: [("not_clear", 6), ("not_cloud", 3), ("not_water", 7), ("land_or_cloud", 7)])
  func `Landsat states of an unset bit can be rejected too`(flag: String, bit: Int) throws {
    try check("qa_pixel", "\"reject\": [\"\(flag)\"]") { $0 & (1 << bit) == 0 }
  }

  @Test(
    arguments: [
      ("cloud_confidence", 8), ("cloud_shadow_confidence", 10), ("snow_ice_confidence", 12),
      ("cirrus_confidence", 14), ("snow_confidence", 12),
    ])
  func `Landsat confidences have four levels`(field: String, bit: UInt16) throws {
    for (level, value) in zip(["none", "low", "medium", "high"], 0...3 as ClosedRange<UInt16>) {
      try check("qa_pixel", "\"reject\": [\"\(field)_\(level)\"]") { $0 >> bit & 3 == value }
      try check("qa_pixel", "\"good_pixel_flags\": {\"\(field)\": \"\(level)\"}") { $0 >> bit & 3 != value }
    }
    try check("qa_pixel", "\"good_pixel_flags\": {\"\(field)\": [\"none\", \"low\"]}") { $0 >> bit & 3 > 1 }
  }

  @Test func `the notebooks mask is one and with ninety nine hexadecimal`() throws {
    let odc = try test(
      "qa_pixel",
      """
      "good_pixel_flags": {"nodata": false, "cloud": "not_high_confidence",
        "cloud_shadow": "not_high_confidence", "water": "land_or_cloud"}
      """)
    #expect(odc == QualityTest(anyOf: 0x99))
    let names = try test("qa_pixel", #""reject": ["fill", "cloud", "cloud_shadow", "water"]"#)
    #expect(names == QualityTest(anyOf: 0x99))
    try check("qa_pixel", #""reject": ["fill", "cloud", "cloud_shadow", "water"]"#) { $0 & 0x99 != 0 }
  }

  @Test func `ODC's other spellings are understood`() throws {
    try check("qa_pixel", #""good_pixel_flags": {"dilated_cloud": "not_dilated"}"#) { $0 & 2 != 0 }
    try check("qa_pixel", #""good_pixel_flags": {"dilated_cloud": "dilated"}"#) { $0 & 2 == 0 }
    try check("qa_pixel", #""good_pixel_flags": {"clear": true}"#) { $0 & 64 == 0 }
    try check("qa_pixel", #""good_pixel_flags": {"clear": "clear"}"#) { $0 & 64 == 0 }
    try check("qa_pixel", #""good_pixel_flags": {"clear": false}"#) { $0 & 64 != 0 }
    try check("qa_pixel", #""good_pixel_flags": {"water": "water", "cirrus": "not_high_confidence"}"#) {
      $0 & 128 == 0 || $0 & 4 != 0
    }
    try check("qa_pixel", #""good_pixel_flags": {"snow": ["high_confidence", "not_high_confidence"]}"#) { _ in
      false
    }
  }

  @Test func `Landsat fill reads as fill and not as good`() throws {
    let test = try #require(try test("qa_pixel", #""reject": ["fill"]"#))
    let nodata = try #require(SensorTable.builtIn.qualityLayer(band: "QA_PIXEL")?.nodata)
    #expect(nodata == 1 && test.rejects(UInt64(nodata)) && !test.rejects(0))
  }

  @Test(
    arguments: [
      ("fill", [0]), ("no data", [0]), ("saturated", [1]), ("saturated or defective", [1]), ("dark", [2]),
      ("dark area pixels", [2]), ("cloud_shadow", [3]), ("cloud shadows", [3]), ("vegetation", [4]),
      ("bare soils", [5]), ("not_vegetated", [5]), ("water", [6]), ("unclassified", [7]),
      ("cloud medium probability", [8]), ("cloud_high", [9]), ("cloud", [8, 9]), ("thin cirrus", [10]),
      ("snow or ice", [11]),
    ] as [(String, Set<UInt16>)])
  func `Sentinel classes are their numbers`(flag: String, classes: Set<UInt16>) throws {
    try check("SCL", "\"reject\": [\"\(flag)\"]", through: 255) { classes.contains($0) }
  }

  @Test func `Sentinel classes to keep can be listed as ODC does`() throws {
    for field in ["qa", "scl"] {
      try check("scl", "\"good_pixel_flags\": {\"\(field)\": \"vegetation\"}", through: 255) { $0 != 4 }
      try check("scl", "\"good_pixel_flags\": {\"\(field)\": [\"vegetation\", \"bare soils\", \"water\"]}") {
        ![4, 5, 6].contains($0)
      }
    }
  }

  @Test(
    arguments: [
      ("cloud", 1), ("adjacent_cloud", 2), ("adjacent", 2), ("cloud_shadow", 3), ("shadow", 3), ("snow", 4),
      ("water", 5),
    ] as [(String, UInt16)])
  func `HLS flags are their bits`(flag: String, bit: UInt16) throws {
    try check("Fmask", "\"reject\": [\"\(flag)\"]", through: 255) { $0 & (1 << bit) != 0 }
  }

  @Test func `HLS fill is the whole byte and aerosol two bits`() throws {
    try check("Fmask", #""reject": ["fill"]"#, through: 255) { $0 == 255 }
    try check("Fmask", #""good_pixel_flags": {"fill": false}"#, through: 255) { $0 == 255 }
    try check("Fmask", #""reject": ["aerosol_high"]"#, through: 255) { $0 >> 6 == 3 }
    try check("Fmask", #""reject": ["aerosol_moderate"]"#, through: 255) { $0 >> 6 == 2 }
  }

  @Test func `MODIS states are their bits`() throws {
    try check("state_1km", #""reject": ["cloud"]"#) { $0 & 3 == 1 || $0 & 3 == 2 }
    try check("state_1km", #""reject": ["cloud_state_cloudy"]"#) { $0 & 3 == 1 }
    try check("state_1km", #""reject": ["mixed"]"#) { $0 & 3 == 2 }
    try check("state_1km", #""reject": ["assumed_clear"]"#) { $0 & 3 == 3 }
    try check("state_1km", #""reject": ["cloud_shadow"]"#) { $0 & 4 != 0 }
    try check("state_1km", #""reject": ["land"]"#) { $0 >> 3 & 7 == 1 }
    try check("state_1km", #""reject": ["water"]"#) { ![1, 2].contains($0 >> 3 & 7) }
    try check("state_1km", #""reject": ["aerosol_high"]"#) { $0 >> 6 & 3 == 3 }
    try check("state_1km", #""reject": ["cirrus"]"#) { $0 >> 8 & 3 != 0 }
    try check("state_1km", #""reject": ["internal_cloud"]"#) { $0 & 1 << 10 != 0 }
    try check("sur_refl_state_500m", #""reject": ["snow"]"#) { $0 & 1 << 12 != 0 }
    try check("sur_refl_state_500m", #""reject": ["adjacent_cloud"]"#) { $0 & 1 << 13 != 0 }
    try check("sur_refl_state_500m", #""reject": ["fill"]"#) { $0 == 65535 }
    try check("state_1km", #""good_pixel_flags": {"cloud_state": ["clear", "assumed_clear"]}"#) {
      $0 & 3 == 1 || $0 & 3 == 2
    }
  }

  @Test func `every flag that is offered is understood`() throws {
    for layer in SensorTable.builtIn.qualityLayers {
      for flag in layer.flagNames {
        #expect(try test(layer.bandNames[0], "\"reject\": [\"\(flag)\"]") != nil, "\(layer.name): \(flag)")
      }
    }
  }
}
