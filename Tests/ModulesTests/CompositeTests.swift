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
      ("mean", "", [0.40625, 2]), ("geometric_mean", "", [0.32901850, 2]), ("median", "", [0.375, 2]),
      ("min", "", [0.125, 2]),
      ("max", "", [0.75, 2]),
      ("sum", "", [1.625, 2]), ("std", "", [0.24003580, 0]), ("first", "", [0.5, 2]),
      ("last", "", [0.125, 2]),
      ("percentile", #", "q": 10"#, [0.1625, 2]), ("percentile", #", "q": 62.5"#, [0.46875, 2]),
      ("percentile", #", "q": 0"#, [0.125, 2]), ("percentile", #", "q": 100"#, [0.75, 2]),
      ("p62.5", "", [0.46875, 2]), ("range", "", [0.625, 0]), ("var", "", [0.0576171875, 0]),
      ("iqr", "", [0.34375, 0]), ("mad", "", [0.1875, 0]), ("date_of_min", "", [18_650, 18_695]),
      ("date_of_max", "", [18_645, 18_695]),
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

  private func reduce(_ module: Composite, _ values: [Float], second: Float = .nan) throws -> [[Results]] {
    let dates = try Self.dates.map { try #require(CalendarDate($0)) }
    return module.reduce(dates, values.map { [[$0, second]] }, pixels: 2)
  }

  @Test func `a sample's variance is divided by one less, and of one value there is none`() throws {
    let bench = try ModuleBench(bands: ["red"])
    let module = try #require(
      try make(#", "of": "red", "statistic": ["var", "std"], "ddof": 1, "period": "month""#, bench))
    let results = try reduce(module, Self.values)
    #expect(module.outputs.map(\.name) == ["red_month_var", "red_month_var_count", "red_month_std"])
    #expect(
      abs(results[0][0].values[0] - 0.076822917) < 1e-8 && abs(results[2][0].values[0] - 0.27716948) < 1e-7)
    #expect(results[0][2].values[0].isNaN && results[2][2].values[0].isNaN)
  }

  @Test func `a fraction of dates is 0 where none has a value, and missing where there is no date`() throws {
    let bench = try ModuleBench(bands: ["red"])
    let module = try #require(
      try make(#", "of": "red", "statistic": "valid_fraction", "period": "month", "count": false"#, bench))
    let results = try reduce(module, Self.values)[0].map(\.values)
    #expect(results[0] == [0.8, 0] && results[1].allSatisfy { $0.isNaN } && results[2] == [0.5, 0])
  }

  @Test(arguments: [
    #"["p10", "median", "mean", "min", "count", "iqr", "date_of_max", "std", "range", "sum", "mad", "p50"]"#,
    #"["count", "p90", "p10"]"#, #"["median", "valid_fraction"]"#, #"["last", "min", "range", "first"]"#,
  ])
  func `several statistics at once are what each is alone`(list: String) throws {
    let bench = try ModuleBench(bands: ["red"])
    let several = try #require(
      try make(", \"of\": \"red\", \"period\": \"month\", \"statistic\": \(list)", bench))
    let together = try reduce(several, Self.values)
    for (output, variable) in several.outputs.enumerated() where variable.name.hasPrefix("red_month_") {
      let word = variable.name.dropFirst(10)
      guard !word.hasSuffix("_count") else { continue }
      let alone = try #require(
        try make(
          ", \"of\": \"red\", \"period\": \"month\", \"as\": \"alone\(output)\", \"statistic\": \"\(word)\"",
          bench),
        "\(bench.mistakes)")
      #expect(try reduce(alone, Self.values)[0] == together[output], "\(word)")
    }
  }

  @Test func `with days beside them, values of one date say which`() throws {
    let bench = try ModuleBench(bands: ["red"])
    let module = try #require(
      try make(
        #", "of": "red", "period": "month", "statistic": ["first", "last", "min", "max", "mean"], "day": true"#,
        bench))
    #expect(
      module.outputs.map { String($0.name.dropFirst(10)) } == [
        "first", "first_count", "first_day", "last", "last_day", "min", "min_day", "max", "max_day", "mean",
      ])
    let results = try reduce(module, Self.values).map { $0[0].values }
    #expect(
      results[2][0] == 18_630 && results[4][0] == 18_650 && results[6][0] == 18_650 && results[8][0] == 18_645
    )
    #expect([2, 4, 6, 8].allSatisfy { results[$0][1].isNaN })
    #expect(module.outputs[2].units == "days since 1970-01-01" && module.outputs[0].companions.count == 2)
  }

  @Test func `with fewer values than asked for a result is missing, and the count is not`() throws {
    let bench = try ModuleBench(bands: ["red"])
    for (statistic, place) in [("median", 0), ("mean", 0), ("max", 0), ("std", 0), ("p20", 0)] {
      let module = try #require(
        try make(
          ", \"of\": \"red\", \"period\": \"month\", \"min_count\": 2, \"as\": \"a\(statistic)\", \"statistic\": \"\(statistic)\"",
          bench))
      let results = try reduce(module, Self.values)
      #expect(!results[place][0].values[0].isNaN && results[place][2].values[0].isNaN, "\(statistic)")
      #expect(results[1].map { $0.counts[0] } == [4, 0, 1])
    }
  }

  @Test func `of classes the most frequent is taken, the smallest of equals`() throws {
    let bench = try ModuleBench(bands: ["red"])
    _ = try bench.make(
      ExpressionModule.self, #"{"module": "expression", "formula": "red > 0.3", "as": "bright"}"#)
    let module = try #require(
      try make(#", "of": "bright", "statistic": ["mode", "last", "first"], "period": "month""#, bench),
      "\(bench.mistakes)")
    #expect(module.outputs.map(\.storage.isFlags) == [true, false, true, true])
    let results = try reduce(module, [1, .nan, 0, 1, 0, .nan, 1])
    #expect(results[0].map(\.counts) == [[0, 255], [255, 255], [1, 255]])
    #expect(
      results[2].map { $0.counts[0] } == [0, 255, 1] && results[3].map { $0.counts[0] } == [1, 255, 1])
    #expect(results[1].map(\.counts) == [[4, 0], [0, 0], [1, 0]])
  }

  @Test func `memory is asked for once by statistics that share a state`() throws {
    let bench = try ModuleBench(bands: ["red"])
    func bytes(_ statistic: String) throws -> Int {
      let module = try #require(
        try make(
          ", \"of\": \"red\", \"as\": \"b\(bench.scope.entries.count)\", \"statistic\": \(statistic)", bench))
      return module.stateBytesPerPixel(layers: module.period.layers(of: days(40, step: 3)))
    }
    #expect(try bytes(#""median""#) == 40 * 4 + 2)
    #expect(try bytes(#"["p10", "p90", "mad"]"#) == 40 * 4 + 2 + 3 * 4)
    #expect(try bytes(#"["mean", "sum"]"#) == 10 && bytes(#"["min", "max", "range"]"#) == 10)
    #expect(try bytes(#"["date_of_min", "mean", "std"]"#) == 8 + 10 + 18)
  }

  @Test func `a geometric mean is of the positive values, which its own count says`() throws {
    let bench = try ModuleBench(bands: ["red"])
    let dates = try days("2021-01-01", "2021-01-02", "2021-01-03", "2021-01-04")
    let values: [[[Float]]] = [[[8, -1]], [[0, 0]], [[2, .nan]], [[-3, -0.0]]]
    let alone = try #require(try make(#", "of": "red", "statistic": "geometric_mean""#, bench))
    let results = alone.reduce(dates, values, pixels: 2)
    #expect(alone.outputs.map(\.name) == ["red_all_geometric_mean", "red_all_geometric_mean_count"])
    #expect(results[0][0].values[0] == 4 && results[0][0].values[1].isNaN && results[1][0].counts == [2, 0])
    // A count that is asked for is of all values, whatever stands before it.
    let counted = try #require(
      try make(#", "of": "red", "as": "both", "statistic": ["geometric_mean", "count", "mean"]"#, bench))
    let both = counted.reduce(dates, values, pixels: 2)
    #expect(both[0][0].values[0] == 4 && both[1][0].counts == [4, 3] && both[2][0].values[0] == 1.75)
  }

  // By hand: values 1 of three pixels and 4 of one; (3 + 4) / 4, (√3 + 4) / (√3 + 1), 4^(1/4), 4^(1/(√3 + 1)).
  @Test(
    arguments: [
      ("scenes", [2.5, 2], [1, 4]), ("observations", [1.75, 1.41421356], [1, 4]),
      ("sqrt", [2.0980762, 1.6609985], [1, 4]),
    ] as [(String, [Float], [Float])])
  func `dates weigh by their pixels, or the square root of these`(
    weights: String, means: [Float], alone: [Float]
  ) throws {
    let bench = try ModuleBench(bands: ["chlor_a"], collection: nil, more: #", "regrid": "bin""#)
    let module = try #require(
      try make(
        ", \"of\": \"chlor_a\", \"statistic\": [\"mean\", \"geometric_mean\"], \"weights\": \"\(weights)\"",
        bench),
      "\(bench.mistakes)")
    #expect(module.inputs == ["chlor_a"] + (weights == "scenes" ? [] : ["chlor_a_weight"]))
    // Of the other pixels one has a value on one date only, the last never.
    let dates = try days("2021-01-01", "2021-01-02")
    let values: [[[Float]]] = [
      [[1, 1, .nan, .nan], [3, 3, .nan, .nan]], [[4, .nan, 4, .nan], [1, .nan, 1, .nan]],
    ]
    let results = module.reduce(dates, values.map { Array($0[..<module.inputs.count]) }, pixels: 4)
    for (place, output) in [0, 2].enumerated() {
      let found = results[output][0].values
      #expect(abs(found[0] - means[place]) < 5e-7 && abs(found[1] - alone[0]) < 1e-6, "\(found)")
      #expect(abs(found[2] - alone[1]) < 1e-6 && found[3].isNaN, "\(found)")
    }
    #expect(results[1][0].counts == [2, 1, 1, 0])
  }

  @Test(arguments: [
    (#""regrid": "nearest""#, #""weights": "observations""#, "is no band of granules that are regridded"),
    (#""limit": 9"#, #""weights": "sqrt""#, "is no band of granules that are regridded"),
    (#""regrid": "area""#, #""weights": "sqrt", "statistic": "median""#, "\"weights\" would do nothing"),
    (#""regrid": "area""#, #""weights": "sqrt", "statistic": "medoid""#, "\"weights\" would do nothing"),
  ])
  func `weights that there are none of are refused`(download: String, more: String, part: String) throws {
    let bench = try ModuleBench(bands: ["chlor_a"], collection: nil, more: ", \(download)")
    #expect(try make(", \"of\": \"chlor_a\", \(more)", bench) == nil)
    #expect(bench.mistakes.contains { $0.contains(part) }, "\(bench.mistakes)")
  }

  @Test func `counts alone are whole numbers, 0 where nothing is`() throws {
    let bench = try ModuleBench(bands: ["red"])
    let module = try #require(try make(#", "of": "red", "statistic": "count", "period": "year""#, bench))
    #expect(module.outputs.map(\.name) == ["red_year_count"] && module.outputs[0].storage == .int32)
    let dates = try Self.dates.map { try #require(CalendarDate($0)) }
    #expect(module.reduce(dates, Self.values.map { [[$0, .nan]] }, pixels: 2)[0].map(\.counts) == [[5, 0]])
  }

  @Test func `pyveg's periods are words, or windows without an incomplete last one`() throws {
    let bench = try ModuleBench(bands: ["red"])
    bench.scope.inform(DateRange(try days("2021-01-01")[0]...days("2021-12-31")[0]))
    for (place, (text, period)) in [
      (#""30d""#, Period.whole(30, .days)), (#""2w""#, .whole(14, .days)), (#""1m""#, .whole(1, .months)),
      (#""1y""#, .whole(12, .months)),
      (#"{"months": 3, "from": "start", "incomplete": "drop"}"#, .whole(3, .months)),
      (#"{"days": 16, "from": "start", "incomplete": "keep"}"#, .days(16, from: .start)),
    ].enumerated() {
      let module = try make(", \"of\": \"red\", \"as\": \"r\(place)\", \"period\": \(text)", bench)
      #expect(module?.period == period, "\(bench.mistakes)")
    }
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

  @Test(arguments: [
    ("season", "month", false), ("year", #""dekad""#, false), ("quarter", "season", false),
    ("season", "year", false), ("month", "week", false), ("quarter", "season_of_year", false),
    ("16-day", "8-day", false), (#"{"months": 2}"#, "quarter", false), ("month", "season", true),
    ("month", "year", true), ("season", "season_of_year", true), ("quarter", "year", true),
    ("week", "month", true), ("dekad", "month", true), ("month", #"{"months": 6}"#, true),
    ("8-day", "16-day", true), ("year", "all", true), ("month", "month_of_year", true),
    ("dekad", "dekad_of_year", true), ("week", "dekad_of_year", true), ("month", "dekad_of_year", false),
    (#"{"days": 10}"#, "dekad_of_year", false),
  ])
  func `layers go into others that they make up, and into no others`(inner: String, outer: String, fits: Bool)
    throws
  {
    let bench = try ModuleBench(bands: ["red"])
    func text(_ period: String) -> String { "{\"".contains(period.prefix(1)) ? period : "\"\(period)\"" }
    _ = try #require(try make(#", "of": "red", "as": "inner", "period": \#(text(inner))"#, bench))
    let module = try make(#", "of": "inner", "as": "outer", "period": \#(text(outer))"#, bench)
    #expect((module != nil) == fits, "\(bench.mistakes)")
    if !fits { #expect(bench.mistakes.count == 1 && bench.mistakes[0].contains("do not make up")) }
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
      (#", "statistic": "p101""#, "there is no statistic \"p101\""),
      (#", "statistic": ["mean", "medain"]"#, "did you mean \"median\"?"),
      (#", "statistic": ["mean", "mean"]"#, "\"mean\" is named twice"),
      (#", "statistic": "mode""#, "a mode needs classes"), (#", "ddof": 1"#, "have a ddof"),
      (#", "day": true"#, "only min, max, first and last are of one date"),
      (#", "statistic": "count", "min_count": 2"#, "would do nothing"),
      (#", "empty": "drop""#, "the period \"all\" has one layer"),
      (#", "empty": "drop", "period": "all", "statistic": "medoid""#, "the period \"all\" has one layer"),
      (#", "empty": "drop", "period": "month", "statistic": ["valid_fraction"]"#, "is 0, not missing"),
      (#", "period": {"days": 16, "months": 1}"#, "so many days or so many months"),
      (#", "period": "mnth""#, "did you mean \"month\"?"),
      (#", "period": "30x""#, "or so many days, weeks, months or years"),
      (#", "period": "2y""#, "hold no whole period of 24 months"),
      (#", "period": {"days": 16, "incomplete": "drop"}"#, "counted from the config's first day"),
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

  @Test func `the day beside a result is not packed with it, nor meant where no variable is named`() throws {
    let bench = try ModuleBench(bands: ["red", "nir08"])
    let best = try #require(
      try bench.make(
        Composite.self,
        #"{ "module": "composite", "of": "red", "best": { "highest": "red" }, "period": "month", "as": "b" }"#
      ))
    let packed = VariableEncoding(packing: .init(scale: 0.0001))
    let stored = best.outputs.map { ($0.isAuxiliary, $0.encoded(packed).storage) }
    #expect(stored.contains { $0.0 && $0.1 == .float32 }, "\(best.outputs.map(\.name))")
    for (isAuxiliary, storage) in stored {
      if case .int16 = storage { #expect(!isAuxiliary) } else { #expect(isAuxiliary) }
    }
    let gaussian = try #require(try bench.make(Gaussian.self, #"{ "module": "gaussian", "sigma": 1 }"#))
    #expect(gaussian.inputs == ["b"], "\(gaussian.inputs)")
    let focal = try #require(
      try bench.make(Focal.self, #"{ "module": "focal", "statistic": "mean", "radius": 1 }"#))
    #expect(focal.inputs == ["b_gaussian"], "\(focal.inputs)")
    let found = best.outputs.filter { $0.isAuxiliary }.map(\.name)
    #expect(found.contains { $0.hasSuffix("_day") }, "\(found)")
  }
}
