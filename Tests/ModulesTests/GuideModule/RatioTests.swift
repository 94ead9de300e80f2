import Engine
import Modules
import Testing

/// The module that the guide "Your own module in ten minutes" writes.
@Suite struct RatioTests {
  private func ratio(_ text: String) throws -> (Ratio?, [String]) {
    let bench = try ModuleBench(bands: ["red", "nir08"])
    return (try bench.make(Ratio.self, text), bench.mistakes)
  }

  @Test func `it divides and keeps missing pixels missing`() throws {
    let module = try #require(try ratio(#"{"module": "ratio", "of": "nir08", "by": "red"}"#).0)
    let result = run(module, [[0.5, 0.5, .nan], [0.1, 0, 0.1]])
    #expect(abs(result[0] - 5) < 1e-6 && result[1].isNaN && result[2].isNaN)
  }

  @Test func `a variable that is not there is a mistake`() throws {
    let (module, mistakes) = try ratio(#"{"module": "ratio", "of": "ndwi", "by": "red"}"#)
    #expect(module == nil && mistakes.count == 1)
    #expect(mistakes.first?.contains("unknown variable \"ndwi\"") == true)
  }
}
