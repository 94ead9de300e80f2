import Engine
import Geo
import Modules
import Testing

/// Modules that see all dates of a pixel, against numpy, scipy and pymannkendall in double precision.
@Suite struct SeriesTests {
  private static let offsets = [
    0, 5, 16, 21, 32, 48, 53, 64, 80, 85, 96, 112, 128, 133, 144, 160, 165, 176, 192, 208,
  ]
  private static let days = offsets.map { CalendarDate(daysSince1970: 18_628 + $0) }
  private static let values: [Float] = [
    0.4408183693885803, 0.3932811915874481, .nan, 0.5643928050994873, 0.6368518471717834, 0.698081374168396,
    0.6667903065681458, .nan, .nan, 0.6610440015792847, 0.516049325466156, 0.3682742118835449,
    0.2420942634344101,
    0.20082098245620728, 0.13551266491413116, .nan, 0.13413579761981964, 0.14720745384693146,
    0.2595394253730774,
    0.3647567927837372,
  ]

  private func bench() throws -> ModuleBench { try ModuleBench(bands: ["red"]) }

  /// The first pixel of every layer of every output; the second pixel has two values only, the third none.
  private func run(_ module: some ReductionModule, _ values: [Float] = values, _ days: [CalendarDate] = days)
    -> [[Results]]
  {
    module.reduce(
      days, values.enumerated().map { step, value in [[value, step == 1 || step == 4 ? 0.5 : .nan, .nan]] },
      pixels: 3)
  }

  private func expect(_ found: [Float], _ expected: [Double], within tolerance: Double = 1e-6) {
    #expect(found.count == expected.count)
    for (value, wanted) in zip(found, expected) {
      #expect(
        wanted.isNaN ? value.isNaN : abs(Double(value) - wanted) <= tolerance, "\(value), not \(wanted)")
    }
  }

  // MARK: Gaps

  @Test func `gaps are filled by straight lines in time, none that is too long, none at the ends`() throws {
    let bench = try bench()
    let module = try #require(
      try bench.make(GapFill.self, #"{"module": "gapfill", "of": "red"}"#), "\(bench.mistakes)")
    let results = run(module)[0]
    expect(
      results.map { $0.values[0] },
      [
        0.440818369, 0.393281192, 0.510920426, 0.564392805, 0.636851847, 0.698081374, 0.666790307,
        0.664815014,
        0.661941862, 0.661044002, 0.516049325, 0.368274212, 0.242094263, 0.200820982, 0.135512665,
        0.134463623,
        0.134135798, 0.147207454, 0.259539425, 0.364756793,
      ])
    #expect(results.map { !$0.values[1].isNaN } == (0..<20).map { (1...4).contains($0) })
    #expect(results.allSatisfy { $0.values[2].isNaN })
    let short = try #require(
      try bench.make(GapFill.self, #"{"module": "gapfill", "of": "red", "longest": 20, "as": "s"}"#))
    // From day 53 to 85 are 32 days, from 5 to 21 are 16, from 144 to 165 are 21.
    let filled = run(short)[0].map { !$0.values[0].isNaN }
    #expect(filled[2] && !filled[7] && !filled[8] && !filled[15])
  }

  // MARK: Smoothing

  @Test func `Whittaker's curve is that of the linear system`() throws {
    let bench = try bench()
    let module = try #require(
      try bench.make(Smooth.self, #"{"module": "smooth", "of": "red", "lambda": 10}"#), "\(bench.mistakes)")
    let results = run(module)[0]
    expect(
      results.map { $0.values[0] },
      [
        0.437879549, 0.467021633, 0.531206243, 0.558678615, 0.613637249, 0.656340475, 0.660074552,
        0.656012508,
        0.600722487, 0.574513404, 0.505609081, 0.379605005, 0.264640209, 0.235862749, 0.183390007,
        0.159691329,
        0.161420827, 0.176567922, 0.236529373, 0.317880163,
      ])
    // Two values are too few.
    #expect(results.allSatisfy { $0.values[1].isNaN && $0.values[2].isNaN })
  }

  @Test func `generalised cross-validation finds how smooth it is to be`() throws {
    let bench = try bench()
    let module = try #require(
      try bench.make(Smooth.self, #"{"module": "smooth", "of": "red", "lambda": "gcv"}"#))
    expect(
      run(module)[0].map { $0.values[0] },
      [
        0.409642727, 0.442207977, 0.521491981, 0.55665269, 0.627725396, 0.682730968, 0.690232433, 0.697908674,
        0.652465858, 0.622051348, 0.53223315, 0.373744301, 0.239260181, 0.205599775, 0.144974948, 0.126745571,
        0.132403259, 0.158604659, 0.25075741, 0.360829591,
      ])
  }

  @Test func `regular days lie on the curve`() throws {
    let bench = try bench()
    let module = try #require(
      try bench.make(Smooth.self, #"{"module": "smooth", "of": "red", "lambda": 10, "every": 16}"#))
    let results = run(module)[0].map { $0.values[0] }
    // Days 0, 16, 32, 48, 64, 80, 96 … are dates; 208 is the last.
    #expect(results.count == 14)
    expect(
      [results[0], results[1], results[2], results[6], results[13]],
      [0.437879549, 0.531206243, 0.613637249, 0.505609081, 0.317880163])
    let daily = try #require(
      try bench.make(Smooth.self, #"{"module": "smooth", "of": "red", "lambda": 10, "every": 1, "as": "d"}"#))
    let line = run(daily)[0].map { $0.values[0] }
    expect([line[2]], [0.437879549 + 0.4 * (0.467021633 - 0.437879549)])
  }

  @Test(
    arguments: [
      (
        5, 2,
        [
          0.403983739, 0.533826609, 0.629603944, 0.687179072, 0.721278494, 0.723312206, 0.692505872,
          0.631700438,
          0.547039278, 0.443006305, 0.355746136, 0.281915953, 0.217480799, 0.16610655, 0.124654484,
        ]
      ),
      (
        7, 3,
        [
          0.402951216, 0.535054935, 0.630142863, 0.690924136, 0.720104002, 0.722109349, 0.691407079,
          0.630826651,
          0.541724814, 0.44950244, 0.359785942, 0.27871217, 0.214395272, 0.163648367, 0.127145198,
        ]
      ),
    ] as [(Int, Int, [Double])])
  func `Savitzky and Golay's curve is scipy's on regular dates`(window: Int, order: Int, expected: [Double])
    throws
  {
    let bench = try bench()
    let module = try #require(
      try bench.make(
        Smooth.self,
        "{\"module\": \"smooth\", \"of\": \"red\", \"method\": \"savitzky_golay\", \"window\": \(window), \"order\": \(order)}"
      ))
    let values: [Float] = [
      0.4000000059604645, 0.5431584119796753, 0.6255109310150146, 0.6874412894248962, 0.7215813994407654,
      0.7236223816871643, 0.6927892565727234, 0.6319257616996765, 0.5471817851066589, 0.44733598828315735,
      0.3428296148777008, 0.2946168780326843, 0.21295924484729767, 0.15629564225673676, 0.13031353056430817,
    ]
    expect(run(module, values, ModulesTests.days(15, step: 16))[0].map { $0.values[0] }, expected)
  }

  // MARK: Fits

  @Test func `harmonics are those of least squares`() throws {
    let bench = try bench()
    let module = try #require(
      try bench.make(
        Harmonic.self, #"{"module": "harmonic", "of": "red", "terms": 2, "trend": true, "as": "h"}"#))
    #expect(
      module.outputs.map(\.name) == [
        "h_mean", "h_mean_count", "h_slope", "h_cos1", "h_sin1", "h_amplitude1", "h_phase1", "h_cos2",
        "h_sin2",
        "h_amplitude2", "h_phase2", "h_rmse",
      ])
    let results = run(module).map { $0[0] }
    expect(
      [0, 2, 3, 4, 7, 8, 11].map { results[$0].values[0] },
      [
        0.4258532368760386, -0.8297875949006448, -0.09776518520515562, -0.03443327962941522,
        -0.15633736650613106,
        0.2177205970712059, 0.022056677705155455,
      ], within: 2e-6)
    #expect(results[1].counts == [16, 2, 0])
    #expect(
      results.indices.allSatisfy { $0 == 1 || results[$0].values[1].isNaN && results[$0].values[2].isNaN })
    let one = try #require(try bench.make(Harmonic.self, #"{"module": "harmonic", "of": "red"}"#))
    let single = run(one).map { $0[0] }
    expect(
      [0, 2, 3, 4, 5, 6].map { single[$0].values[0] },
      [
        0.3688727642381556, 0.1886168574744753, 0.10223396816991616, 0.21454161174773057, 0.49669531672453693,
        0.11579746923978218,
      ])
  }

  @Test(
    arguments: [
      ("ols", [-0.7460080983996442, 0.6058437544174338, 0.003520906074047325, 0.46695670759672636]),
      ("theil_sen", [-0.7168783387064093, 0.5848991178216473, 0.013277487626937035, -0.4666666666666667]),
    ])
  func `trends are those of scipy and pymannkendall`(method: String, expected: [Double]) throws {
    let bench = try bench()
    let module = try #require(
      try bench.make(Trend.self, "{\"module\": \"trend\", \"of\": \"red\", \"method\": \"\(method)\"}"))
    let results = run(module).map { $0[0] }
    expect([0, 2, 3, 4].map { results[$0].values[0] }, expected)
    #expect(results[1].counts == [16, 2, 0] && results[0].values[1].isNaN && results[3].values[2].isNaN)
  }

  @Test func `ties count in the tests of trends`() throws {
    let bench = try bench()
    // A year of 365.25 days: ten steps of a day each.
    let days = ModulesTests.days(10, step: 1)
    let values: [Float] = [1, 2, 2, 3, 3, 3, 1, 4, 5, 4]
    let sen = try #require(try bench.make(Trend.self, #"{"module": "trend", "of": "red", "as": "a"}"#))
    expect(
      [0, 2, 3, 4].map { run(sen, values, days)[$0][0].values[0] },
      [365.25 / 3, 1.5, 0.016842845195262468, 0.6],
      within: 2e-5)
    let line = try #require(
      try bench.make(Trend.self, #"{"module": "trend", "of": "red", "method": "ols", "as": "b"}"#))
    expect(
      [2, 3].map { run(line, values, days)[$0][0].values[0] }, [1.3818181818181814, 0.01773324405430565])
    // All the same: no slope, and no doubt about it.
    expect([0, 2, 3].map { run(line, values.map { _ in 2 }, days)[$0][0].values[0] }, [0, 2, 1])
  }

  @Test func `a season starts and ends at half of its amplitude`() throws {
    let bench = try bench()
    let module = try #require(
      try bench.make(PhenologyModule.self, #"{"module": "phenology", "of": "red", "as": "p"}"#))
    let values: [Float] = [0.2, 0.1, .nan, 0.3, 0.9, 0.7, 0.5, 0.2, 0.4]
    let days = ModulesTests.days(9, step: 10)
    let results = run(module, values, days).map { $0[0] }
    #expect(
      module.outputs.map(\.name) == [
        "p_start", "p_start_count", "p_peak", "p_end", "p_length", "p_value", "p_amplitude",
      ])
    // Before the peak (day 40) 0.1 is lowest: 0.5 between days 30 and 40; after it 0.2: 0.55 between 50 and 60.
    let start = 18_628 + 30 + 10 * 0.2 / 0.6
    let end = 18_628 + 50 + 10 * 0.15 / 0.2
    expect(
      [0, 2, 3, 4, 5, 6].map { results[$0].values[0] }, [start, 18_668, end, end - start, 0.9, 0.75],
      within: 2e-3)
    #expect(results[1].counts[0] == 8 && results[0].values[1].isNaN)
    let rising = run(module, [0.1, 0.2, 0.3, 0.4, .nan, .nan, .nan, .nan, .nan], days).map { $0[0].values }
    #expect(!rising[0][0].isNaN && rising[3][0].isNaN && rising[4][0].isNaN)
  }

  // MARK: The engine's contract

  @Test func `a chunk after another is as if it were the first, and dates may bring nothing`() throws {
    let bench = try bench()
    for text in [
      #"{"module": "gapfill", "of": "red", "as": "a"}"#, #"{"module": "smooth", "of": "red", "as": "b"}"#,
      #"{"module": "trend", "of": "red", "as": "c"}"#,
    ] {
      let module: any ReductionModule
      if text.contains("gapfill") {
        module = try #require(try bench.make(GapFill.self, text))
      } else if text.contains("smooth") {
        module = try #require(try bench.make(Smooth.self, text))
      } else {
        module = try #require(try bench.make(Trend.self, text))
      }
      let layers = module.period.layers(of: Self.days)
      let used = module.makeReducer(pixels: 3, layers: layers, days: Self.days)
      let values = Self.values.map { [[$0, 1 - $0, .nan]] }
      let first = module.reduce(Self.days, values, by: used, pixels: 3)
      #expect(used.restart(pixels: 2))
      _ = module.reduce(Self.days, values.map { [Array($0[0][..<2])] }, by: used, pixels: 2)
      #expect(used.restart(pixels: 3))
      // A date without anything is not fed at all.
      let without = values.map { $0[0].allSatisfy(\.isNaN) ? nil : $0 }
      #expect(module.reduce(Self.days, without, by: used, pixels: 3) == first, "\(text)")
      #expect(used.restart(pixels: 3))
      let nothing = module.reduce(Self.days, values.map { _ in nil }, by: used, pixels: 3)
      #expect(
        nothing.joined().allSatisfy { $0.values.allSatisfy(\.isNaN) && $0.counts.allSatisfy { $0 == 0 } })
      #expect(module.finishesTogether && module.stateBytesPerPixel(layers: layers) >= 20 * 4)
    }
  }

  @Test(
    arguments: [
      (#"{"module": "smooth", "of": "red", "window": 5}"#, "\"whittaker\" has no window"),
      (#"{"module": "smooth", "of": "red", "method": "savitzky_golay", "lambda": 1}"#, "has no lambda"),
      (
        #"{"module": "smooth", "of": "red", "method": "savitzky_golay", "window": 4}"#,
        "it needs a middle one"
      ),
      (
        #"{"module": "smooth", "of": "red", "method": "savitzky_golay", "window": 3, "order": 3}"#,
        "it needs a middle one"
      ),
      (#"{"module": "smooth", "of": "red_all_mean"}"#, "that is no series in time"),
      (#"{"module": "smooth", "of": "qa_pixel"}"#, "bits or classes"),
    ])
  func `what cannot be is reported`(text: String, message: String) throws {
    let bench = try ModuleBench(bands: ["red", "qa_pixel"])
    _ = try bench.make(Composite.self, #"{"module": "composite", "of": "red"}"#)
    #expect(try bench.make(Smooth.self, text) == nil)
    #expect(bench.mistakes.count == 1 && bench.mistakes[0].contains(message), "\(bench.mistakes)")
  }

  @Test func `a filled series is a period of its own, which composites take`() throws {
    let bench = try bench()
    _ = try bench.make(GapFill.self, #"{"module": "gapfill", "of": "red", "as": "full"}"#)
    let module = try #require(
      try bench.make(
        Composite.self, #"{"module": "composite", "of": "full", "period": "month", "statistic": "max"}"#),
      "\(bench.mistakes)")
    #expect(module.inputs == ["full"])
    // The values it was made of go with it, layers of months do not.
    #expect(
      try bench.make(ExpressionModule.self, #"{"module": "expression", "formula": "full - red", "as": "d"}"#)
        != nil)
    #expect(bench.mistakes == [])
    let mixed = #"{"module": "expression", "formula": "full - full_month_max"}"#
    #expect(try bench.make(ExpressionModule.self, mixed) == nil)
    #expect(bench.mistakes.last?.contains("their layers do not belong together") ?? false)
  }
}
