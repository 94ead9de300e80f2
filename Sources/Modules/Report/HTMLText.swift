internal import Storage

/// Texts as HTML holds them.
///
/// Names come from catalogues and configs of others: what would be markup is escaped, and characters that steer the
/// order of what is read, or are no text at all, are written as their numbers.
enum HTMLText {
  /// For the content of elements and for quoted attributes; secrets in addresses are left out.
  static func escaped(_ text: String) -> String { escapedLines(Secrets.hidden(in: text), keepsLines: false) }

  /// The same with lines and tabulators kept, for preformatted text.
  static func escapedBlock(_ text: String) -> String {
    escapedLines(Secrets.hidden(in: text), keepsLines: true)
  }

  /// JSON in a `script` element: nothing in it ends the element or begins a comment.
  static func script(_ json: String) -> String {
    var output = ""
    output.reserveCapacity(json.utf8.count)
    for scalar in json.unicodeScalars {
      switch scalar {
      case "<", ">", "&", "\u{2028}", "\u{2029}": output += "\\u" + digits(scalar.value)
      default: output.unicodeScalars.append(scalar)
      }
    }
    return output
  }

  private static func escapedLines(_ text: String, keepsLines: Bool) -> String {
    var output = ""
    output.reserveCapacity(text.utf8.count + 16)
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": output += "&amp;"
      case "<": output += "&lt;"
      case ">": output += "&gt;"
      case "\"": output += "&quot;"
      case "'": output += "&#39;"
      case "\n" where keepsLines, "\t" where keepsLines: output.unicodeScalars.append(scalar)
      default:
        if steers(scalar) {
          output += "\\u" + digits(scalar.value)
        } else {
          output.unicodeScalars.append(scalar)
        }
      }
    }
    return output
  }

  /// Controls, separators of lines, formats such as overrides of the writing direction, and what is no character.
  /// Joiners are needed to write some languages.
  private static func steers(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.value & 0xFFFE == 0xFFFE || (0xFDD0...0xFDEF).contains(scalar.value) { return true }
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: return true
    case .format: return scalar != "\u{200C}" && scalar != "\u{200D}"
    default: return false
    }
  }

  private static func digits(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }

  /// A text of no more letters than that.
  static func shortened(_ text: String, to count: Int) -> String {
    text.count <= count ? text : text.prefix(count - 1) + "…"
  }
}
