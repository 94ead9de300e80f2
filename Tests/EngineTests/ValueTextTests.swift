import Testing

@testable import Engine

/// Values and units in legends.
@Suite struct ValueTextTests {
  @Test func `days since 1970 are dates`() {
    let days = "days since 1970-01-01"
    // 2021-01-01 is day 18,628: 51 years of 365 days and 13 leap days.
    #expect(ValueText.text(18_628, units: days) == "2021-01-01")
    #expect(
      ValueText.ticks(18_628...18_992, units: days, isWhole: false) == [
        "2021-01-01", "2021-07-02", "2021-12-31",
      ])
  }

  @Test func `units are those of people`() {
    #expect(["1", "1 year-1", "K", "kg m-2"].map(ValueText.unit) == ["", "per year", "K", "kg m-2"])
    #expect(ValueText.ticks(0...0.5, units: "1 year-1", isWhole: false) == ["0", "0.25", "0.5 per year"])
  }

  @Test func `no half stands between whole numbers`() {
    #expect(ValueText.ticks(0...1, units: "1", isWhole: true) == ["0", "", "1"])
    #expect(ValueText.ticks(0...4, units: "1", isWhole: true) == ["0", "2", "4"])
    #expect(ValueText.ticks(0...1, units: "1", isWhole: false) == ["0", "0.5", "1"])
  }
}
