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

  private func dates(_ texts: String...) throws -> [CalendarDate] {
    try texts.map { try #require(CalendarDate($0)) }
  }

  /// Every `step` days from the first of January.
  private func dates(_ count: Int, step: Int) throws -> [CalendarDate] {
    let first = try #require(CalendarDate("2021-01-01")).daysSince1970
    return (0..<count).map { CalendarDate(daysSince1970: first + $0 * step) }
  }

  private func feed(_ reducer: any TimeReducer, _ values: [Float], date: Int) {
    values.withUnsafeBufferPointer { reducer.feed($0, date: date) }
  }

  private func medians(_ reducer: any TimeReducer, layer: Int, pixels: Int) -> [Float] {
    var result = [Float](repeating: -9, count: pixels)
    result.withUnsafeMutableBytes { reducer.finish(output: 0, layer: layer, into: $0) }
    return result
  }

  private func counts(_ reducer: any TimeReducer, layer: Int, pixels: Int) -> [Int32] {
    var result = [Int32](repeating: -9, count: pixels)
    result.withUnsafeMutableBytes { reducer.finish(output: 1, layer: layer, into: $0) }
    return result
  }

  /// Values of 37 pixels, about one in eleven missing.
  private func values(dates: Int) -> [[Float]] {
    (0..<dates).map { date in
      (0..<37).map { pixel in
        let number = (date * 7919 + pixel * 104_729) % 1000
        return number % 11 == 0 ? .nan : Float(number) / 999
      }
    }
  }

  @Test func mediansSkipMissingPixelsAndCountWhatWentIn() throws {
    let days = try dates("2021-01-01", "2021-02-01", "2021-03-01", "2021-12-01", "2021-12-02")
    let reducer = try module().makeReducer(pixels: 4, dates: days)
    feed(reducer, [0.5, .nan, .nan, 0.125], date: 0)
    feed(reducer, [0.25, 0.75, .nan, 0.5], date: 1)
    feed(reducer, [0.1, 0.2, .nan, 0.4], date: 2)
    feed(reducer, [0.75, .nan, .nan, 0.25], date: 3)
    feed(reducer, [.nan, .nan, .nan, 0.75], date: 4)
    let winter = medians(reducer, layer: 0, pixels: 4)
    // Of an even count, the mean of the two in the middle.
    #expect(winter[0] == 0.5 && winter[1] == 0.75 && winter[2].isNaN && winter[3] == 0.375)
    #expect(counts(reducer, layer: 0, pixels: 4) == [3, 1, 0, 4])
    let spring = medians(reducer, layer: 1, pixels: 4)
    #expect(spring[0] == 0.1 && spring[1] == 0.2 && spring[2].isNaN && spring[3] == 0.4)
    // A season without dates is missing, with a count of zero.
    #expect(medians(reducer, layer: 2, pixels: 4).allSatisfy { $0.isNaN })
    #expect(counts(reducer, layer: 2, pixels: 4) == [0, 0, 0, 0])
    // Asked again, the answer is the same.
    #expect(medians(reducer, layer: 0, pixels: 4)[0] == 0.5)
  }

  @Test func partsOfTheDatesMergeToTheSameBytes() throws {
    let days = try dates(90, step: 4)
    let module = try module()
    let values = values(dates: 90)
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
        let merged = medians(parts[0], layer: layer, pixels: 37).map(\.bitPattern)
        #expect(merged == medians(whole, layer: layer, pixels: 37).map(\.bitPattern))
        #expect(counts(parts[0], layer: layer, pixels: 37) == counts(whole, layer: layer, pixels: 37))
      }
    }
  }

  @Test(arguments: ["calendar", "season_year"])
  func settlingSeasonsEarlyChangesNothing(convention: String) throws {
    let days = try dates(60, step: 9)
    let module = try module(", \"convention\": \"\(convention)\"")
    let values = values(dates: 60)
    let plain = module.makeReducer(pixels: 37, dates: days)
    let settling = module.makeReducer(pixels: 37, dates: days)
    // Some dates have nothing to feed.
    for date in 0..<60 where date % 7 != 3 {
      feed(plain, values[date], date: date)
      settling.settle(before: date)
      feed(settling, values[date], date: date)
    }
    let layers = module.layers(for: days)
    #expect(layers.count >= 4)
    for layer in layers.indices {
      let expected = medians(plain, layer: layer, pixels: 37).map(\.bitPattern)
      #expect(medians(settling, layer: layer, pixels: 37).map(\.bitPattern) == expected)
      #expect(counts(settling, layer: layer, pixels: 37) == counts(plain, layer: layer, pixels: 37))
    }
  }

  @Test(arguments: ["calendar", "season_year"], [[37, 20, 37], [20, 37, 37], [1, 37, 5]])
  func aChunkAfterAnotherIsAsIfItWereTheFirst(convention: String, sizes: [Int]) throws {
    let days = try dates(60, step: 9)
    let module = try module(", \"convention\": \"\(convention)\"")
    let used = module.makeReducer(pixels: sizes[0], dates: days)
    for (round, size) in sizes.enumerated() {
      if round > 0 { #expect(used.restart(pixels: size)) }
      let new = module.makeReducer(pixels: size, dates: days)
      for (date, all) in values(dates: 60).enumerated() where date % 5 != round {
        let values = Array(all[..<size]).map { $0 * Float(round + 1) }
        // In the last round nobody says which seasons are over.
        if round < 2 { used.settle(before: date) }
        feed(used, values, date: date)
        feed(new, values, date: date)
      }
      for layer in module.layers(for: days).indices {
        #expect(
          medians(used, layer: layer, pixels: size).map(\.bitPattern)
            == medians(new, layer: layer, pixels: size).map(\.bitPattern))
        #expect(counts(used, layer: layer, pixels: size) == counts(new, layer: layer, pixels: size))
      }
    }
  }

  @Test func laterPartsMergeIntoOneWhoseFirstSeasonsAreSettled() throws {
    let days = try dates("2021-03-01", "2021-04-01", "2021-06-01", "2021-07-01")
    let module = try module()
    let first = module.makeReducer(pixels: 1, dates: days)
    let later = module.makeReducer(pixels: 1, dates: days)
    feed(first, [0.25], date: 0)
    feed(first, [0.5], date: 1)
    first.settle(before: 2)
    feed(first, [0.75], date: 2)
    feed(later, [0.25], date: 3)
    first.merge(later)
    #expect(medians(first, layer: 1, pixels: 1) == [0.375])
    #expect(medians(first, layer: 2, pixels: 1) == [0.5])
    #expect(counts(first, layer: 2, pixels: 1) == [2])
  }

  @Test func memoryIsAskedForTheValuesOfSeasonsThatAreNotOverYet() throws {
    let module = try module()
    #expect(module.stateBytesPerPixel(dates: []) == 0)
    // Four bytes a value, and four and two for the season's median and count.
    let winter = try dates("2021-01-01", "2021-02-01")
    #expect(module.stateBytesPerPixel(dates: winter) == 2 * 4 + 6)
    // Spring is over when summer comes, whose values take the place of its three; its median stays.
    let days = try dates("2021-03-01", "2021-04-01", "2021-05-01", "2021-06-01", "2021-07-01", "2021-08-01")
    #expect(module.stateBytesPerPixel(dates: days) == 6 + 3 * 4 + 6)
    // Winter is open from January to December: it has a place of its own, which a chunk leaves to the next.
    let year = try dates("2021-01-01", "2021-06-01", "2021-07-01", "2021-08-01", "2021-12-01")
    #expect(module.stateBytesPerPixel(dates: year) == 2 * 4 + 3 * 4 + 2 * 6)
  }

  @Test func yearsOfSeasonsNeedLittleMoreMemoryThanOne() throws {
    let module = try module(#", "convention": "season_year""#)
    let one = try module.stateBytesPerPixel(dates: dates(45, step: 8))
    let four = try module.stateBytesPerPixel(dates: dates(180, step: 8))
    // Of each further season only its median and count.
    #expect(four <= one + 13 * 6)
  }

  @Test func resultsAreNamedAfterTheVariableAndInheritIt() throws {
    let module = try module()
    #expect(module.input == "ndvi" && module.cellMethod == "median")
    #expect(module.outputs.map(\.name) == ["ndvi_seasonal_median", "ndvi_seasonal_median_count"])
    #expect(module.outputs[0].longName.hasPrefix("seasonal median of "))
    #expect(module.outputs[0].standardName == "normalized_difference_vegetation_index")
    #expect(module.outputs[1].storage == .int32)
    let renamed = try self.module(#", "as": "greenness""#)
    #expect(renamed.outputs.map(\.name) == ["greenness", "greenness_count"])
  }

  @Test func meanAndMedianStandSideBySide() throws {
    let bench = try ModuleBench(bands: ["red"])
    let mean = try #require(try bench.make(SeasonalMean.self, #"{"module": "seasonal_mean"}"#))
    let median = try #require(try bench.make(SeasonalMedian.self, #"{"module": "seasonal_median"}"#))
    #expect(mean.input == "red" && median.input == "red")
    let days = try dates(30, step: 11)
    #expect(mean.layers(for: days) == median.layers(for: days))
  }

  @Test(
    arguments: [
      (#"{"module": "seasonal_median"}"#, "not told what to take the median of (here there are: red, nir08)"),
      (#"{"module": "seasonal_median", "of": "rad"}"#, "did you mean \"red\"?"),
      (#"{"module": "seasonal_median", "of": "qa_pixel"}"#, "holds flags; a median needs numbers"),
    ])
  func whatHasNoMedianIsReported(text: String, message: String) throws {
    let bench = try ModuleBench(bands: ["red", "nir08", "qa_pixel"])
    #expect(try bench.make(SeasonalMedian.self, text) == nil)
    #expect(bench.mistakes.count == 1 && bench.mistakes[0].contains(message), "\(bench.mistakes)")
  }
}
