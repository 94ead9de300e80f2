import Geo
import Testing

/// Which dates go together, and what layers there are.
@Suite struct PeriodTests {
  private func days(_ texts: String...) throws -> [CalendarDate] {
    try texts.map { try #require(CalendarDate($0)) }
  }

  private func labels(_ period: Period, _ first: String, _ last: String) throws -> [String] {
    let ends = try days(first, last)
    return period.layers(of: [], within: ends[0]...ends[1]).map(\.label)
  }

  /// What an item says of its date may be the end of the calendar.
  @Test(arguments: [
    Period.week, .dekad, .month, .quarter, .season, .year, .days(16, from: .year), .days(5, from: .start),
    .months(5, from: .year), .months(7, from: .start), .months(120, from: .start), .date,
  ])
  func `the last layer of the calendar ends with it`(period: Period) throws {
    for days in [("9999-12-31", "9999-12-31"), ("9998-11-30", "9999-12-31"), ("0001-01-01", "0003-02-01")] {
      let (first, last) = (try #require(CalendarDate(days.0)), try #require(CalendarDate(days.1)))
      let layers = period.layers(of: [first, last], within: first...last)
      #expect(layers.last?.dates.contains(1) == true, "\(layers)")
      for (one, next) in zip(layers, layers.dropFirst()) where period != .date {
        #expect(one.bounds?.upperBound == next.bounds?.lowerBound)
      }
      #expect(layers.count >= (period == .date ? 2 : period.leastLayers(within: first...last)))
    }
  }

  @Test func `seasons of the year are always all four in the field's order`() throws {
    let dates = try days("2020-12-15", "2021-01-10", "2021-02-28", "2021-04-01", "2022-12-31")
    let layers = Period.seasonOfYear.layers(of: dates)
    #expect(layers.map(\.label) == ["DJF", "MAM", "JJA", "SON"])
    // January, February and December of all years together, as in xarray.
    #expect(layers.map(\.dates) == [[0, 1, 2, 4], [3], [], []])
    #expect(layers[0].bounds == dates[0]..<dates[4].next)
    #expect(layers[2].bounds == nil)
    #expect(Period.monthOfYear.layers(of: dates).map(\.dates.count) == [1, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2])
  }

  @Test func `seasons run from the first to the last with none left out`() throws {
    let dates = try days("2020-11-30", "2020-12-15", "2021-02-28", "2021-10-01", "2021-12-01")
    let layers = Period.season.layers(of: dates)
    #expect(
      layers.map(\.label) == ["2020-SON", "2021-DJF", "2021-MAM", "2021-JJA", "2021-SON", "2022-DJF"])
    #expect(layers.map(\.dates) == [[0], [1, 2], [], [], [3], [4]])
    #expect(Period.season.layers(of: []).isEmpty)
  }

  @Test func `months are those that the config's days touch, also without a date`() throws {
    let range = try days("2020-12-31", "2021-03-01")
    let layers = Period.month.layers(of: try days("2021-01-31"), within: range[0]...range[1])
    #expect(layers.map(\.label) == ["2020-12", "2021-01", "2021-02", "2021-03"])
    #expect(layers.map(\.dates) == [[], [0], [], []])
    #expect(layers[2].bounds == (try days("2021-02-01")[0])..<(try days("2021-03-01")[0]))
  }

  @Test func `dekads end with their months, also in leap years`() throws {
    #expect(try labels(.dekad, "2020-02-20", "2020-03-01") == ["2020-02-11", "2020-02-21", "2020-03-01"])
    let leap = try days("2020-02-21", "2020-02-29")
    let layers = Period.dekad.layers(of: leap)
    #expect(layers.map(\.dates) == [[0, 1]])
    #expect(layers[0].bounds == leap[0]..<(try days("2020-03-01")[0]))
  }

  @Test func `dekads of the year are all 36, whatever year their days are of`() throws {
    let dates = try days("2019-12-31", "2020-01-10", "2020-01-11", "2020-02-29", "2021-01-01", "2021-02-21")
    let layers = Period.dekadOfYear.layers(of: dates)
    #expect(layers.count == 36 && layers[0].label == "01" && layers[35].label == "36")
    #expect(layers.map(\.dates).enumerated().filter { !$0.element.isEmpty }.map(\.offset) == [0, 1, 5, 35])
    #expect([0, 1, 5, 35].map { layers[$0].dates } == [[1, 4], [2], [3, 5], [0]])
    #expect(layers[5].bounds == dates[3]..<dates[5].next && layers[2].bounds == nil)
    #expect(Period.dekadOfYear.isClimatology && Period.dekadOfYear.dimension == "dekad")
  }

  @Test func `windows of days begin with each year, and the last is cut short`() throws {
    let labels = try labels(.days(16, from: .year), "2020-12-10", "2021-01-20")
    #expect(labels == ["2020-12-02", "2020-12-18", "2021-01-01", "2021-01-17"])
    let last = try days("2020-12-31", "2021-01-01")
    #expect(Period.days(16, from: .year).layers(of: last).map(\.dates) == [[0], [1]])
    #expect(
      try self.labels(.days(16, from: .start), "2020-12-20", "2021-01-10") == ["2020-12-20", "2021-01-05"])
    let origin = Period.Origin.date(try days("2021-01-05")[0])
    #expect(try self.labels(.days(10, from: origin), "2020-12-20", "2021-01-10").first == "2020-12-16")
  }

  @Test func `months from the 31st are clamped to shorter months and go on from the 31st`() throws {
    let range = try days("2020-01-31", "2020-04-30")
    let layers = Period.months(1, from: .start).layers(of: [], within: range[0]...range[1])
    #expect(layers.map(\.label) == ["2020-01-31", "2020-02-29", "2020-03-31", "2020-04-30"])
    #expect(
      try labels(.months(3, from: .year), "2021-02-01", "2021-12-31") == [
        "2021-01", "2021-04", "2021-07", "2021-10",
      ])
  }

  @Test func `weeks begin on Mondays, quarters and years with their first month`() throws {
    // 2021-01-01 was a Friday.
    #expect(try labels(.week, "2021-01-01", "2021-01-05") == ["2020-12-28", "2021-01-04"])
    #expect(try labels(.quarter, "2020-12-31", "2021-04-01") == ["2020-Q4", "2021-Q1", "2021-Q2"])
    #expect(try labels(.year, "2019-07-01", "2021-01-01") == ["2019", "2020", "2021"])
  }

  @Test func `whole periods begin where the one before ends, and a last one that is cut short is left out`()
    throws
  {
    func bounds(_ period: Period, _ first: String, _ last: String) throws -> [String] {
      let ends = try days(first, last)
      return period.layers(of: [], within: ends[0]...ends[1]).compactMap(\.bounds).map {
        "\($0.lowerBound)/\($0.upperBound)"
      }
    }
    // The end of the range is its last day.
    #expect(
      try bounds(.whole(1, .months), "2016-01-01", "2016-03-31") == [
        "2016-01-01/2016-02-01", "2016-02-01/2016-03-01", "2016-03-01/2016-04-01",
      ])
    #expect(try bounds(.whole(1, .months), "2016-01-01", "2016-03-30").count == 2)
    // A month that was clamped stays so.
    #expect(
      try bounds(.whole(1, .months), "2016-01-31", "2016-04-30") == [
        "2016-01-31/2016-02-29", "2016-02-29/2016-03-29", "2016-03-29/2016-04-29",
      ])
    #expect(
      try bounds(.whole(30, .days), "2015-12-20", "2016-02-20") == [
        "2015-12-20/2016-01-19", "2016-01-19/2016-02-18",
      ])
    #expect(
      try bounds(.whole(12, .months), "2016-02-29", "2018-02-28") == [
        "2016-02-29/2017-02-28", "2017-02-28/2018-02-28",
      ])
    #expect(try bounds(.whole(1, .months), "2016-01-01", "2016-01-30").isEmpty)
    let dates = try days("2016-01-01", "2016-01-31", "2016-02-01", "2016-03-05")
    let range = try days("2016-01-01", "2016-03-15")
    let layers = Period.whole(1, .months).layers(of: dates, within: range[0]...range[1])
    #expect(layers.map(\.dates) == [[0, 1], [2]] && layers.map(\.label) == ["2016-01-01", "2016-02-01"])
  }

  @Test func `intervals are all there, and leave out what lies between`() throws {
    let edges = try days("2021-01-10", "2021-01-20", "2021-02-01", "2021-02-05")
    let period = Period.intervals([
      .init(label: "before", start: edges[0], end: edges[1]),
      .init(label: "after", start: edges[2], end: edges[3]),
    ])
    let layers = period.layers(of: try days("2021-01-10", "2021-01-20", "2021-02-04"))
    #expect(layers.map(\.label) == ["before", "after"])
    #expect(layers.map(\.dates) == [[0], [2]])
  }

  @Test(arguments: [
    Period.week, .dekad, .month, .quarter, .season, .year, .days(8, from: .year), .days(5, from: .start),
    .months(5, from: .year), .months(2, from: .start),
  ])
  func `every day lies in exactly one layer, and layers follow one another`(period: Period) throws {
    let dates = (0..<800).map { CalendarDate(daysSince1970: 18_200 + $0) }
    let layers = period.layers(of: dates)
    #expect(layers.flatMap(\.dates) == Array(0..<800))
    for (layer, next) in zip(layers, layers.dropFirst()) {
      #expect(layer.bounds?.upperBound == next.bounds?.lowerBound)
    }
    for layer in layers { #expect(layer.dates.allSatisfy { layer.bounds?.contains(dates[$0]) ?? false }) }
  }
}
