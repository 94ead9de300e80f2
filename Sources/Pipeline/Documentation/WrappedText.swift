/// Breaks text into lines for terminals.
enum WrappedText {
  /// The words of a text in lines of at most `width` characters, each indented; a longer word has its own line.
  ///
  /// Paragraphs (separated by empty lines) stay apart; lines that begin with a space or a bullet stay as they are.
  static func lines(_ text: String, width: Int, indent: Int = 0) -> [String] {
    let margin = String(repeating: " ", count: indent)
    var lines: [String] = []
    var current = ""
    func flush() {
      if !current.isEmpty { lines.append(margin + current) }
      current = ""
    }
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.allSatisfy(\.isWhitespace) {
        flush()
        lines.append("")
        continue
      }
      if line.hasPrefix(" ") || line.hasPrefix("- ") || line.hasPrefix("|") {
        flush()
        lines.append(margin + line)
        continue
      }
      for word in line.split(separator: " ") {
        if !current.isEmpty, indent + current.count + 1 + word.count > width { flush() }
        current += current.isEmpty ? String(word) : " " + word
      }
    }
    flush()
    return lines
  }
}
