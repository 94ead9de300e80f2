internal import ArgumentParser
internal import Synchronization

/// Questions to whoever sits at the terminal.
enum Question {
  /// Whether nobody answers any more.
  private static let isOver = Mutex(false)

  /// Asks again and again until an answer is not refused, or nobody answers any more.
  static func untilAccepted<Answer>(_ answer: () throws -> Answer) throws -> Answer {
    while true {
      do {
        return try answer()
      } catch let error as ExitCode {
        // What is wrong has been said.
        guard !isOver.withLock({ $0 }) else { throw error }
      }
    }
  }

  /// A line of text, or what stands in for an empty one.
  static func ask(_ text: String, default fallback: String) -> String {
    Console.prompt(text + (fallback.isEmpty ? ": " : " [\(fallback)]: "))
    guard let line = readLine()?.trimmed else {
      isOver.withLock { $0 = true }
      return fallback
    }
    return line.isEmpty ? fallback : line
  }

  /// Numbers of a list's entries, which may be answered by what stands before their colons, too; the first when nothing
  /// else is said.
  static func choose(_ text: String, _ entries: [String], several: Bool) -> [Int] {
    Console.message(text)
    for (place, entry) in entries.enumerated() { Console.message("  \(place + 1)  \(entry)") }
    let hint = several ? "Numbers, with commas between them" : "Number"
    while true {
      let words = ask(hint, default: "1").split(separator: ",").map { String($0).trimmed }
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
