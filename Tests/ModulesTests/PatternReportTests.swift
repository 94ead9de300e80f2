import Engine
import Geo
import JSON
import Modules
import Testing

/// What becomes of the tables of patterns at the end of a run.
@Suite struct PatternReportTests {
  /// Tables of two sub-images over so many months from January 2018: offset50 and NDVI of each, and rain.
  private func report(
    _ months: Int, offset50: (Int, Int) -> Double, rain: (Int) -> Double = { Double($0 % 12) }
  ) throws -> RunReport {
    let layers = try (0..<months).map { month -> PeriodLayer in
      let start = try #require(CalendarDate(year: 2018 + month / 12, month: month % 12 + 1, day: 1))
      return PeriodLayer(label: start.description, bounds: start..<start.addingMonths(1), dates: [month])
    }
    let period = Period.whole(1, .months)
    let features = (0..<2).map { TableFeature(id: "sub\($0)", x: 0, y: 0, properties: ["0", "\($0)"]) }
    func table(_ module: any TableModule.Type, _ columns: [String], _ value: (Int, Int, Int) -> Double)
      -> TableReport
    {
      let values = (0..<2).flatMap { feature in
        (0..<months).flatMap { month in columns.indices.map { value(feature, month, $0) } }
      }
      var table = TableReport(
        module: module.descriptor.name, name: module.descriptor.name, period: period,
        columns: columns.map { TableColumn(name: $0, longName: $0) }, features: features, layers: layers,
        values: values)
      table.longitudes = [27.9012345, 27.95]
      table.latitudes = [11.6, 11.55]
      return table
    }
    let elements = (0..<20).map { "feature_\($0 < 10 ? "0" : "")\($0)" }
    let names = ["offset50", "offset", "slope", "mean", "std"] + elements
    let centrality = table(NetworkCentrality.self, names) { feature, month, column in
      let value = offset50(feature, month)
      return value.isNaN ? .nan : column == 0 ? value : Double(column)
    }
    let greenness = table(NDVIStatisticsTable.self, ["ndvi", "ndvi_veg", "vegetation_pixels"]) {
      $2 == 1 && $0 == 1 ? .nan : Double(100 + $1 + $2)
    }
    let weather = TableReport(
      module: Weather.descriptor.name, name: "weather", period: period,
      columns: [TableColumn(name: "total_precipitation", longName: "rain", units: "m")], features: [],
      layers: layers, values: (0..<months).map(rain))
    var sequence = SequenceReport(
      name: "s2", collection: "sentinel-2-c1-l2a", area: [:], inputs: [], cells: CellCounts(), products: [],
      losses: [])
    sequence.tables = [centrality, greenness, weather]
    return RunReport(pipeline: "sahel", software: ["version": "1"], run: [:], sequences: [sequence])
  }

  private func json(_ module: some WholeRunModule, _ report: RunReport, _ path: String) throws -> JSONNode {
    let file = try #require(module.files(for: report).first { $0.path == path })
    return try JSONParser.parse(file.bytes)
  }

  @Test func `the page of the run has a chart of each table's columns`() throws {
    let report = try report(24) { feature, month in Double(feature * 100 - month) }
    let file = try #require(Report().files(for: report).first)
    let page = String(decoding: file.bytes, as: UTF8.self)
    // Of 2018-03 the sub-images have -2 and 98.
    #expect(page.contains("<strong>network_centrality: offset50</strong>"))
    #expect(page.contains("<td>2018-03-01</td><td>48</td><td>23</td><td>73</td><td>100 %</td>"))
    #expect(page.contains("<strong>weather: total_precipitation</strong>"))
    // One row a layer has no spread.
    #expect(page.contains("<td>2018-03-01</td><td>2</td><td>–</td><td>–</td><td>100 %</td>"))
    // No more than the first columns.
    #expect(!page.contains("<strong>network_centrality: feature_05</strong>"))
  }

  @Test func `the summary has pyveg's keys, null for what is missing, and middles of periods`() throws {
    let module = try #require(
      try ModuleBench().make(
        Combine.self, #"{"module": "combine", "format": "pyveg", "metadata": {"coords_id": "07"}}"#))
    let report = try report(
      3, offset50: { $1 == 1 || $1 == 2 && $0 == 0 ? .nan : -800 },
      rain: { $0 == 2 ? .nan : 0.01 })
    let summary = try json(module, report, "results_summary.json")
    #expect(summary.members?.map(\.key) == ["ECMWF/ERA5/MONTHLY", "COPERNICUS/S2", "metadata"])
    let vegetation = summary["COPERNICUS/S2"]
    #expect(vegetation?["type"]?.string == "vegetation")
    let series = vegetation?["time-series-data"]
    #expect(series?.members?.map(\.key) == ["2018-01-16", "2018-02-15", "2018-03-16"])
    #expect(series?["2018-01-16"]?.array?.count == 2 && series?["2018-02-15"]?.plain == .null)
    let rest = try #require(series?["2018-03-16"]?.array)
    #expect(rest.count == 1 && rest[0]["latitude"]?.double == 11.55)
    let point = try #require(series?["2018-01-16"]?.array?.first)
    #expect(point["longitude"]?.double == 27.901 && point["date"]?.string == "2018-01-16")
    #expect(point["feature_vec"]?.array?.count == 20 && point["ndvi"]?.double == 100)
    #expect(series?["2018-01-16"]?.array?.last?["ndvi_veg"]?.plain == .null)
    let weather = summary["ECMWF/ERA5/MONTHLY"]?["time-series-data"]
    #expect(weather?["2018-01-16"]?["total_precipitation"]?.double == 0.01)
    #expect(weather?["2018-03-16"]?.plain == .null)
    // Dates with both.
    #expect(summary["metadata"]?["num_data_points"]?.integer == 1)
    #expect(summary["metadata"]?["coords_id"]?.string == "07")
    #expect(summary["metadata"]?["time_per_point"]?.string == "1m")
    #expect(summary["metadata"]?["end_date"]?.string == "2018-04-01")
  }

  @Test func `gaps and outliers are filled from other years, and stay filled`() throws {
    let module = try #require(
      try ModuleBench().make(Resilience.self, #"{"module": "resilience", "surrogates": 20}"#))
    // A pure yearly course; one month is missing in both sub-images, one is far off in the first.
    func course(_ feature: Int, _ month: Int) -> Double {
      if month == 17 { return .nan }
      return month == 30 && feature == 0 ? 5000 : -800 + Double(month % 12) + Double(100 * feature)
    }
    let found = try json(module, report(48, offset50: course), "resilience.json")
    let series = found["s2"]?["series"]
    #expect(
      series?.members?.map(\.key) == ["offset50", "ndvi", "ndvi_veg", "total_precipitation"])
    let offset50 = series?["offset50"]
    #expect(offset50?["outliers_dropped"]?.integer == 1 && offset50?["gaps_filled"]?.integer == 3)
    #expect(
      offset50?["values"]?.array?.compactMap(\.double) == (0..<48).map { -750 + Double($0 % 12) })
    #expect(offset50?["count"]?.array?[17].integer == 0 && offset50?["count"]?.array?[30].integer == 1)
    // The right mean year: −750 … −739, in one month from December to January.
    let climatology = offset50?["climatology"]
    #expect(climatology?["months"]?.array?.compactMap(\.double) == (0..<12).map { -750 + Double($0) })
    #expect(climatology?["amplitude"]?.double == 11 && climatology?["decay_rate"]?.plain == .null)
    // Vegetation follows this rain at once.
    let lag = found["s2"]?["lag_correlation"]?["offset50"]
    #expect(lag?["best_lag"]?.integer == 0 && lag?["correlations"]?.array?.count == 6)
    let rest = offset50?["season"]?["rest"]?.array?.compactMap(\.double) ?? []
    #expect(rest.count == 48 && rest.allSatisfy { abs($0) < 1e-9 })
    #expect(offset50?["early_warning"]?["window"]?.integer == 24)
    // Sub-images that never have a value of their own do not count.
    #expect(series?["ndvi_veg"]?["count"]?.array?.first?.integer == 1)
  }

  @Test func `short series are described, and nothing is made up`() throws {
    let module = try #require(try ModuleBench().make(Resilience.self, #"{"module": "resilience"}"#))
    let found = try json(module, report(3, offset50: { _, _ in .nan }), "resilience.json")
    let offset50 = found["s2"]?["series"]?["offset50"]
    #expect(
      offset50?["statistics"]?["count"]?.integer == 0 && offset50?["statistics"]?["mean"]?.plain == .null)
    #expect(offset50?["season"]?.plain == .null && offset50?["early_warning"]?.plain == .null)
    let table = try #require(
      try module.files(for: report(3, offset50: { _, _ in .nan })).first { $0.path == "resilience.csv" })
    let rows = String(decoding: table.bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    #expect(rows[0] == "sequence,variable,date,value,standard_deviation,count,smooth")
    #expect(rows[1] == "s2,offset50,2018-01-16,,,0,")
    let none = RunReport(pipeline: "p", software: [:], run: [:], sequences: [])
    #expect(try json(module, none, "resilience.json").members?.isEmpty == true)
  }
}
