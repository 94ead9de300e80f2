internal import ArgumentParser

/// Questions to whoever sits at the terminal.
enum Question {
  /// Nobody answers any more: the terminal's end of file.
  struct Unanswered: Error {}

  /// Asks again and again until an answer is not refused.
  ///
  /// - Throws: what `answer` throws but for a refusal; `Unanswered` among that.
  static func untilAccepted<Answer>(_ answer: () throws -> Answer) throws -> Answer {
    while true {
      // What is wrong has been said.
      do { return try answer() } catch is ExitCode {}
    }
  }

  /// A line of text, or what stands in for an empty one.
  ///
  /// - Parameters:
  ///   - text: of the question.
  ///   - fallback: the answer that an empty line is; empty for none.
  ///   - read: the next line that is typed, nil when there will be none.
  /// - Throws: `Unanswered` where nothing was typed at all.
  static func ask(
    _ text: String, default fallback: String, read: () -> String? = { readLine() }
  ) throws(Unanswered) -> String {
    Console.prompt(text + (fallback.isEmpty ? ": " : " [\(fallback)]: "))
    guard let line = read()?.trimmed else { throw Unanswered() }
    return line.isEmpty ? fallback : line
  }

  /// Numbers of a list's entries, which may be answered by what stands before their colons, too; the first when nothing
  /// else is said.
  static func choose(_ text: String, _ entries: [String], several: Bool) throws(Unanswered) -> [Int] {
    Console.message(text)
    for (place, entry) in entries.enumerated() { Console.message("  \(place + 1)  \(entry)") }
    let hint = several ? "Numbers, with commas between them" : "Number"
    while true {
      let words = try ask(hint, default: "1").split(separator: ",").map { String($0).trimmed }
      let chosen = words.compactMap { word in
        Int(word) ?? entries.firstIndex { $0.hasPrefix(word + ":") }.map { $0 + 1 }
      }.filter { (1...entries.count).contains($0) }
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
