import Engine
import JSON
import Raster
import Testing

@testable import Pipeline

/// What is said of results in which nothing is valid.
@Suite struct EmptyResultsTests {
  private func losses(_ period: String) async throws -> [String] {
    let fixture = try PlannerFixture()
    fixture.download["bands"] = ["red", "qa_pixel"]
    try fixture.write()
    let text =
      #"{ "pipeline": "p", "sequences": [{ "name": "s", "modules": [{ "module": "download", "#
      + #""source": "items.json", "bands": ["red"] }, "#
      + #"{ "module": "composite", "of": "red", "statistic": "mean", "as": "mean", "period": \#(period) }] }] }"#
    let reading = ConfigReader.read(Array(text.utf8), file: fixture.folder + "/config.json")
    let config = try #require(reading.config, "\(reading.messages)")
    let plan = try #require(try await PipelinePlanner(config).plan().sequences.first?.plan)
    let products = plan.products.map { product in
      let layers = plan.layerLabels(of: product).map {
        ProductReport.Layer(label: $0, statistics: SampleStatistics(range: 0...1), failedCells: 0, file: nil)
      }
      return ProductReport(
        index: product.index, module: "composite", variable: product.variable, period: product.period,
        pixels: 8000, layers: layers)
    }
    let report = SequenceReport(
      name: "s", collection: nil, area: [:], inputs: [], cells: CellCounts(done: 3), products: products,
      losses: [])
    return EmptyResults(plan: plan, report: report).losses.map(\.reason)
  }

  @Test func `intervals in which no date lies are named, with the dates that there are`() async throws {
    let one = try await losses(#"[{ "label": "summer", "start": "2021-06-01", "end": "2021-09-01" }]"#)
    #expect(one.count == 1)
    #expect(
      one.first?.contains(
        "\"mean\" has not one valid pixel: none of the 3 dates from 2021-01-05 to 2021-02-06 lies in \"summer\" "
          + "(2021-06-01 to 2021-09-01);") == true, "\(one)")
    let many = (1...5).map {
      #"{ "label": "y\#($0)", "start": "203\#($0)-01-01", "end": "203\#($0)-02-01" }"#
    }
    let five = try await losses("[\(many.joined(separator: ", "))]")
    #expect(five.first?.contains("\"y3\" (2033-01-01 to 2033-02-01) and 2 more") == true, "\(five)")
  }

  @Test func `where dates lie in the layers it is not the dates`() async throws {
    let months = try await losses(#""month""#)
    #expect(months.first?.contains("it is missing on each of the 3 dates") == true, "\(months)")
  }
}
