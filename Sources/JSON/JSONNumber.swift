/// A number as a JSON text writes it.
public struct JSONNumber: Hashable, Sendable {
  /// The characters of the text: "5", "5.0", "1e-4".
  public let text: String
  /// The nearest double; always finite.
  public let double: Double
  /// The exact value, when the number is whole and fits: "5", "5.0" and "5e0" are all 5.
  public let integer: Int?
  /// Whether the text is digits only, and so meant as an integer.
  let isIntegerLiteral: Bool

  init(text: String, double: Double, integer: Int?, isIntegerLiteral: Bool) {
    self.text = text
    self.double = double
    self.integer = integer
    self.isIntegerLiteral = isIntegerLiteral
  }

  /// An integer for a text without point or exponent that fits into one, else a double.
  var plain: JSONValue {
    if isIntegerLiteral, let integer { return .integer(integer) }
    return .number(double)
  }
}
