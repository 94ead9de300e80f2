/// How a string is written that a module reads itself: for the schema of configs, which editors complete and check by.
///
/// Reading does not go by it: modules say more of a mistake than that it is one.
public struct TextForm: Hashable, Sendable {
  /// Words that are right.
  public let words: [String]
  /// A regular expression, as ECMA-262 has them, of the other strings that are right; nil for none.
  public let pattern: String?

  /// - Parameters:
  ///   - words: that are right.
  ///   - pattern: a regular expression, as ECMA-262 has them, of the other strings that are right; nil for none.
  public init(words: [String] = [], pattern: String? = nil) { (self.words, self.pattern) = (words, pattern) }

  /// A day of the calendar: "2021-03-09".
  public static let day = TextForm(pattern: "^(?:\(days))$")

  /// A day, or one of some words.
  public static func day(or words: [String]) -> TextForm { TextForm(words: words, pattern: day.pattern) }

  /// A day of one year or of every year: "2021-03-09" or "03-09".
  public static let dayOfAnyYear = TextForm(pattern: "^(?:\(days)|\(daysOfLeapYears))$")

  /// A length on the ground: "90 m", "0.5 km".
  public static let length = TextForm(pattern: "^\(number) *k?m *$")

  /// An area on the ground: "900 m2", "2 ha".
  public static let area = TextForm(pattern: "^\(number) *(?:k?m[2\u{B2}]|ha) *$")

  /// Words, and percentiles: "p10", "p2.5".
  public static func statistic(_ words: [String]) -> TextForm {
    TextForm(words: words, pattern: "^p0*(?:100(?:[.]0*)?|[0-9]{1,2}(?:[.][0-9]*)?|[.][0-9]+)$")
  }

  /// Names in any case of their letters.
  public static func anyCase(_ names: [String]) -> TextForm {
    let patterns = names.map { name in
      name.map { character in
        let (upper, lower) = (character.uppercased(), character.lowercased())
        return upper == lower && (character.isNumber || character == "_") ? upper : "[\(upper)\(lower)]"
      }.joined()
    }
    return TextForm(words: names, pattern: "^(?:\(patterns.joined(separator: "|")))$")
  }

  private static let number = "(?:[0-9]+[.]?[0-9]*|[.][0-9]+)"
  /// Days of years with 28 days in February, then the last of February of leap years.
  private static let days =
    "[0-9]{4}-(?:\(longMonths)|02-(?:0[1-9]|1[0-9]|2[0-8]))"
    + "|(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)-02-29"
  private static let daysOfLeapYears = "(?:\(longMonths)|02-(?:0[1-9]|[12][0-9]))"
  private static let longMonths =
    "(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
}
