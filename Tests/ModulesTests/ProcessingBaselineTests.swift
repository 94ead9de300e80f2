import JSON
import Modules
import Testing

/// What Sentinel-2 items say of the offset in their numbers.
@Suite struct ProcessingBaselineTests {
  private func finding(_ properties: JSONObject, id: String = "scene") throws -> ProcessingBaseline.Finding {
    let baseline = try #require(SensorTable.builtIn.sensor(collection: "sentinel-2-l2a")?.baseline)
    return baseline.finding(properties: properties, id: id)
  }

  @Test(arguments: [
    ("02.12", 0.0), ("03.01", 0), ("03.99", 0), ("04.00", -0.1), ("05.09", -0.1), ("5.11", -0.1),
    ("99.99", -0.1),
  ])
  func `the offset came with baseline 04.00`(baseline: String, offset: Double) throws {
    for name in ["s2:processing_baseline", "processing:version", "sentinel:processing_baseline"] {
      #expect(try finding([name: .string(baseline)]) == .offset(offset))
    }
  }

  @Test func `the baseline can stand in the product's name`() throws {
    let product = "S2B_MSIL2A_20220126T020609_N0400_R103_T52SFA_20220126T043416"
    #expect(try finding([:], id: product) == .offset(-0.1))
    #expect(try finding(["s2:product_uri": .string(product + ".SAFE")]) == .offset(-0.1))
    #expect(
      try finding([:], id: "S2B_MSIL2A_20190629T212529_N0212_R043_T06VVN_20201006T080531") == .offset(0))
    #expect(try finding([:], id: "S2B_MSIL2A_20190629T212529_R043_T06VVN_20201006T080531") == .unknown)
  }

  @Test func `a catalogue that took the offset out is believed over everything else`() throws {
    for name in ["earthsearch:boa_offset_applied", "sentinel:boa_offset_applied"] {
      #expect(try finding([name: true, "s2:processing_baseline": "05.09"]) == .applied)
      #expect(try finding([name: false, "s2:processing_baseline": "05.09"]) == .offset(-0.1))
    }
  }
}
