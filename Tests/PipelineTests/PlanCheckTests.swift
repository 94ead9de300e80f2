import JSON
import Testing

@testable import Pipeline

/// What is seen of a config's modules only when the scenes are known.
@Suite struct PlanCheckTests {
  /// A config of scenes of a sensor that is not known, whose bands are therefore what catalogues say.
  private func fixture(_ modules: JSONValue...) throws -> PlannerFixture {
    let fixture = try PlannerFixture()
    for index in fixture.scenes.indices { fixture.scenes[index].collection = "unknown" }
    fixture.config["sequences"] = [
      [
        "name": "s",
        "modules": .array(
          [["module": "download", "source": "items.json", "collection": "unknown"]] + modules),
      ]
    ]
    return fixture
  }

  @Test func `a band in a formula that no scene has is placed where the formula names it`() async throws {
    let formula = "(nir08 - rad)\n / (rad + 1)"
    let fixture = try fixture(["module": "expression", "as": "ratio", "formula": .string(formula)])
    let failure = try await fixture.failure()
    #expect(failure.isConfigMistake)
    #expect(
      failure.description.contains(
        "$.sequences[0].modules[1].formula: in the formula, line 1, column 10: no scene")
        && failure.description.contains("has a band \"rad\"")
        && failure.description.contains("did you mean \"red\"?"), "\(failure)")
  }

  @Test func `a band in a parameter that no scene has is placed there`() async throws {
    let fixture = try fixture([
      "module": "composite", "of": ["red", "nir80"], "statistic": "mean", "as": "nir80",
    ])
    let failure = try await fixture.failure()
    #expect(
      failure.description.contains("$.sequences[0].modules[1].of[1]: no scene")
        && failure.description.contains("did you mean \"nir08\"?"), "\(failure)")
  }

  @Test func `what is called as a band is called and holds none is not where it is placed`() async throws {
    let fixture = try fixture([
      "module": "composite", "statistic": "max", "of": "max", "as": "highest",
    ])
    let failure = try await fixture.failure()
    #expect(failure.description.contains("$.sequences[0].modules[1].of: no scene"), "\(failure)")
  }

  @Test(arguments: [
    // Pixels as far as the filter looks, rows and columns of chunks, and of those that are advised, of a grid of 100 × 80.
    (45, [16, 16], [80, 90]), (33, [16, 16], [66, 66]), (33, [16, 80], [66, 80]),
  ])
  func `a filter that is wider than chunks is said to compute as many pixels as it does`(
    radius: Int, chunk: [Int], advised: [Int]
  ) async throws {
    let fixture = try PlannerFixture()
    fixture.mask["dilate"] = .integer(radius)
    fixture.config["resources"] = ["chunk": .array(chunk.map { .integer($0) })]
    var pixels = 0
    for row in stride(from: 0, to: 80, by: chunk[0]) {
      for column in stride(from: 0, to: 100, by: chunk[1]) {
        let rows = min(80, min(80, row + chunk[0]) + radius) - max(0, row - radius)
        let columns = min(100, min(100, column + chunk[1]) + radius) - max(0, column - radius)
        pixels += rows * columns
      }
    }
    let times = (Double(pixels) / 8000 * 10).rounded() / 10
    let text = times < 10 ? "\(times)" : "\(Int((Double(pixels) / 8000).rounded()))"
    let warnings = try await fixture.plan().warnings.filter { $0.contains("pixels far") }
    #expect(
      warnings.count == 1
        && warnings[0].contains("\(text) times the grid's pixels are computed; give larger chunks")
        && warnings[0].contains("\"chunk\": [\(advised[0]), \(advised[1])]"), "\(warnings)")
  }

  @Test func `a filter that is wider than chunks of a small grid is not said to compute much more`()
    async throws
  {
    let fixture = try PlannerFixture()
    fixture.mask["dilate"] = 90
    fixture.config["resources"] = ["chunk": [80, 96]]
    #expect(try await fixture.plan().warnings.filter { $0.contains("pixels far") }.isEmpty)
    fixture.config["resources"] = ["chunk": [48, 48]]
    #expect(try await fixture.plan().warnings.contains { $0.contains("pixels far") })
  }
}
