/// Texts as a terminal may be given them.
///
/// Servers, items and runs of others choose many of the words that are printed. What steers a terminal, or turns the
/// order of what is read, is written as JSON writes it ("\u001b"), so that JSON stays JSON.
enum TerminalText {
  /// - Parameter keepsLines: whether the text is Apus's own in its lines; otherwise a line feed is escaped too, so that
  ///   nobody's name looks like a line of ours.
  static func escaped(_ text: String, keepsLines: Bool = false) -> String {
    guard text.utf8.contains(where: { $0 < 0x20 || $0 >= 0x7F }) else { return text }
    var output = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if keepsLines && scalar == "\n" || !steers(scalar) {
        output.append(scalar)
      } else {
        output.append(contentsOf: escape(scalar).unicodeScalars)
      }
    }
    return String(output)
  }

  /// A line in lines no longer than so many characters, broken at blanks; those that follow are indented by two more
  /// than the first. A word that is longer, as a path may be, stays whole.
  static func wrapped(_ line: String, columns: Int) -> String {
    guard line.count > columns else { return line }
    let words = line.split(separator: " ", omittingEmptySubsequences: false)
    let indent = String(repeating: " ", count: words.prefix { $0.isEmpty }.count + 2)
    guard indent.count < columns else { return line }
    var (lines, hasWord) = ([""], false)
    for (place, word) in words.enumerated() {
      let last = lines[lines.count - 1]
      if hasWord, last.count + 1 + word.count > columns {
        lines.append(indent + word)
      } else {
        lines[lines.count - 1] += (place == 0 ? "" : " ") + word
      }
      hasWord = hasWord || !word.isEmpty
    }
    return lines.joined(separator: "\n")
  }

  /// Whether a character is no letter but an order: C0 and C1 controls, DEL, separators of lines, and formats such as
  /// overrides of the writing direction. Joiners are needed to write some languages.
  private static func steers(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control: scalar != "\t"
    case .lineSeparator, .paragraphSeparator: true
    case .format: scalar != "\u{200C}" && scalar != "\u{200D}"
    default: false
    }
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\n": "\\n"
    case "\r": "\\r"
    default:
      String(scalar).utf16.map {
        let digits = String($0, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }.joined()
    }
  }
}
