/// Questions to whoever sits at the terminal.
enum Question {
  /// A line of text, or what stands in for an empty one.
  static func ask(_ text: String, default fallback: String) -> String {
    Console.prompt(text + (fallback.isEmpty ? ": " : " [\(fallback)]: "))
    let line = readLine()?.trimmed ?? ""
    return line.isEmpty ? fallback : line
  }

  /// Numbers of a list's entries; the first when nothing else is said.
  static func choose(_ text: String, _ entries: [String], several: Bool) -> [Int] {
    Console.message(text)
    for (place, entry) in entries.enumerated() { Console.message("  \(place + 1)  \(entry)") }
    let hint = several ? "Numbers, with commas between them" : "Number"
    while true {
      let words = ask(hint, default: "1").split(separator: ",").map { String($0).trimmed }
      let chosen = words.compactMap { Int($0) }.filter { (1...entries.count).contains($0) }
      if chosen.count == words.count, !chosen.isEmpty, several || chosen.count == 1 {
        return chosen.map { $0 - 1 }
      }
      Console.message("expected \(several ? "numbers" : "a number") from 1 to \(entries.count)")
    }
  }
}

extension String {
  fileprivate var trimmed: String {
    String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
  }
}
