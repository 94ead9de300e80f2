import Engine
import Geo
import JSON
import Raster
import Testing

@testable import Pipeline

/// What is said of results in which nothing is valid.
@Suite struct EmptyResultsTests {
  private func losses(_ period: String) async throws -> [String] {
    try await losses(
      of: #"{ "module": "composite", "of": "red", "statistic": "mean", "as": "mean", "period": \#(period) }"#)
  }

  /// The losses where nothing of a module's results is valid.
  ///
  /// - Parameter done: the cells that had values.
  private func losses(of module: String, done: Int = 3, rows: TableReport? = nil) async throws -> [String] {
    let fixture = try PlannerFixture()
    fixture.download["bands"] = ["red", "qa_pixel"]
    try fixture.write()
    let text =
      #"{ "pipeline": "p", "sequences": [{ "name": "s", "modules": [{ "module": "download", "#
      + #""source": "items.json", "bands": ["red"] }, "#
      + "\(module)] }] }"
    let reading = ConfigReader.read(Array(text.utf8), file: fixture.folder + "/config.json")
    let config = try #require(reading.config, "\(reading.messages)")
    let plan = try #require(try await PipelinePlanner(config).plan().sequences.first?.plan)
    let products = plan.products.filter(\.isPublished).map { product in
      let layers = plan.layerLabels(of: product).map {
        ProductReport.Layer(label: $0, statistics: SampleStatistics(range: 0...1), failedCells: 0, file: nil)
      }
      return ProductReport(
        index: product.index, module: product.module, variable: product.variable, period: product.period,
        pixels: 8000, layers: layers)
    }
    var report = SequenceReport(
      name: "s", collection: nil, area: [:], inputs: [], cells: CellCounts(done: done, empty: 3 - done),
      products: products, losses: [])
    if let rows { report.tables = [rows] }
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

  @Test(
    arguments: [
      (
        #"{ "module": "harmonic", "of": "red", "terms": 2 }"#, 3,
        "\"harmonic\" needs 5 dates with a value, and there are 3"
      ),
      (
        #"{ "module": "trend", "of": "red" }"#, 3,
        "no pixel has a value on the 3 dates that \"trend\" needs, of 3;"
      ),
      (
        #"{ "module": "trend", "of": "red" }"#, 0,
        "none of the 3 dates has a value in the area: look at the area and at the bands' nodata; \"trend\" needs 3"
      ),
      (
        #"{ "module": "phenology", "of": "red", "least_amplitude": 0.25 }"#, 3,
        "of 3, or none with as many has a season: a peak above lower values before or after it, with an amplitude of "
          + "0.25 at least;"
      ),
      (
        #"{ "module": "smooth", "of": "red", "every": 16 }"#, 3,
        "no pixel has a value on the 3 dates that \"smooth\" needs"
      ),
      (
        #"{ "module": "composite", "of": "red", "statistic": "mean", "as": "mean", "min_count": 2 }"#, 3,
        "no pixel has a value on the 2 dates that \"composite\" needs, of 3;"
      ),
    ])
  func `what a module needs is said as it is`(module: String, done: Int, message: String) async throws {
    let found = try await losses(of: module, done: done)
    #expect(!found.isEmpty && found.allSatisfy { $0.contains(message) }, "\(found)")
  }

  @Test func `a table of missing values and counts of zero is a loss`() async throws {
    let module = #"{ "module": "sample", "of": "red", "points": [[-71.18, -35.234]], "as": "spots" }"#
    func rows(_ values: [Double]) -> TableReport {
      TableReport(
        module: "sample", name: "spots", period: .date,
        columns: [
          .init(name: "red_count", longName: "", isCount: true), .init(name: "red_mean", longName: ""),
        ],
        features: [.init(id: "1", x: 0, y: 0)],
        layers: (0..<3).map { .init(label: "\($0)", bounds: nil, dates: [$0]) }, values: values)
    }
    let empty = try await losses(of: module, rows: rows([0, .nan, 0, .nan, 0, .nan]))
    #expect(
      empty.count == 1
        && empty[0].hasPrefix("table \"spots\" has not one value: \"red\" is missing in the 1 "))
    #expect(try await losses(of: module, rows: rows([0, .nan, 2, 0, 0, .nan])).isEmpty)
    #expect(try await losses(of: module, rows: rows([0, .nan, 2, .nan, 0, .nan])).isEmpty)
  }
}
