/// How far a sequence is, how fast it goes and when the run ends, in one line of a terminal.
struct ProgressLine {
  var name: String
  /// Cells that ended, and all of them.
  var ended: Int
  var cells: Int
  var failed: Int
  /// Which sequence of a run it is, counted from 1, and how many there are.
  var place = (number: 1, count: 1)
  /// Chunks or dates, whichever end one after the other, and how many of the others each has.
  var parts: (name: String, ended: Int, count: Int, each: String)?
  /// Cells that were there before, which took no time.
  var kept = 0
  /// Since the sequence began.
  var seconds = 0.0
  /// Seconds until the end of the run, by what knows all of it; nil where nothing does.
  var estimate: Double?
  /// 0 where it is not known.
  var pixelsPerCell = 0.0
  /// Of samples as files store them; 0 where it is not known.
  var bytesPerCell = 0.0
  /// Resident memory and its limit in bytes; 0 where nobody tells.
  var memory = 0
  var memoryLimit = 0
  /// What workers spend their time with, and the share of each.
  var work: [(name: String, share: Double)] = []

  /// What workers spend most of their time with.
  var bottleneck: (name: String, share: Double)? { work.max { $0.share < $1.share } }

  var percent: Int { cells == 0 ? 100 : ended * 100 / cells }

  /// Seconds until the end; without an estimate, until the last cell if the others take as long as those so far. Nil
  /// until some have ended.
  var secondsLeft: Double? {
    let done = ended - kept
    guard done > 0, seconds > 0.5 else { return nil }
    return estimate ?? seconds * Double(cells - ended) / Double(done)
  }

  /// Million pixels a second; nil where it is not known.
  var rate: Double? { perSecond(pixelsPerCell) }

  /// Million bytes of samples a second; nil where it is not known.
  var byteRate: Double? { perSecond(bytesPerCell) }

  private func perSecond(_ each: Double) -> Double? {
    let done = ended - kept
    guard done > 0, seconds > 0.5, each > 0 else { return nil }
    return Double(done) * each / seconds / 1e6
  }

  /// The line for a terminal of so many columns, none of them the last: what fits, the most important first.
  func text(columns: Int) -> String {
    var parts = ["\(percent) % of \(cells) cells"]
    if failed > 0 { parts.append("\(failed) failed") }
    if let secondsLeft { parts.append("\(ProgressLine.clock(secondsLeft)) left") }
    if memory > 0 {
      parts.append("\(memory >> 20)\(memoryLimit > 0 ? "/\(memoryLimit >> 20)" : "") MiB")
    }
    if let (name, ended, count, _) = self.parts { parts.append("\(ended)/\(count) \(name)") }
    if let rate { parts.append("\(ProgressLine.short(rate)) Mpx/s") }
    if let byteRate { parts.append("\(ProgressLine.short(byteRate)) MB/s") }
    if !work.isEmpty {
      parts.append(work.map { "\($0.name) \(ProgressLine.percent($0.share))" }.joined(separator: " ") + " %")
    }
    // Names are of any length: they give way first.
    let label =
      (name.count > 24 ? name.prefix(23) + "…" : name[...])
      + (place.count > 1 ? " (\(place.number) of \(place.count))" : "")
    let room = max(columns - 1, 1)
    parts[0] = "\(label): \(parts[0])"
    if parts[0].count > room { parts[0] = "\(percent) % of \(cells) cells" }
    // Where there is no room for all that workers do, there may be for what they do most.
    let short = bottleneck.map { "\(ProgressLine.percent($0.share)) % \($0.name)" }
    if let short, let place = parts.firstIndex(where: { $0.hasSuffix(" %") }),
      parts[...place].joined(separator: ", ").count > room
    {
      parts[place] = short
    }
    return ProgressLine.fitted(parts, columns: columns)
  }

  private static func percent(_ share: Double) -> Int { Int((share * 100).rounded()) }

  /// The first of some parts, cut where it is too long for a terminal of so many columns, and those of the others that
  /// fit.
  static func fitted(_ parts: [String], columns: Int) -> String {
    let room = max(columns - 1, 1)
    var line = String((parts.first ?? "").prefix(room))
    for part in parts.dropFirst() where line.count + 2 + part.count <= room { line += ", " + part }
    return line
  }

  /// What takes a line away that stands in the terminal's current row.
  ///
  /// A terminal that became narrower than the line has put the rest of it into further rows: those go too.
  static func erasure(of characters: Int, columns: Int) -> String {
    let rows = max(characters - 1, 0) / max(columns, 1)
    return (rows > 0 ? "\u{1B}[\(rows)A" : "") + "\r" + (rows > 0 ? "\u{1B}[J" : "\u{1B}[K")
  }

  /// "0:05", "1:02:03".
  static func clock(_ seconds: Double) -> String {
    let whole = Int(min(max(seconds.rounded(), 0), 3_600_000))
    func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
    let (hours, minutes) = (whole / 3600, whole / 60 % 60)
    return hours > 0 ? "\(hours):\(two(minutes)):\(two(whole % 60))" : "\(minutes):\(two(whole % 60))"
  }

  /// Three digits at most behind which nobody looks.
  private static func short(_ value: Double) -> String {
    value >= 10 ? "\(Int(value.rounded()))" : "\((value * 10).rounded() / 10)"
  }
}
