import Geo
import Testing

@Suite struct InstantTests {
  @Test(
    arguments: [
      ("1970-01-01T00:00:00Z", 0), ("1970-01-01T00:00:01.5Z", 1_500_000),
      ("2021-01-03T14:38:55.375489Z", 1_609_684_735_375_489),
      ("2021-01-03T14:38:55.375489123Z", 1_609_684_735_375_489),
      ("2021-01-03T16:38:55+02:00", 1_609_684_735_000_000),
      ("2021-01-03T09:08:55-0530", 1_609_684_735_000_000),
      ("2021-01-03 14:38:55", 1_609_684_735_000_000), ("2021-01-03t14:38:55z", 1_609_684_735_000_000),
      ("2021-01-03T14:38:55,25Z", 1_609_684_735_250_000), ("2021-01-03", 1_609_632_000_000_000),
      ("1969-12-31T23:59:59.999999Z", -1),
    ] as [(String, Int)])
  func `times are read to the microsecond`(text: String, microseconds: Int) {
    #expect(Instant(text)?.microsecondsSince1970 == microseconds)
  }

  @Test(
    arguments: [
      "", "2021-01-03T", "2021-01-03T14:38", "2021-01-03T24:00:00Z", "2021-01-03T14:60:00Z",
      "2021-01-03T14:38:61Z", "2021-01-03T14:38:55.Z", "2021-01-03T14:38:55Zx", "2021-01-03T14:38:55+2",
      "2021-02-29T00:00:00Z", "2021-01-03T14:38:55+24:00", "2021-01-03T14:38:55+02:60", "20210103T143855Z",
    ])
  func `what is no time is refused`(text: String) {
    #expect(Instant(text) == nil)
  }

  @Test(
    arguments: [
      "2021-01-03T14:38:55Z", "2021-01-03T14:38:55.375489Z", "1969-12-31T23:59:59.999999Z",
      "2000-02-29T00:00:00.000001Z",
    ])
  func `times are written as they are read`(text: String) {
    #expect(Instant(text)?.description == text)
  }

  @Test func `the day is that of UTC`() throws {
    #expect(try #require(Instant("2021-01-01T01:00:00+02:00")).date.description == "2020-12-31")
    #expect(try #require(Instant("1969-12-31T23:59:59.999999Z")).date.description == "1969-12-31")
    #expect(Instant(try #require(CalendarDate("2021-01-01"))).description == "2021-01-01T00:00:00Z")
  }
}

@Suite struct SolarDayTests {
  private let landsatInChile = Instant("2021-01-03T14:38:55Z")
  private let nearMidnight = Instant("2021-01-03T23:40:00Z")

  @Test func `whole hours are cut towards zero as ODC STAC does`() throws {
    let instant = try #require(nearMidnight)
    // 14.9° is less than an hour east: int(14.9 / 15) = 0.
    #expect(SolarDay.wholeHours(instant, longitude: 14.9).description == "2021-01-03")
    #expect(SolarDay.wholeHours(instant, longitude: 15).description == "2021-01-04")
    #expect(SolarDay.wholeHours(instant, longitude: 179).description == "2021-01-04")
    #expect(SolarDay.wholeHours(instant, longitude: -179).description == "2021-01-03")
    let early = try #require(Instant("2021-01-03T00:30:00Z"))
    #expect(SolarDay.wholeHours(early, longitude: -14.9).description == "2021-01-03")
    #expect(SolarDay.wholeHours(early, longitude: -15.1).description == "2021-01-02")
  }

  @Test func `seconds are counted as datacube does`() throws {
    let instant = try #require(nearMidnight)
    // Twenty minutes are 5° of longitude.
    #expect(SolarDay.seconds(instant, longitude: 4.99).description == "2021-01-03")
    #expect(SolarDay.seconds(instant, longitude: 5).description == "2021-01-04")
    #expect(SolarDay.seconds(try #require(landsatInChile), longitude: -71).description == "2021-01-03")
  }
}
