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

  private func dates(_ texts: String...) throws -> [CalendarDate] {
    try texts.map { try #require(CalendarDate($0)) }
  }

  private func feed(_ reducer: any TimeReducer, _ values: [Float], date: Int) {
    values.withUnsafeBufferPointer { reducer.feed($0, date: date) }
  }

  private func means(_ reducer: any TimeReducer, layer: Int, pixels: Int) -> [Float] {
    var result = [Float](repeating: -9, count: pixels)
    result.withUnsafeMutableBytes { reducer.finish(output: 0, layer: layer, into: $0) }
    return result
  }

  private func counts(_ reducer: any TimeReducer, layer: Int, pixels: Int) -> [Int32] {
    var result = [Int32](repeating: -9, count: pixels)
    result.withUnsafeMutableBytes { reducer.finish(output: 1, layer: layer, into: $0) }
    return result
  }

  @Test func calendarSeasonsAreAlwaysAllFourInTheFieldsOrder() throws {
    let layers = try module().layers(
      for: try dates("2020-12-15", "2021-01-10", "2021-02-28", "2021-04-01", "2022-12-31"))
    #expect(layers.map(\.label) == ["DJF", "MAM", "JJA", "SON"])
    // January, February and December of all years together, as in xarray.
    #expect(layers.map(\.dates) == [[0, 1, 2, 4], [3], [], []])
    #expect(try module().layers(for: []).map(\.label) == ["DJF", "MAM", "JJA", "SON"])
  }

  @Test func seasonYearsRunFromFirstToLastWithNoneLeftOut() throws {
    let layers = try module(#", "convention": "season_year""#).layers(
      for: try dates("2020-11-30", "2020-12-15", "2021-02-28", "2021-10-01", "2021-12-01"))
    #expect(
      layers.map(\.label) == ["2020-SON", "2021-DJF", "2021-MAM", "2021-JJA", "2021-SON", "2022-DJF"])
    #expect(layers.map(\.dates) == [[0], [1, 2], [], [], [3], [4]])
    #expect(try module(#", "convention": "season_year""#).layers(for: []).isEmpty)
  }

  @Test func meansSkipMissingPixelsAndCountWhatWentIn() throws {
    let days = try dates("2021-01-01", "2021-02-01", "2021-03-01", "2021-12-01")
    let module = try module()
    let reducer = module.makeReducer(pixels: 3, dates: days)
    feed(reducer, [0.5, .nan, .nan], date: 0)
    feed(reducer, [0.25, 0.75, .nan], date: 1)
    feed(reducer, [0.1, 0.2, 0.3], date: 2)
    feed(reducer, [0.75, .nan, .nan], date: 3)
    #expect(counts(reducer, layer: 0, pixels: 3) == [3, 1, 0])
    let winter = means(reducer, layer: 0, pixels: 3)
    #expect(winter[0] == 0.5 && winter[1] == 0.75 && winter[2].isNaN)
    let spring = means(reducer, layer: 1, pixels: 3)
    #expect(zip(spring, [0.1, 0.2, 0.3] as [Float]).allSatisfy { abs($0 - $1) < 1e-7 })
    // A season without dates is missing, with a count of zero.
    #expect(means(reducer, layer: 2, pixels: 3).allSatisfy { $0.isNaN })
    #expect(counts(reducer, layer: 2, pixels: 3) == [0, 0, 0])
  }

  @Test func partsOfTheDatesMergeToTheSameBytes() throws {
    let days = try (0..<90).map { try #require(CalendarDate("2021-01-01")).daysSince1970 + $0 * 4 }
      .map(CalendarDate.init(daysSince1970:))
    let module = try module()
    // Numbers whose sums in floating point depend on the order.
    let values = (0..<90).map { date in
      (0..<37).map { pixel -> Float in
        let number = (date * 7919 + pixel * 104_729) % 1000
        return number % 11 == 0 ? .nan : Float(number) / 999 * (number % 3 == 0 ? 1e-6 : 1)
      }
    }
    let whole = module.makeReducer(pixels: 37, dates: days)
    for date in 0..<90 { feed(whole, values[date], date: date) }
    for cuts in [[45], [1, 89], [10, 20, 30, 40, 50, 60, 70, 80]] {
      let bounds = [0] + cuts + [90]
      let parts = zip(bounds, bounds.dropFirst()).map { start, end in
        let part = module.makeReducer(pixels: 37, dates: days)
        for date in start..<end { feed(part, values[date], date: date) }
        return part
      }
      for part in parts.dropFirst() { parts[0].merge(part) }
      for layer in 0..<4 {
        let merged = means(parts[0], layer: layer, pixels: 37).map(\.bitPattern)
        #expect(merged == means(whole, layer: layer, pixels: 37).map(\.bitPattern))
        #expect(counts(parts[0], layer: layer, pixels: 37) == counts(whole, layer: layer, pixels: 37))
      }
    }
  }

  @Test(arguments: [[5, 3, 5], [3, 5, 2], [1, 9, 9]])
  func aChunkAfterAnotherIsAsIfItWereTheFirst(sizes: [Int]) throws {
    let days = try dates("2021-01-01", "2021-02-01", "2021-03-01", "2021-07-01")
    let module = try module()
    let used = module.makeReducer(pixels: sizes[0], dates: days)
    for (round, size) in sizes.enumerated() {
      if round > 0 { #expect(used.restart(pixels: size)) }
      let new = module.makeReducer(pixels: size, dates: days)
      // A date of each chunk brings nothing, another one each time: all its pixels are missing, or it is not fed.
      for date in days.indices where date != round {
        let values = (0..<size).map { pixel -> Float in
          pixel % 3 == round ? .nan : Float(date * 31 + pixel * 7 + round) / 1000
        }
        feed(used, values, date: date)
        feed(new, values, date: date)
      }
      for layer in 0..<4 {
        #expect(
          means(used, layer: layer, pixels: size).map(\.bitPattern)
            == means(new, layer: layer, pixels: size).map(\.bitPattern))
        #expect(counts(used, layer: layer, pixels: size) == counts(new, layer: layer, pixels: size))
      }
    }
  }

  @Test func memoryIsAskedForSeasonsThatHaveDates() throws {
    let days = try dates("2021-01-01", "2021-02-01", "2021-07-01")
    #expect(try module().stateBytesPerPixel(dates: days) == 2 * 10)
    #expect(try module().stateBytesPerPixel(dates: []) == 0)
  }

  @Test func resultsAreNamedAfterTheVariableAndInheritIt() throws {
    let module = try module()
    #expect(module.input == "ndvi" && module.cellMethod == "mean")
    #expect(module.outputs.map(\.name) == ["ndvi_seasonal_mean", "ndvi_seasonal_mean_count"])
    #expect(module.outputs[0].standardName == "normalized_difference_vegetation_index")
    #expect(module.outputs[0].statisticsRange == -1...1)
    #expect(module.outputs[1].storage == .int32)
    #expect(module.outputs[1].standardName == "number_of_observations")
    let renamed = try self.module(#", "as": "greenness""#)
    #expect(renamed.outputs.map(\.name) == ["greenness", "greenness_count"])
  }

  @Test func theCountCanBeLeftOut() throws {
    let module = try self.module(#", "count": false"#)
    #expect(module.outputs.map(\.name) == ["ndvi_seasonal_mean"])
    let days = try dates("2021-01-01", "2021-02-01")
    let reducer = module.makeReducer(pixels: 2, dates: days)
    feed(reducer, [0.25, .nan], date: 0)
    feed(reducer, [0.75, 0.5], date: 1)
    #expect(means(reducer, layer: 0, pixels: 2) == [0.5, 0.5])
    // Its name is free for something else then.
    let bench = try ModuleBench(bands: ["red", "nir08"])
    _ = try bench.make(NDVI.self, #"{"module": "ndvi", "as": "red_seasonal_mean_count"}"#)
    let lone = #"{"module": "seasonal_mean", "of": "red", "count": false}"#
    #expect(try bench.make(SeasonalMean.self, lone)?.outputs.count == 1)
  }

  @Test func theLatestComputedVariableIsMeantOrTheOnlyBand() throws {
    let bench = try ModuleBench(bands: ["blue", "red", "nir08", "swir16", "swir22", "qa_pixel"])
    _ = try bench.make(NDVI.self, #"{"module": "ndvi"}"#)
    _ = try bench.make(Albedo.self, #"{"module": "albedo"}"#)
    _ = try bench.make(CloudMask.self, #"{"module": "cloud_mask", "band": "qa_pixel", "reject": ["cloud"]}"#)
    #expect(try bench.make(SeasonalMean.self, #"{"module": "seasonal_mean"}"#)?.input == "albedo")
    #expect(try bench.make(SeasonalMean.self, #"{"module": "seasonal_mean", "of": "ndvi"}"#)?.input == "ndvi")
    #expect(try bench.make(SeasonalMean.self, #"{"module": "seasonal_mean", "of": "red"}"#)?.input == "red")
    let single = try ModuleBench(bands: ["ndvi", "scl"], collection: "sentinel-2-l2a")
    #expect(try single.make(SeasonalMean.self, #"{"module": "seasonal_mean"}"#)?.input == "ndvi")
  }

  @Test(
    arguments: [
      (#"{"module": "seasonal_mean"}"#, "not told what to take the mean of (here there are: red, nir08)"),
      (#"{"module": "seasonal_mean", "of": "rad"}"#, "did you mean \"red\"?"),
      (#"{"module": "seasonal_mean", "of": "qa_pixel"}"#, "holds flags; a mean needs numbers"),
    ])
  func whatCannotBeAveragedIsReported(text: String, message: String) throws {
    let bench = try ModuleBench(bands: ["red", "nir08", "qa_pixel"])
    #expect(try bench.make(SeasonalMean.self, text) == nil)
    #expect(bench.mistakes.count == 1 && bench.mistakes[0].contains(message), "\(bench.mistakes)")
  }

  @Test func aResultOverAllDatesCannotBeAveragedAgain() throws {
    let bench = try ModuleBench(bands: ["red"])
    #expect(try bench.make(SeasonalMean.self, #"{"module": "seasonal_mean"}"#) != nil)
    let again = #"{"module": "seasonal_mean", "of": "red_seasonal_mean"}"#
    #expect(try bench.make(SeasonalMean.self, again) == nil)
    #expect(bench.mistakes.first?.contains("result over all dates") ?? false)
  }
}
