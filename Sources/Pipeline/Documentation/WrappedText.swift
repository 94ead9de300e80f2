/// Breaks text into lines for terminals.
enum WrappedText {
  /// The words of a text in lines of at most `width` characters, each indented; a longer word has a line of
  /// its own.
  ///
  /// Paragraphs (separated by empty lines) and bullets ("- ") stay apart; lines that begin with a space stay
  /// as they are.
  static func lines(_ text: String, width: Int, indent: Int = 0) -> [String] {
    let margin = String(repeating: " ", count: indent)
    var lines: [String] = []
    var current = ""
    var isBullet = false
    func flush() {
      if !current.isEmpty { lines.append(margin + current) }
      current = ""
    }
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.allSatisfy(\.isWhitespace) || line.hasPrefix(" ") {
        flush()
        lines.append(line.allSatisfy(\.isWhitespace) ? "" : margin + line)
        isBullet = false
        continue
      }
      if line.hasPrefix("- ") {
        flush()
        isBullet = true
      }
      for word in line.split(separator: " ") {
        if !current.isEmpty, indent + current.count + 1 + word.count > width {
          flush()
          if isBullet { current = " " }
        }
        current += current.isEmpty ? String(word) : " " + word
      }
    }
    flush()
    return lines
  }
}
