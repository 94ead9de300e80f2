/// Numbers as people read them.
public enum ShortNumber {
  /// Three significant digits, without trailing zeros: "0.432", "1230", "4.1e-5".
  public static func text(_ value: Double, digits: Int = 3) -> String {
    guard value.isFinite else { return value.isNaN ? "–" : value < 0 ? "-∞" : "∞" }
    guard value != 0 else { return "0" }
    let exponent = decimalExponent(abs(value))
    guard (-4...8).contains(exponent) else {
      let mantissa = value / power(exponent)
      return text(mantissa, digits: digits) + "e\(exponent)"
    }
    let decimals = max(0, digits - 1 - exponent)
    var text = fixed(value, decimals: decimals)
    if text.contains(".") {
      while text.hasSuffix("0") { text.removeLast() }
      if text.hasSuffix(".") { text.removeLast() }
    }
    return text == "-0" ? "0" : text
  }

  /// A number with so many decimals.
  public static func fixed(_ value: Double, decimals: Int) -> String {
    let factor = power(decimals)
    let scaled = (abs(value) * factor).rounded()
    guard scaled < 9e15 else { return "\(value)" }
    var digits = String(Int(scaled))
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard decimals > 0 else { return sign + digits }
    while digits.count <= decimals { digits = "0" + digits }
    return sign + digits.dropLast(decimals) + "." + digits.suffix(decimals)
  }

  /// An amount of bytes: "1.2 GiB".
  public static func bytes(_ bytes: Int) -> String {
    var amount = Double(bytes)
    for unit in ["B", "KiB", "MiB", "GiB", "TiB"] {
      if amount < 1024 || unit == "TiB" { return "\(text(amount)) \(unit)" }
      amount /= 1024
    }
    return "\(bytes) B"
  }

  /// A length of time: "12 s", "3 min 05 s", "2 h 10 min".
  public static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite else { return "–" }
    if seconds < 10 { return "\(text(max(seconds, 0), digits: 2)) s" }
    let whole = Int(min(seconds, 1e9).rounded())
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(two(whole % 60)) s" }
    return "\(whole / 3600) h \(two(whole % 3600 / 60)) min"
  }

  private static func power(_ exponent: Int) -> Double {
    (0..<abs(exponent)).reduce(1.0) { result, _ in exponent < 0 ? result / 10 : result * 10 }
  }

  private static func decimalExponent(_ value: Double) -> Int {
    var (exponent, rest) = (0, value)
    while rest >= 9.9995 {
      rest /= 10
      exponent += 1
    }
    while rest < 0.99995, exponent > -320 {
      rest *= 10
      exponent -= 1
    }
    return exponent
  }
}
