import Engine
import Geo
import JSON
import Modules
import Testing

/// BFAST monitor against numpy: the course by `numpy.linalg.lstsq` over the history's rows of the design matrix
/// [1, t, cos 2πkt, sin 2πkt], the moving sums window by window, √(2·log⁺(k/n)) times the critical value as their bound.
@Suite struct BreaksTests {
  /// Three years of values 16 days apart and a fourth that is watched; in the middle of that 0.15 are lost.
  private static let cleared: [Float] = [
    0.7, 0.725, 0.711, .nan, 0.625, 0.542, 0.482, 0.431, 0.332, 0.289, .nan, .nan, 0.331, 0.35, 0.41,
    0.463, 0.455, 0.502, 0.502, 0.547, 0.573, 0.647, 0.667, 0.73, 0.744, 0.73, 0.65, 0.632, 0.567, 0.489,
    0.381, 0.343, 0.298, 0.293, 0.345, 0.339, 0.395, 0.455, 0.463, 0.505, .nan, 0.567, 0.574, 0.638, 0.706,
    0.688, 0.766, 0.764, 0.737, 0.752, 0.666, 0.551, 0.495, 0.432, 0.361, 0.348, 0.329, 0.361, 0.411,
    0.409, 0.468, 0.492, 0.535, 0.538, 0.579, 0.621, 0.682, 0.729, 0.718, 0.757, 0.794, 0.725, 0.714,
    0.657, 0.606, .nan, 0.273, 0.22, 0.197, 0.232, .nan, 0.253, 0.307, 0.338, 0.373, 0.385, 0.436, 0.458,
    0.524, 0.554, 0.582, 0.634,
  ]
  /// The same where nothing happens.
  private static let calm: [Float] = [
    0.7, 0.725, 0.711, 0.67, 0.625, .nan, 0.482, 0.431, 0.332, 0.289, 0.298, 0.307, 0.331, 0.35, 0.41,
    0.463, 0.455, 0.502, 0.502, 0.547, 0.573, 0.647, 0.667, 0.73, 0.744, 0.73, 0.65, 0.632, 0.567, 0.489,
    0.381, 0.343, 0.298, 0.293, 0.345, 0.339, 0.395, 0.455, 0.463, 0.505, 0.539, 0.567, 0.574, 0.638,
    0.706, 0.688, 0.766, 0.764, 0.737, 0.752, .nan, 0.551, 0.495, 0.432, 0.361, 0.348, 0.329, 0.361, 0.411,
    0.409, 0.468, 0.492, 0.535, 0.538, 0.579, 0.621, 0.682, 0.729, 0.718, 0.757, 0.794, 0.725, 0.714,
    0.657, 0.606, 0.514, 0.423, 0.37, 0.347, 0.382, 0.364, 0.403, 0.457, 0.488, 0.523, 0.535, 0.586, 0.608,
    0.674, 0.704, 0.732, 0.784,
  ]
  /// From 2019-01-01 on.
  private static let days = cleared.indices.map { CalendarDate(daysSince1970: 17_897 + 16 * $0) }

  private func make(_ more: String = "", in bench: ModuleBench? = nil) throws -> Breaks? {
    let bench = try bench ?? ModuleBench(bands: ["red"])
    return try bench.make(
      Breaks.self, "{\"module\": \"breaks\", \"of\": \"red\", \"start\": \"2022-01-01\"\(more)}")
  }

  /// Magnitude, count, day and greatest sum of a pixel for each series.
  private func run(_ module: Breaks, _ series: [[Float]]) -> [(
    magnitude: Float, count: Int32, day: Float, mosum: Float
  )] {
    let results = module.reduce(
      Self.days, Self.days.indices.map { step in [series.map { $0[step] }] }, pixels: series.count)
    return series.indices.map { pixel in
      (
        results[0][0].values[pixel], results[1][0].counts[pixel], results[2][0].values[pixel],
        results[3][0].values[pixel]
      )
    }
  }

  @Test(
    arguments: [
      (
        "", [-0.1495625072468123, 19129, 8.523841103705378, 86],
        [-0.006469706849841272, .nan, 0.4965655440118644, 90]
      ),
      (
        #", "terms": 1, "trend": false, "window": 0.5, "level": 0.01"#,
        [-0.08931382360315793, .nan, 0.9147121824409596, 86],
        [0.0391986026497555, 19257, 1.1323470761679315, 90]
      ),
      (
        #", "window": 1, "history": "2020-01-01""#, [-0.15242815166831403, 19145, 5.016780529045353, 66],
        [-0.007233629805656172, .nan, 0.2970365015858841, 68]
      ),
      (
        #", "terms": 0, "level": 0.001"#, [-0.09959731213556322, .nan, 0.8671597617952952, 86],
        [0.026928160992181427, .nan, 0.45868805695830606, 90]
      ),
      // Many times as many values as the history has: bounds grow.
      (
        #", "terms": 0, "trend": false, "window": 1, "history": "2021-10-01""#,
        [-0.1864999830722811, 19145, 3.0813900387642437, 27],
        [-0.058499962091446145, 19145, 1.9903672631378153, 29]
      ),
    ] as [(String, [Double], [Double])])
  func `breaks are where numpy finds them`(more: String, cleared: [Double], calm: [Double]) throws {
    let module = try #require(try make(more))
    #expect(
      module.outputs.map(\.name) == [
        "red_breaks_magnitude", "red_breaks_magnitude_count", "red_breaks_day", "red_breaks_mosum",
      ])
    #expect(module.outputs[0].companions == ["red_breaks_magnitude_count", "red_breaks_day"])
    for (found, wanted) in zip(run(module, [Self.cleared, Self.calm]), [cleared, calm]) {
      #expect(abs(Double(found.magnitude) - wanted[0]) < 1e-6, "\(found)")
      #expect(wanted[1].isNaN ? found.day.isNaN : Double(found.day) == wanted[1], "\(found)")
      #expect(abs(Double(found.mosum) - wanted[2]) < 1e-5 * wanted[2], "\(found)")
      #expect(Double(found.count) == wanted[3], "\(found)")
    }
  }

  @Test func `what is too short to tell is missing`() throws {
    let module = try #require(try make(#", "terms": 1"#))
    let start = 69
    func only(_ steps: [Int]) -> [Float] {
      Self.calm.indices.map { steps.contains($0) ? Self.calm[$0] : .nan }
    }
    // Four unknowns: a value more, and windows of two, are needed.
    let found = run(
      module,
      [
        only([0, 8, 16, 24, 70]), only([0, 8, 16, 24, 30, 70]), only([0, 8, 16, 24, 30, 40, 47, 52, 70]),
        only(Array(0..<start)), only([]), Self.calm.map { _ in 0.5 },
      ])
    #expect(found.map(\.count) == [5, 6, 9, 69 - 2, 0, 92])
    #expect(found.map(\.magnitude.isNaN) == [true, true, false, true, true, false])
    #expect(!found[2].mosum.isNaN && found[0].mosum.isNaN)
  }

  /// Rounding errors of a history that never varies are no scatter to compare with.
  @Test func `what never varies has no break until it does`() throws {
    let module = try #require(try make(#", "terms": 1"#))
    let jump = Self.days.map { $0.daysSince1970 < 19_100 ? Float(0.5) : 0.4 }
    let found = run(
      module, [Self.days.map { _ in 0.3 }, Self.days.map { _ in 0 }, jump, jump.map { $0 == 0.5 ? 0 : 1 }])
    #expect(found.map(\.day.isNaN) == [true, true, false, false], "\(found)")
    #expect(found[0].mosum < 0.01 && found[1].mosum == 0 && found[2].mosum > 1000 && found[3].mosum.isFinite)
    #expect(found[2].day == 19_113 && found[3].day == 19_113 && abs(found[3].magnitude - 1) < 1e-6)
  }

  @Test(
    arguments: [
      (#", "window": 0.3"#, "no critical value is known for a window of 0.3"),
      (#", "level": 0.1"#, "no critical value is known for the level 0.1"),
      (#", "history": "2022-01-01""#, "the history begins on 2022-01-01"),
      (#", "history": "2022-13-01""#, "\"2022-13-01\" is no day"),
    ])
  func `what cannot be is reported`(more: String, message: String) throws {
    let bench = try ModuleBench(bands: ["red"])
    #expect(try make(more, in: bench) == nil)
    #expect(bench.mistakes.count == 1 && bench.mistakes[0].contains(message), "\(bench.mistakes)")
  }

  @Test func `a start outside the dates leaves nothing to watch, or nothing to compare with`() throws {
    for (first, last, message) in [
      ("2019-01-01", "2021-12-31", "leaves no date to watch"),
      ("2022-01-01", "2023-12-31", "leaves no history"),
    ] {
      let bench = try ModuleBench(bands: ["red"])
      let range = try ModulesTests.days(first, last)
      bench.scope.inform(DateRange(range[0]...range[1]))
      #expect(try make(in: bench) == nil)
      #expect(bench.mistakes.count == 1 && bench.mistakes[0].contains(message), "\(bench.mistakes)")
    }
  }

  @Test func `a day after the last date, or before the first, is refused where it stands`() throws {
    let module = try #require(try make())
    func days(_ from: String, _ to: String) throws -> [CalendarDate] {
      [try #require(CalendarDate(from)), try #require(CalendarDate(to))]
    }
    #expect(module.mistake(over: try days("2021-03-01", "2022-01-01")) == nil)
    let late = try #require(module.mistake(over: try days("2021-03-01", "2021-12-31")))
    #expect(late.description.contains(".start: 2022-01-01 leaves no date to watch"), "\(late)")
    #expect(late.message.contains("2021-12-31"))
    let early = try #require(module.mistake(over: try days("2022-01-01", "2022-12-31")))
    #expect(early.message.contains("leaves no history"), "\(early)")
    let narrow = try #require(try make(#", "history": "2021-06-01""#))
    #expect(
      try module.shortage(over: days("2021-03-01", "2022-01-01"), layers: [])?.contains(
        "has 1 dates, and \"breaks\" needs 9")
        == true)
    #expect(module.shortage(over: Self.days, layers: []) == nil)
    #expect(
      narrow.mistake(over: try days("2021-03-01", "2022-12-31"))?.message.contains("2021-06-01") == true)
  }
}
