import Engine
import Geo
import Modules
import Testing

@Suite struct SeasonalMedianTests {
  private func module(_ more: String = "") throws -> SeasonalMedian {
    let bench = try ModuleBench(bands: ["red", "nir08"])
    _ = try bench.make(NDVI.self, #"{"module": "ndvi"}"#)
    return try #require(try bench.make(SeasonalMedian.self, "{\"module\": \"seasonal_median\"\(more)}"))
  }

  /// Values of 37 pixels, about one in eleven missing.
  private func values(dates: Int, scale: Float = 1) -> [[[Float]]?] {
    (0..<dates).map { date in
      [
        (0..<37).map { pixel in
          let number = (date * 7919 + pixel * 104_729) % 1000
          return number % 11 == 0 ? .nan : Float(number) / 999 * scale
        }
      ]
    }
  }

  @Test func `medians skip missing pixels and count what went in`() throws {
    let dates = try days("2021-01-01", "2021-02-01", "2021-03-01", "2021-12-01", "2021-12-02")
    let results = try module().reduce(
      dates,
      [
        [[0.5, .nan, .nan, 0.125]], [[0.25, 0.75, .nan, 0.5]], [[0.1, 0.2, .nan, 0.4]],
        [[0.75, .nan, .nan, 0.25]], [[.nan, .nan, .nan, 0.75]],
      ], pixels: 4)
    let winter = results[0][0].values
    // Of an even count, the mean of the two in the middle.
    #expect(winter[0] == 0.5 && winter[1] == 0.75 && winter[2].isNaN && winter[3] == 0.375)
    #expect(results[1][0].counts == [3, 1, 0, 4])
    let spring = results[0][1].values
    #expect(spring[0] == 0.1 && spring[1] == 0.2 && spring[2].isNaN && spring[3] == 0.4)
    // A season without dates is missing, with a count of zero.
    #expect(results[0][2].values.allSatisfy { $0.isNaN })
    #expect(results[1][2].counts == [0, 0, 0, 0])
  }

  @Test(arguments: ["calendar", "season_year"], [[37, 20, 37], [20, 37, 37], [1, 37, 5]])
  func `a chunk after another is as if it were the first`(convention: String, sizes: [Int]) throws {
    let dates = days(60, step: 9)
    let module = try module(", \"convention\": \"\(convention)\"")
    let used = module.makeReducer(pixels: sizes[0], layers: module.period.layers(of: dates), days: dates)
    for (round, size) in sizes.enumerated() {
      if round > 0 { #expect(used.restart(pixels: size)) }
      let all = values(dates: 60, scale: Float(round + 1)).enumerated().map { date, inputs in
        date % 5 == round ? nil : inputs.map { $0.map { Array($0[..<size]) } }
      }
      #expect(module.reduce(dates, all, by: used, pixels: size) == module.reduce(dates, all, pixels: size))
    }
  }

  @Test func `memory is asked for the values of seasons that are not over yet`() throws {
    let module = try module()
    func bytes(_ dates: [CalendarDate]) -> Int {
      module.stateBytesPerPixel(layers: module.period.layers(of: dates))
    }
    // Four bytes a value, and two for the counts of the season that is being finished.
    #expect(bytes(try days("2021-01-01", "2021-02-01")) == 2 * 4 + 2)
    // Spring is over when summer comes, whose values take the place of its three.
    let half = try days("2021-03-01", "2021-04-01", "2021-05-01", "2021-06-01", "2021-07-01", "2021-08-01")
    #expect(bytes(half) == 3 * 4 + 2)
    // Winter is open from January to December: it has a place of its own.
    let year = try days("2021-01-01", "2021-06-01", "2021-07-01", "2021-08-01", "2021-12-01")
    #expect(bytes(year) == 2 * 4 + 3 * 4 + 2)
  }

  @Test func `years of seasons need no more memory than one`() throws {
    let module = try module(#", "convention": "season_year""#)
    func bytes(_ dates: [CalendarDate]) -> Int {
      module.stateBytesPerPixel(layers: module.period.layers(of: dates))
    }
    #expect(bytes(days(180, step: 8)) <= bytes(days(45, step: 8)) + 4)
  }

  @Test func `results are named after the variable and inherit it`() throws {
    let module = try module()
    #expect(module.inputs == ["ndvi"])
    #expect(module.outputs.map(\.name) == ["ndvi_seasonal_median", "ndvi_seasonal_median_count"])
    #expect(module.outputs[0].longName.hasPrefix("seasonal median of "))
    #expect(module.outputs[0].standardName == "normalized_difference_vegetation_index")
    #expect(module.outputs[1].storage == .int32)
    let renamed = try self.module(#", "as": "greenness""#)
    #expect(renamed.outputs.map(\.name) == ["greenness", "greenness_count"])
  }

  @Test(
    arguments: [
      (
        #"{"module": "seasonal_median"}"#,
        "needs the variable to take the median of (here there are: red, nir08)"
      ),
      (#"{"module": "seasonal_median", "of": "rad"}"#, "did you mean \"red\"?"),
      (#"{"module": "seasonal_median", "of": "qa_pixel"}"#, "holds flags; a median needs numbers"),
    ])
  func `what has no median is reported`(text: String, message: String) throws {
    let bench = try ModuleBench(bands: ["red", "nir08", "qa_pixel"])
    #expect(try bench.make(SeasonalMedian.self, text) == nil)
    #expect(bench.mistakes.count == 1 && bench.mistakes[0].contains(message), "\(bench.mistakes)")
  }
}
