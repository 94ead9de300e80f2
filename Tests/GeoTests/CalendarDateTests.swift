import Geo
import Testing

@Suite struct CalendarDateTests {
  @Test(
    arguments: [
      ("1970-01-01", 0), ("1969-12-31", -1), ("2000-02-29", 11_016), ("2000-03-01", 11_017),
      ("1900-02-28", -25_509), ("1900-03-01", -25_508), ("2021-12-31", 18_992), ("0001-01-01", -719_162),
      ("9999-12-31", 2_932_896),
    ] as [(String, Int)])
  func `days are counted from1970`(text: String, days: Int) throws {
    let date = try #require(CalendarDate(text))
    #expect(date.daysSince1970 == days)
    #expect(date.description == text)
  }

  @Test func `every day of four centuries is read back as itself`() throws {
    var previous = try #require(CalendarDate(year: 1799, month: 12, day: 31))
    for year in 1800..<2200 {
      let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
      for (month, days) in zip(1...12, [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) {
        for day in 1...days {
          let date = try #require(CalendarDate(year: year, month: month, day: day))
          guard date.components == (year, month, day), date.daysSince1970 == previous.daysSince1970 + 1 else {
            Issue.record("\(year)-\(month)-\(day) is \(date)")
            return
          }
          previous = date
        }
        #expect(CalendarDate(year: year, month: month, day: days + 1) == nil)
      }
    }
  }

  @Test(
    arguments: [
      "1900-02-29", "2021-02-29", "2021-13-01", "2021-00-01", "2021-04-31", "2021-01-00", "0000-01-01",
      "2021-1-1", "21-01-01", "2021-01-01Z", "2021/01/01", "+021-01-01", "", "2021-01", "٢٠٢١-01-01",
    ])
  func `what is no day is refused`(text: String) {
    #expect(CalendarDate(text) == nil)
  }

  @Test func `days are in order`() throws {
    let earlier = try #require(CalendarDate("2020-12-31"))
    let later = try #require(CalendarDate("2021-01-01"))
    #expect(earlier < later && later.year == 2021 && earlier.month == 12)
  }
}
