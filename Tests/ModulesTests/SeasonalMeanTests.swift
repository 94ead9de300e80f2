import Engine
import Geo
import Modules
import Testing

@Suite struct SeasonalMeanTests {
  private func module(_ more: String = "") throws -> SeasonalMean {
    let bench = try ModuleBench(bands: ["red", "nir08"])
    _ = try bench.make(NDVI.self, #"{"module": "ndvi"}"#)
    return try #require(try bench.make(SeasonalMean.self, "{\"module\": \"seasonal_mean\"\(more)}"))
  }

  @Test func `means skip missing pixels and count what went in`() throws {
    let dates = try days("2021-01-01", "2021-02-01", "2021-03-01", "2021-12-01")
    let results = try module().reduce(
      dates, [[[0.5, .nan, .nan]], [[0.25, 0.75, .nan]], [[0.1, 0.2, 0.3]], [[0.75, .nan, .nan]]], pixels: 3)
    #expect(results[1][0].counts == [3, 1, 0])
    let winter = results[0][0].values
    #expect(winter[0] == 0.5 && winter[1] == 0.75 && winter[2].isNaN)
    let spring = results[0][1].values
    #expect(zip(spring, [0.1, 0.2, 0.3] as [Float]).allSatisfy { abs($0 - $1) < 1e-7 })
    // A season without dates is missing, with a count of zero.
    #expect(results[0][2].values.allSatisfy { $0.isNaN })
    #expect(results[1][2].counts == [0, 0, 0])
  }

  @Test(arguments: [[5, 3, 5], [3, 5, 2], [1, 9, 9]])
  func `a chunk after another is as if it were the first`(sizes: [Int]) throws {
    let dates = try days("2021-01-01", "2021-02-01", "2021-03-01", "2021-07-01")
    let module = try module()
    let layers = module.period.layers(of: dates)
    let used = module.makeReducer(pixels: sizes[0], layers: layers, days: dates)
    for (round, size) in sizes.enumerated() {
      if round > 0 { #expect(used.restart(pixels: size)) }
      // A date of each chunk brings nothing, another one each time: all its pixels are missing, or it is not fed.
      let values = dates.indices.map { date -> [[Float]]? in
        date == round
          ? nil
          : [(0..<size).map { $0 % 3 == round ? .nan : Float(date * 31 + $0 * 7 + round) / 1000 }]
      }
      #expect(
        module.reduce(dates, values, by: used, pixels: size) == module.reduce(dates, values, pixels: size))
    }
  }

  @Test func `memory is asked for seasons that are open at once`() throws {
    let module = try module()
    func bytes(_ dates: [CalendarDate]) -> Int {
      module.stateBytesPerPixel(layers: module.period.layers(of: dates))
    }
    // Winter is over when summer begins.
    #expect(bytes(try days("2021-01-01", "2021-02-01", "2021-07-01")) == 10)
    #expect(bytes(try days("2021-01-01", "2021-07-01", "2021-12-01")) == 2 * 10)
    #expect(bytes([]) == 0)
  }

  @Test func `results are named after the variable and inherit it`() throws {
    let module = try module()
    #expect(module.inputs == ["ndvi"])
    #expect(module.outputs.map(\.name) == ["ndvi_seasonal_mean", "ndvi_seasonal_mean_count"])
    #expect(module.outputs[0].standardName == "normalized_difference_vegetation_index")
    #expect(module.outputs[0].statisticsRange == -1...1)
    #expect(module.outputs[0].cellMethods == "time: mean within years time: mean over years")
    #expect(module.outputs[0].companions == ["ndvi_seasonal_mean_count"])
    #expect(module.outputs[1].storage == .int32)
    #expect(module.outputs[1].standardName == "number_of_observations")
    let renamed = try self.module(#", "as": "greenness""#)
    #expect(renamed.outputs.map(\.name) == ["greenness", "greenness_count"])
    #expect(try self.module(#", "convention": "season_year""#).period == .season)
  }

  @Test func `the count can be left out`() throws {
    let module = try self.module(#", "count": false"#)
    #expect(module.outputs.map(\.name) == ["ndvi_seasonal_mean"])
    let dates = try days("2021-01-01", "2021-02-01")
    let results = module.reduce(dates, [[[0.25, .nan]], [[0.75, 0.5]]], pixels: 2)
    #expect(results[0][0].values == [0.5, 0.5])
    // Its name is free for something else then.
    let bench = try ModuleBench(bands: ["red", "nir08"])
    _ = try bench.make(NDVI.self, #"{"module": "ndvi", "as": "red_seasonal_mean_count"}"#)
    let lone = #"{"module": "seasonal_mean", "of": "red", "count": false}"#
    #expect(try bench.make(SeasonalMean.self, lone)?.outputs.count == 1)
  }

  @Test func `the latest computed variable is meant or the only band`() throws {
    let bench = try ModuleBench(bands: ["blue", "red", "nir08", "swir16", "swir22", "qa_pixel"])
    _ = try bench.make(NDVI.self, #"{"module": "ndvi"}"#)
    _ = try bench.make(Albedo.self, #"{"module": "albedo"}"#)
    _ = try bench.make(CloudMask.self, #"{"module": "cloud_mask", "band": "qa_pixel", "reject": ["cloud"]}"#)
    #expect(try bench.make(SeasonalMean.self, #"{"module": "seasonal_mean"}"#)?.inputs == ["albedo"])
    let ndvi = #"{"module": "seasonal_mean", "of": "ndvi"}"#
    #expect(try bench.make(SeasonalMean.self, ndvi)?.inputs == ["ndvi"])
    let several = #"{"module": "seasonal_mean", "of": ["red", "blue"]}"#
    let module = try #require(try bench.make(SeasonalMean.self, several))
    #expect(module.inputs == ["red", "blue"])
    #expect(
      module.outputs.map(\.name) == [
        "red_seasonal_mean", "red_seasonal_mean_count", "blue_seasonal_mean", "blue_seasonal_mean_count",
      ])
    let single = try ModuleBench(bands: ["ndvi", "scl"], collection: "sentinel-2-l2a")
    #expect(try single.make(SeasonalMean.self, #"{"module": "seasonal_mean"}"#)?.inputs == ["ndvi"])
  }

  @Test(
    arguments: [
      (
        #"{"module": "seasonal_mean"}"#, "needs the variable to take the mean of (here there are: red, nir08)"
      ),
      (#"{"module": "seasonal_mean", "of": "rad"}"#, "did you mean \"red\"?"),
      (#"{"module": "seasonal_mean", "of": "qa_pixel"}"#, "holds flags; a mean needs numbers"),
      (#"{"module": "seasonal_mean", "of": ["red", "red"]}"#, "\"red\" is named twice"),
    ])
  func `what cannot be averaged is reported`(text: String, message: String) throws {
    let bench = try ModuleBench(bands: ["red", "nir08", "qa_pixel"])
    #expect(try bench.make(SeasonalMean.self, text) == nil)
    #expect(bench.mistakes.count == 1 && bench.mistakes[0].contains(message), "\(bench.mistakes)")
  }

  @Test func `seasons cannot be put together into seasons again`() throws {
    let bench = try ModuleBench(bands: ["red"])
    #expect(try bench.make(SeasonalMean.self, #"{"module": "seasonal_mean"}"#) != nil)
    let again = #"{"module": "seasonal_mean", "of": "red_seasonal_mean"}"#
    #expect(try bench.make(SeasonalMean.self, again) == nil)
    #expect(bench.mistakes.first?.contains("has a layer a season of the year already") ?? false)
  }
}
