/// Strings: escapes, surrogate pairs, UTF-8.
extension JSONScanner {
  /// Reads a string; the next byte is its opening quote.
  mutating func string() throws(JSONSyntaxError) -> String {
    let start = position
    index += 1
    let textStart = index
    try skipPlain(start)
    if bytes[index] == UInt8(ascii: "\"") {
      defer { index += 1 }
      return try text(bytes[textStart..<index], start)
    }
    // There is an escape: from here on the string is not a piece of the text.
    var unescaped = Array(bytes[textStart..<index])
    while bytes[index] != UInt8(ascii: "\"") {
      try appendEscape(to: &unescaped)
      let plainStart = index
      try skipPlain(start)
      unescaped.append(contentsOf: bytes[plainStart..<index])
    }
    index += 1
    return try text(unescaped[...], start)
  }

  /// Goes on to the next quote or backslash.
  private mutating func skipPlain(_ start: SourcePosition) throws(JSONSyntaxError) {
    while index < bytes.count {
      let byte = bytes[index]
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return }
      if byte < 0x20 {
        throw byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
          ? failure(
            "the string is not closed on its line",
            at: start,
            hint: "add '\"', or write \\n inside it"
          )
          : failure(
            "a control character (\(byte)) in a string",
            hint: "write \(JSONScanner.escape(byte)) instead"
          )
      }
      if byte & 0xC0 == 0x80 { continuations += 1 }
      index += 1
    }
    throw failure("the text ends inside the string begun here", at: start, hint: "the file may be cut short")
  }

  private func text(_ piece: ArraySlice<UInt8>, _ start: SourcePosition) throws(JSONSyntaxError) -> String {
    guard let text = String(validating: piece, as: UTF8.self) else {
      throw failure("the string is not valid UTF-8", at: start, hint: "save the file as UTF-8")
    }
    return text
  }

  private mutating func appendEscape(to output: inout [UInt8]) throws(JSONSyntaxError) {
    let letter = byte(after: 1)
    let plain: UInt8
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): plain = letter ?? 0
    case UInt8(ascii: "b"): plain = 0x08
    case UInt8(ascii: "f"): plain = 0x0C
    case UInt8(ascii: "n"): plain = 0x0A
    case UInt8(ascii: "r"): plain = 0x0D
    case UInt8(ascii: "t"): plain = 0x09
    case UInt8(ascii: "u"):
      output.append(contentsOf: String(try unicodeEscape()).utf8)
      return
    default:
      throw failure(
        "a backslash followed by nothing JSON knows",
        hint: "write a backslash itself as two: \\\\"
      )
    }
    output.append(plain)
    index += 2
  }

  /// Reads `\uXXXX`, or two of them that make a surrogate pair.
  private mutating func unicodeEscape() throws(JSONSyntaxError) -> Character {
    let start = position
    let first = try codeUnit()
    var code = UInt32(first)
    if 0xD800...0xDBFF ~= first, current == UInt8(ascii: "\\"), byte(after: 1) == UInt8(ascii: "u") {
      let second = try codeUnit()
      if 0xDC00...0xDFFF ~= second {
        code = 0x10000 + (UInt32(first) - 0xD800) << 10 + (UInt32(second) - 0xDC00)
      }
    }
    guard let scalar = Unicode.Scalar(code) else {
      throw failure("half of a surrogate pair, which is no character", at: start)
    }
    return Character(scalar)
  }

  private mutating func codeUnit() throws(JSONSyntaxError) -> UInt16 {
    var unit: UInt16 = 0
    for offset in 2..<6 {
      guard let byte = byte(after: offset), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw failure("expected four hexadecimal digits after \\u")
      }
      unit = unit << 4 | UInt16(digit)
    }
    index += 6
    return unit
  }

  /// The escape of a control character.
  static func escape(_ byte: UInt8) -> String {
    switch byte {
    case 0x08: return "\\b"
    case 0x09: return "\\t"
    case 0x0A: return "\\n"
    case 0x0C: return "\\f"
    case 0x0D: return "\\r"
    default:
      let digits = String(byte, radix: 16)
      return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
  }
}
