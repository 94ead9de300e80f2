import Engine
import Storage
import TestSupport
import Testing

@testable import Pipeline

/// Pixels that are missing because they lie beyond the valid range of their file: how many a run says there are.
@Suite struct BeyondRangeTests {
  @Test(
    "They are counted once and where masks keep them, whatever the chunks and what looks around these",
    arguments: ["nearest", "bilinear", "bin", "area"])
  func countsOnce(method: String) async throws {
    let granules = try SwathRunTests.Granules()
    var granule = MadeGranule(longitude: 10, latitude: 40)
    for pixel in stride(from: 0, to: 3000, by: 5) { granule.values[pixel] = 150 }
    // Whole chunks are masked, and parts of others.
    for pixel in 0..<1300 { granule.flags[pixel] = 8 }
    for pixel in stride(from: 0, to: 3000, by: 3) { granule.flags[pixel] = 8 }
    try await granule.write(granules.path("a"))
    func count(_ name: String, chunk: Int) async throws -> Int {
      let config = try granules.config(
        name, area: SwathRunTests.lonLat, bands: #"["chlor_a"]"#, isSaved: false,
        download: ", \"regrid\": \"\(method)\"",
        modules: """
          , { "module": "cloud_mask", "band": "l2_flags", "reject": ["CLOUD"] },
          { "module": "gaussian", "of": "chlor_a", "sigma": 1.5, "as": "smooth" },
          { "module": "expression", "formula": "smooth", "as": "out", "save": true }
          """,
        resources: "{ \"threads\": 2, \"chunk\": \(chunk) }")
      let outcome = try await granules.compute(config, variable: "out").outcome
      return outcome.report.sequences[0].lostPixels.beyondRange["chlor_a"] ?? 0
    }
    let whole = try await count("whole", chunk: 256)
    #expect(whole > 0)
    #expect(try await count("parts", chunk: 16) == whole)
    guard method == "nearest" else { return }
    let plan = try await PipelinePlanner(try granules.config("g", area: SwathRunTests.lonLat)).plan()
    let (longitudes, latitudes) = try SwathRunTests.places(try #require(plan.sequences[0].plan?.grid))
    let nearest = granule.nearest(longitudes, latitudes)
    #expect(whole == nearest.count { $0 >= 0 && granule.values[$0] > 100 && granule.flags[$0] == 0 })
  }
}
