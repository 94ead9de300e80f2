internal import Geo

/// Values and units as legends have them.
public enum ValueText {
  private static let days = "days since 1970-01-01"

  /// A value: a number, or the date that a count of days stands for.
  ///
  /// - Parameters:
  ///   - value: in the unit.
  ///   - units: UDUNITS text.
  public static func text(_ value: Double, units: String) -> String {
    guard units == days, abs(value) < 3e6 else { return ShortNumber.text(value) }
    return "\(CalendarDate(daysSince1970: Int(value.rounded())))"
  }

  /// What stands behind a value: nothing for ratios and dates, "per year" for "1 year-1".
  ///
  /// - Parameter units: UDUNITS text; empty for none.
  public static func unit(_ units: String) -> String {
    if units == "1" || units == days { return "" }
    let words = units.split(separator: " ")
    guard words.count == 2, words[0] == "1", words[1].hasSuffix("-1") else { return units }
    return "per " + words[1].dropLast(2)
  }

  /// The texts at the lower end of a range of colours, at its middle and at its upper end, the last with the unit.
  ///
  /// - Parameters:
  ///   - range: of the values.
  ///   - units: UDUNITS text; empty for none.
  ///   - isWhole: whether there are whole numbers only: a middle that is none has no text.
  public static func ticks(_ range: ClosedRange<Double>, units: String, isWhole: Bool) -> [String] {
    let middle = (range.lowerBound + range.upperBound) / 2
    var texts = [range.lowerBound, middle, range.upperBound].map { text($0, units: units) }
    if isWhole, middle != middle.rounded() { texts[1] = "" }
    let unit = unit(units)
    if !unit.isEmpty { texts[2] += " " + unit }
    return texts
  }
}
