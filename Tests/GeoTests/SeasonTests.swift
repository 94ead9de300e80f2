import Geo
import Testing

@Suite struct SeasonTests {
  @Test func `months belong to the seasons of their initials`() {
    let labels = (1...12).map { Season(month: $0).label }
    #expect(
      labels == ["DJF", "DJF", "MAM", "MAM", "MAM", "JJA", "JJA", "JJA", "SON", "SON", "SON", "DJF"])
    #expect(Season.allCases.map(\.label) == ["DJF", "MAM", "JJA", "SON"])
  }

  @Test(
    arguments: [
      ("2020-12-01", "2021-DJF"), ("2021-01-31", "2021-DJF"), ("2021-02-28", "2021-DJF"),
      ("2021-03-01", "2021-MAM"), ("2021-11-30", "2021-SON"), ("2021-12-01", "2022-DJF"),
      ("1999-12-31", "2000-DJF"), ("2000-02-29", "2000-DJF"),
    ])
  func `December belongs to the winter of the following year`(text: String, label: String) throws {
    #expect(SeasonOfYear(try #require(CalendarDate(text))).label == label)
  }
}
