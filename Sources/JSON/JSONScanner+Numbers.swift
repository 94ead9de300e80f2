/// Numbers.
extension JSONScanner {
  /// Reads a number; the next byte is its minus sign or first digit.
  mutating func number() throws(JSONSyntaxError) -> JSONNumber {
    let start = index
    let place = position
    let isNegative = current == UInt8(ascii: "-")
    if isNegative { index += 1 }
    var decimal = Decimal()
    let firstDigit = current
    let wholeDigits = digits(into: &decimal, isFraction: false)
    guard wholeDigits > 0 else {
      throw failure("expected a digit after '-', found \(nextWord)")
    }
    if wholeDigits > 1, firstDigit == UInt8(ascii: "0") {
      throw failure("a number that begins with 0", at: place, hint: "write it without the zero")
    }
    var isIntegerLiteral = true
    if current == UInt8(ascii: ".") {
      isIntegerLiteral = false
      index += 1
      guard digits(into: &decimal, isFraction: true) > 0 else {
        throw failure("expected a digit after the decimal point, found \(nextWord)")
      }
    }
    if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
      isIntegerLiteral = false
      try exponent(into: &decimal)
    }
    if let byte = current, JSONScanner.isWord(byte) {
      throw failure("unexpected '\(bareWord)' in a number")
    }
    let text = String(decoding: bytes[start..<index], as: UTF8.self)
    guard let double = decimal.double(isNegative: isNegative) ?? Double(text), double.isFinite else {
      throw failure("the number \(quoted(text)) is larger than a double can hold", at: place)
    }
    return JSONNumber(
      text: text,
      double: double,
      integer: isIntegerLiteral
        ? decimal.integer(isNegative: isNegative) ?? Int(text) : JSONScanner.exactInteger(double),
      isIntegerLiteral: isIntegerLiteral && !(isNegative && double == 0)
    )
  }

  /// The integer a double stands for, within the range where doubles are exact.
  private static func exactInteger(_ double: Double) -> Int? {
    guard double.magnitude <= 9_007_199_254_740_992 else { return nil }
    return Int(exactly: double)
  }

  private mutating func digits(into decimal: inout Decimal, isFraction: Bool) -> Int {
    let start = index
    while index < bytes.count {
      let digit = bytes[index] &- UInt8(ascii: "0")
      guard digit < 10 else { break }
      decimal.append(digit, isFraction: isFraction)
      index += 1
    }
    return index - start
  }

  private mutating func exponent(into decimal: inout Decimal) throws(JSONSyntaxError) {
    index += 1
    let isNegative = current == UInt8(ascii: "-")
    if isNegative || current == UInt8(ascii: "+") { index += 1 }
    var power = Decimal()
    guard digits(into: &power, isFraction: false) > 0 else {
      throw failure("expected a digit after the exponent's 'e', found \(nextWord)")
    }
    decimal.scale(by: power, isNegative: isNegative)
  }
}

/// The digits of a number as an integer times a power of ten, while that is exact.
///
/// Most numbers have few enough digits that one multiplication or division by an exact power of ten rounds
/// correctly (Clinger 1990, "How to read floating point numbers accurately"); the rest go to the standard
/// library.
private struct Decimal {
  private var mantissa: UInt64 = 0
  private var exponent = 0
  private var isExact = true

  mutating func append(_ digit: UInt8, isFraction: Bool) {
    guard mantissa < 900_000_000_000_000_000 else {
      isExact = false
      return
    }
    mantissa = mantissa &* 10 &+ UInt64(digit)
    if isFraction { exponent &-= 1 }
  }

  mutating func scale(by power: Decimal, isNegative: Bool) {
    guard power.isExact, power.mantissa < 1000 else {
      isExact = false
      return
    }
    exponent += isNegative ? -Int(power.mantissa) : Int(power.mantissa)
  }

  func integer(isNegative: Bool) -> Int? {
    guard isExact, exponent == 0 else { return nil }
    return isNegative ? -Int(mantissa) : Int(mantissa)
  }

  func double(isNegative: Bool) -> Double? {
    guard isExact, mantissa <= 9_007_199_254_740_992, abs(exponent) < Decimal.powers.count else { return nil }
    let magnitude =
      exponent < 0
      ? Double(mantissa) / Decimal.powers[-exponent] : Double(mantissa) * Decimal.powers[exponent]
    return isNegative ? -magnitude : magnitude
  }

  /// The powers of ten that a double holds exactly.
  private static let powers: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
  ]
}
