/// The header `Content-Range`: "bytes 0-65535/183112"; the total may be "*", and so may be the range of an answer of
/// status 416.
struct ContentRange {
  /// Nil for "*".
  let range: ClosedRange<Int>?
  /// Nil for "*".
  let total: Int?

  init?(_ text: String) {
    let words = text.split(whereSeparator: { $0 == " " || $0 == "\t" })
    guard words.count == 2, words[0].lowercased() == "bytes" else { return nil }
    let parts = words[1].split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    if parts[1] == "*" {
      total = nil
    } else {
      guard let number = Int(parts[1]), number >= 0 else { return nil }
      total = number
    }
    if parts[0] == "*" {
      range = nil
    } else {
      let ends = parts[0].split(separator: "-")
      guard ends.count == 2, let first = Int(ends[0]), let last = Int(ends[1]), first >= 0, last >= first,
        total.map({ $0 > last }) ?? true
      else { return nil }
      range = first...last
    }
  }
}
