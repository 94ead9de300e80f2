import Engine
import Geo
import Modules
import Testing

@Suite struct CompositeTests {
  private func make(_ more: String, _ bench: ModuleBench) throws -> Composite? {
    try bench.make(Composite.self, "{\"module\": \"composite\"\(more)}")
  }

  /// One pixel's values on five days of January and two of March.
  private static let dates = [
    "2021-01-03", "2021-01-08", "2021-01-13", "2021-01-18", "2021-01-23", "2021-03-01", "2021-03-09",
  ]
  private static let values: [Float] = [0.5, .nan, 0.25, 0.75, 0.125, .nan, 2]

  // numpy: nanmean, nanmedian, nanpercentile, nanstd … of [0.5, 0.25, 0.75, 0.125] and of [2].
  @Test(
    arguments: [
      ("mean", "", [0.40625, 2]), ("median", "", [0.375, 2]), ("min", "", [0.125, 2]),
      ("max", "", [0.75, 2]),
      ("sum", "", [1.625, 2]), ("std", "", [0.24003580, 0]), ("first", "", [0.5, 2]),
      ("last", "", [0.125, 2]),
      ("percentile", #", "q": 10"#, [0.1625, 2]), ("percentile", #", "q": 62.5"#, [0.46875, 2]),
      ("percentile", #", "q": 0"#, [0.125, 2]), ("percentile", #", "q": 100"#, [0.75, 2]),
    ] as [(String, String, [Float])])
  func `statistics of months are numpy's, and empty months are missing`(
    statistic: String, more: String, expected: [Float]
  ) throws {
    let bench = try ModuleBench(bands: ["red"])
    let text = ", \"of\": \"red\", \"statistic\": \"\(statistic)\", \"period\": \"month\"\(more)"
    let module = try #require(try make(text, bench))
    let dates = try Self.dates.map { try #require(CalendarDate($0)) }
    // A second pixel has no value at all.
    let results = module.reduce(dates, Self.values.map { [[$0, .nan]] }, pixels: 2)
    let months = results[0].map(\.values)
    #expect(months.count == 3)
    #expect(abs(months[0][0] - expected[0]) <= 1e-7 && months[2][0] == expected[1], "\(months)")
    #expect(months[1].allSatisfy { $0.isNaN })
    #expect(months.allSatisfy { $0[1].isNaN })
    #expect(results[1].map(\.counts) == [[4, 0], [0, 0], [1, 0]])
  }

  @Test func `counts alone are whole numbers, 0 where nothing is`() throws {
    let bench = try ModuleBench(bands: ["red"])
    let module = try #require(try make(#", "of": "red", "statistic": "count", "period": "year""#, bench))
    #expect(module.outputs.map(\.name) == ["red_year_count"] && module.outputs[0].storage == .int32)
    let dates = try Self.dates.map { try #require(CalendarDate($0)) }
    #expect(module.reduce(dates, Self.values.map { [[$0, .nan]] }, pixels: 2)[0].map(\.counts) == [[5, 0]])
  }

  @Test func `several variables are named one by one, and as is their stem`() throws {
    let bench = try ModuleBench(bands: ["red", "green"])
    let module = try #require(
      try make(#", "of": ["red", "green"], "statistic": "median", "period": "month", "count": false"#, bench))
    #expect(module.outputs.map(\.name) == ["red_month_median", "green_month_median"])
    #expect(module.outputs.map(\.cellMethods) == ["time: median", "time: median"])
    let results = module.reduce(try days("2021-01-01"), [[[1, 2], [3, 4]]], pixels: 2)
    #expect(results.map { $0[0].values } == [[1, 2], [3, 4]])
    let named = try #require(try make(#", "of": ["red", "green"], "as": "early", "count": false"#, bench))
    #expect(named.outputs.map(\.name) == ["early_red", "early_green"])
    let tenth = try #require(try make(#", "of": "red", "statistic": "percentile", "q": 2.5"#, bench))
    #expect(tenth.outputs[0].name == "red_all_p2_5")
  }

  @Test func `layers of a composite can be put together again, and say so`() throws {
    let bench = try ModuleBench(bands: ["red"])
    _ = try make(#", "of": "red", "statistic": "median", "period": "month""#, bench)
    let module = try #require(try make(#", "of": "red_month_median", "period": "month_of_year""#, bench))
    #expect(module.outputs[0].name == "red_month_median_month_of_year_mean")
    #expect(
      module.outputs[0].cellMethods == "time: median time: mean within years time: mean over years")
  }

  /// Each interval that overlaps another is one mistake, however many there are.
  @Test func `of many intervals each mistake is said once`() throws {
    let bench = try ModuleBench(bands: ["red"])
    let list = (0..<3000).map { #"{ "label": "l\#($0)", "start": "2021-01-01", "end": "2021-12-31" }"# }
    #expect(try make(#", "of": "red", "period": [\#(list.joined(separator: ","))]"#, bench) == nil)
    #expect(bench.mistakes.count == 2999)
    #expect(bench.mistakes.first?.contains(#"interval "l1" overlaps "l0""#) == true)
    // The one that reaches furthest counts, not the one before.
    let other = try ModuleBench(bands: ["red"])
    let three = [("2021-06-01", "2021-06-30"), ("2021-01-01", "2021-12-31"), ("2021-02-01", "2021-03-01")]
      .enumerated().map { #"{ "label": "l\#($0)", "start": "\#($1.0)", "end": "\#($1.1)" }"# }
    #expect(try make(#", "of": "red", "period": [\#(three.joined(separator: ","))]"#, other) == nil)
    #expect(other.mistakes.count == 2, "\(other.mistakes)")
    #expect(other.mistakes.contains { $0.contains(#"interval "l2" overlaps "l1""#) })
    #expect(other.mistakes.contains { $0.contains(#"interval "l1" overlaps "l0""#) })
  }

  @Test(
    arguments: [
      (#", "statistic": "percentile""#, "which percentile is not said"),
      (#", "q": 10"#, "only \"percentile\" has a q"),
      (#", "period": {"days": 16, "months": 1}"#, "so many days or so many months"),
      (#", "period": {"days": 16, "from": "noon"}"#, "\"noon\" is no day to count from"),
      (#", "period": [{"label": "a", "start": "2021-02-01", "end": "2021-01-01"}]"#, "is empty"),
      (#", "period": [{"label": "a", "start": "2021-02-30", "end": "2021-03-01"}]"#, "is no day"),
      (#", "period": [{"label": "a", "start": "2021-02-01"}]"#, "has no \"end\""),
      (
        #", "period": [{"label": "a", "start": "2021-01-01", "end": "2021-02-01"}, {"label": "b", "start": "2021-02-01", "end": "2021-03-01"}]"#,
        "overlaps \"a\""
      ),
      (
        #", "period": [{"label": "a", "start": "2019-01-01", "end": "2019-02-01"}]"#,
        "outside the config's dates"
      ),
      (#", "period": [{"label": "a/b", "start": "2021-01-01", "end": "2021-02-01"}]"#, "needs a label"),
    ])
  func `periods and statistics that cannot be are reported`(more: String, message: String) throws {
    let bench = try ModuleBench(bands: ["red"])
    let range = try days("2021-01-01", "2021-12-31")
    bench.scope.inform(DateRange(range[0]...range[1]))
    #expect(try make(", \"of\": \"red\"\(more)", bench) == nil)
    #expect(bench.mistakes.count == 1 && bench.mistakes[0].contains(message), "\(bench.mistakes)")
  }
}
