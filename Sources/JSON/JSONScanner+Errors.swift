/// What a failed parse says about the text it found.
extension JSONScanner {
  /// The word, number or character that comes next, quoted for a message.
  var nextWord: String {
    guard let current else { return "the end of the text" }
    let word = bareWord
    if !word.isEmpty { return "'\(word)'" }
    if current == UInt8(ascii: "\"") { return "a string" }
    // One whole character, whatever its length in bytes; a broken one shows as U+FFFD.
    let character = String(decoding: bytes[index..<min(index + 4, bytes.count)], as: UTF8.self).prefix(1)
    return "'\(character)'"
  }

  /// The letters, digits and signs that come next, at most 24 of them.
  var bareWord: String {
    let end = bytes[index...].prefix(24).firstIndex { !JSONScanner.isWord($0) }
    return String(decoding: bytes[index..<(end ?? min(index + 24, bytes.count))], as: UTF8.self)
  }

  static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "-"),
      UInt8(ascii: "+"):
      true
    default: false
    }
  }

  func unclosed(_ kind: String, _ start: SourcePosition) -> JSONSyntaxError {
    let opening = kind == "array" ? "[" : "{"
    return failure(
      "the text ends inside the \(kind) begun with '\(opening)' at line \(start.line), column \(start.column)",
      hint: "the file may be cut short"
    )
  }

  func trailingComma(_ comma: SourcePosition, before closing: String) -> JSONSyntaxError {
    failure("a comma before '\(closing)'", at: comma, hint: "remove the comma")
  }

  /// The error for what can begin no value.
  func noValue() -> JSONSyntaxError {
    let hint: String? =
      switch (current, bareWord.lowercased()) {
      case (UInt8(ascii: "'"), _): "strings take double quotes"
      case (_, "none"), (_, "nil"), (_, "undefined"), (_, "null"): "write null"
      case (_, "true"), (_, "yes"): "write true"
      case (_, "false"), (_, "no"): "write false"
      case (_, "nan"), (_, "inf"), (_, "infinity"), (_, "+inf"), (_, "+infinity"):
        "JSON has no such number; write null, or the name in double quotes"
      case (UInt8(ascii: "+"), _): "write the number without '+'"
      case (UInt8(ascii: "."), _): "write a digit before the decimal point"
      case (_, ""): nil
      default: "a string takes double quotes"
      }
    return failure("expected a value, found \(nextWord)", hint: hint)
  }

  /// A key or string in double quotes, cut to a length that fits a message.
  func quoted(_ text: String) -> String {
    "\"" + (text.count > 60 ? String(text.prefix(57)) + "..." : text) + "\""
  }
}
