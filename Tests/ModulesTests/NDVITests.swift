import Engine
import Modules
import Testing

@Suite struct NDVITests {
  private func module(_ more: String = "") throws -> NDVI {
    let bench = try ModuleBench(bands: ["red", "nir08"])
    return try #require(try bench.make(NDVI.self, "{\"module\": \"ndvi\"\(more)}"))
  }

  @Test func `the index is near infrared minus red over their sum`() throws {
    let ndvi = try module()
    #expect(ndvi.inputs == ["red", "nir08"] && ndvi.outputs[0].name == "ndvi")
    let result = run(ndvi, [[0.1, 0.2, 0.3], [0.5, 0.2, 0.1]])
    for (found, expected) in zip(result, [2.0 / 3, 0, -0.5]) { #expect(abs(Double(found) - expected) < 1e-7) }
  }

  @Test func `stored numbers are scaled first`() throws {
    // Reflectance 0.0475 and 0.35: not the index of the numbers 9000 and 20000.
    let result = run(try module(), [[9000], [20_000]], scale: 0.0000275, offset: -0.2)
    #expect(abs(Double(result[0]) - (0.35 - 0.0475) / (0.35 + 0.0475)) < 1e-6)
  }

  @Test func `missing bands and a sum of zero are missing`() throws {
    let result = run(try module(), [[.nan, 0.1, 0, -0.1], [0.5, .nan, 0, 0.1]])
    #expect(result.allSatisfy { $0.isNaN })
  }

  @Test func `values of negative reflectances are kept unless they are to be missing`() throws {
    let bands: [[Float]] = [[-0.01, 0.1], [0.03, 0.3]]
    let kept = try module()
    #expect(abs(run(kept, bands)[0] - 2) < 1e-6)
    let dropped = try module(#", "outside": "missing""#)
    let result = run(dropped, bands)
    #expect(result[0].isNaN && abs(result[1] - 0.5) < 1e-6)
  }

  @Test func `the variable has c fs name`() throws {
    let output = try module().outputs[0]
    #expect(output.standardName == "normalized_difference_vegetation_index" && output.units == "1")
    #expect(output.statisticsRange == -1...1 && output.validRange == -1...1)
    #expect(try module(#", "as": "greenness""#).outputs[0].name == "greenness")
  }

  @Test func `two results cannot share a name`() throws {
    let bench = try ModuleBench(bands: ["red", "nir08"])
    #expect(try bench.make(NDVI.self, #"{"module": "ndvi"}"#) != nil)
    #expect(try bench.make(NDVI.self, #"{"module": "ndvi"}"#) == nil)
    #expect(bench.mistakes[0].contains("give this result another name with \"as\""))
    #expect(try bench.make(NDVI.self, #"{"module": "ndvi", "as": "ndvi_2"}"#) != nil)
  }
}
