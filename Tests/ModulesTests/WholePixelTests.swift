import Engine
import Geo
import Modules
import Testing

@Suite struct WholePixelTests {
  private func make(_ more: String, _ bench: ModuleBench) throws -> Composite? {
    try bench.make(Composite.self, "{\"module\": \"composite\", \"of\": [\"red\", \"nir08\"]\(more)}")
  }

  /// Two pixels on four days: of the second the near infrared is missing on the first day, and nothing is there later.
  private static let days = ["2021-01-03", "2021-01-19", "2021-02-04", "2021-03-08"]
  private static let red: [[Float]] = [[0.1, 0.2], [0.2, 0.3], [0.1, .nan], [0.3, .nan]]
  private static let nir: [[Float]] = [[0.4, .nan], [0.6, 0.4], [0.4, 0.5], [0.3, .nan]]

  private func reduce(_ module: Composite, more: [[Float]]? = nil) throws -> [[Results]] {
    let dates = try Self.days.map { try #require(CalendarDate($0)) }
    let values = dates.indices.map { step in
      [Self.red[step], Self.nir[step]] + (more.map { [$0[step]] } ?? [])
    }
    return module.reduce(dates, values, pixels: 2)
  }

  @Test func `the best date by another variable brings all bands, its day and the count`() throws {
    let bench = try ModuleBench(bands: ["red", "nir08"])
    _ = try bench.make(NDVI.self, #"{"module": "ndvi"}"#)
    let module = try #require(try make(#", "best": {"highest": "ndvi"}"#, bench), "\(bench.mistakes)")
    #expect(module.inputs == ["red", "nir08", "ndvi"])
    #expect(
      module.outputs.map(\.name) == [
        "red_all_best", "red_all_best_count", "red_all_best_day", "nir08_all_best",
      ])
    // Of equal ones the earliest; one whose red is missing does not count.
    let results = try reduce(module, more: [[0.6, 0.9], [0.5, 0.1], [0.6, 0.2], [.nan, 0.3]])
    #expect(results[0][0].values == [0.1, 0.3] && results[3][0].values == [0.4, 0.4])
    #expect(results[1][0].counts == [3, 1] && results[2][0].values == [18_630, 18_646])
    let lowest = try #require(try make(#", "best": {"lowest": "red"}, "as": "dark", "day": false"#, bench))
    #expect(
      lowest.inputs == ["red", "nir08"]
        && lowest.outputs.map(\.name) == ["dark_red", "dark_red_count", "dark_nir08"])
    #expect(try reduce(lowest)[2][0].values == [0.4, 0.4])
  }

  @Test(
    arguments: [
      ("2021-02-28", [0.3, 0.3]), ("2021-01-10", [0.1, 0.3]), ("02-01", [0.1, 0.3]), ("12-31", [0.1, 0.3]),
      // As far from the first as from the second: the earlier.
      ("2021-01-11", [0.1, 0.3]),
    ] as [(String, [Float])])
  func `the date nearest to a day`(day: String, expected: [Float]) throws {
    let bench = try ModuleBench(bands: ["red", "nir08"])
    let module = try #require(try make(", \"best\": {\"nearest_to\": \"\(day)\"}", bench))
    #expect(module.outputs[0].name == "red_all_nearest")
    #expect(try reduce(module)[0][0].values == expected)
  }

  @Test(
    arguments: [
      ("before", "2021-01-19", [0.1, nil]), ("before", "2021-03-09", [0.3, 0.3]),
      ("after", "2021-01-02", [0.1, 0.3]), ("after", "2021-01-03", [0.2, 0.3]),
      ("after", "2021-03-07", [0.3, nil]), ("before", "2021-01-03", [nil, nil]),
      ("after", "2021-03-08", [nil, nil]),
    ] as [(String, String, [Float?])])
  func `the last date before a day, the first after it, and never one on the other side`(
    side: String, day: String, expected: [Float?]
  ) throws {
    let bench = try ModuleBench(bands: ["red", "nir08"])
    let module = try #require(try make(", \"best\": {\"\(side)\": \"\(day)\"}", bench), "\(bench.mistakes)")
    #expect(module.outputs[0].name == "red_all_\(side)")
    #expect(try reduce(module)[0][0].values.map { $0.isNaN ? nil : $0 } == expected)
    let dates = [CalendarDate("2021-01-03"), CalendarDate("2021-03-08")].compactMap(\.self)
    let isBeyond = expected == [nil, nil]
    #expect((module.shortage(over: dates, layers: []) == nil) == !isBeyond)
  }

  @Test func `each layer has its own, and months without an observation are missing`() throws {
    let bench = try ModuleBench(bands: ["red", "nir08"])
    let module = try #require(try make(#", "statistic": "medoid", "period": "month""#, bench))
    let results = try reduce(module)
    #expect(results[0].map { $0.values[0] } == [0.1, 0.1, 0.3])
    #expect(results[0][1].values[1].isNaN && results[0][0].values[1] == 0.3)
    #expect(results[1].map(\.counts) == [[2, 1], [1, 0], [1, 0]])
    #expect(results[2][2].values[0] == 18_694 && results[2][2].values[1].isNaN)
  }

  @Test func `a geomedian has its spreads beside it, and two observations meet in the middle`() throws {
    let bench = try ModuleBench(bands: ["red", "nir08"])
    let module = try #require(try make(#", "statistic": "geomedian", "period": "month", "eps": 1e-9"#, bench))
    #expect(
      module.outputs.map(\.name) == [
        "red_month_geomedian", "red_month_geomedian_count", "nir08_month_geomedian", "month_emad",
        "month_smad",
        "month_bcmad",
      ])
    let results = try reduce(module)
    #expect(abs(results[0][0].values[0] - 0.15) < 1e-7 && abs(results[2][0].values[0] - 0.5) < 1e-7)
    #expect(abs(results[3][0].values[0] - 0.1118034) < 1e-6)
    #expect(results[3][2].values[0] == 0 && results[3][2].values[1].isNaN)
    let bare = try #require(
      try make(#", "statistic": "geomedian", "spread": false, "min_count": 3, "as": "g""#, bench))
    #expect(bare.outputs.map(\.name) == ["g_red", "g_red_count", "g_nir08"])
    let all = try reduce(bare)
    #expect(!all[0][0].values[0].isNaN && all[0][0].values[1].isNaN && all[1][0].counts == [4, 1])
  }

  @Test func `a medoid to the median is the observation nearest to the medians of the bands`() throws {
    let bench = try ModuleBench(bands: ["red", "nir08"])
    let module = try #require(
      try make(#", "statistic": "medoid", "to": "median", "as": "m""#, bench), "\(bench.mistakes)")
    let other = try #require(try make(#", "statistic": "medoid", "as": "o""#, bench))
    // The medians are 0.4 and 0.4, which the first is nearest to; the last has the smallest sum of distances, 1.958.
    let red: [[Float]] = [[0.3], [0.9], [0.1], [0.9], [0.4]]
    let nir: [[Float]] = [[0.3], [0.4], [0.4], [0.9], [0.7]]
    let dates = try (Self.days + ["2021-04-01"]).map { try #require(CalendarDate($0)) }
    let values = dates.indices.map { [red[$0], nir[$0]] }
    #expect(module.reduce(dates, values, pixels: 1)[0][0].values == [0.3])
    #expect(other.reduce(dates, values, pixels: 1)[0][0].values == [0.4])
    // Of equal distances the earliest; one that lacks a band does not count.
    let two = module.reduce(
      Array(dates[..<3]), [[[.nan], [0.3]], [[0.2], [0.3]], [[0.4], [0.3]]], pixels: 1)
    #expect(two[0][0].values == [0.2] && two[1][0].counts == [2])
    #expect(try make(#", "statistic": "median", "to": "median""#, bench) == nil)
    #expect(try make(#", "statistic": "geomedian", "to": "median", "as": "g""#, bench) == nil)
    #expect(bench.mistakes.count { $0.contains("only a medoid has") } == 2, "\(bench.mistakes)")
  }

  @Test func `a reducer that begins again is as a new one`() throws {
    let bench = try ModuleBench(bands: ["red", "nir08"])
    let dates = try Self.days.map { try #require(CalendarDate($0)) }
    let values = dates.indices.map { [Self.red[$0], Self.nir[$0]] }
    for (place, more) in [
      #", "statistic": "medoid""#, #", "statistic": "geomedian""#, #", "best": {"highest": "red"}"#,
    ].enumerated() {
      let module = try #require(try make(more + ", \"period\": \"month\", \"as\": \"r\(place)\"", bench))
      let layers = module.period.layers(of: dates)
      let used = module.makeReducer(pixels: 2, layers: layers, days: dates)
      let first = module.reduce(dates, values, by: used, pixels: 2)
      #expect(used.restart(pixels: 1))
      _ = module.reduce(dates, [nil, values[1].map { [$0[0]] }, nil, nil], by: used, pixels: 1)
      #expect(used.restart(pixels: 2))
      #expect(module.reduce(dates, values, by: used, pixels: 2) == first, "\(more)")
    }
  }

  @Test(
    arguments: [
      (#", "best": {}"#, "\"best\" is by one thing"),
      (#", "best": {"highest": "red", "lowest": "red"}"#, "\"best\" is by one thing"),
      (#", "best": {"nearest_to": "noon"}"#, "is no day"),
      (#", "best": {"before": "07-15"}"#, "is no day"),
      (#", "best": {"before": "2021-07-15", "after": "2021-08-15"}"#, "\"best\" is by one thing"),
      (#", "best": {"nearest_to": "13-01"}"#, "is no day"),
      (#", "best": {"highest": "rad"}"#, "did you mean \"red\"?"),
      (#", "best": {"highest": "red"}, "statistic": "mean""#, "no statistic beside it"),
      (#", "statistic": ["medoid", "mean"]"#, "no other statistic beside it"),
      (#", "statistic": "medoid", "eps": 1"#, "only a geomedian has \"eps\""),
      (#", "statistic": "geomedian", "day": true"#, "it is of no day"),
      (#", "statistic": "mean", "maxiters": 3"#, "only a geomedian has \"maxiters\""),
      (#", "statistic": "medoids""#, "did you mean \"medoid\"?"),
    ])
  func `what cannot be is reported`(more: String, message: String) throws {
    let bench = try ModuleBench(bands: ["red", "nir08"])
    #expect(try make(more, bench) == nil)
    #expect(bench.mistakes.count == 1 && bench.mistakes[0].contains(message), "\(bench.mistakes)")
    let single = try ModuleBench(bands: ["red"])
    #expect(
      try single.make(Composite.self, #"{"module": "composite", "of": "red", "statistic": "geomedian"}"#)
        == nil)
    #expect(single.mistakes[0].contains("needs several bands"))
  }
}
