internal import JSON
public import Storage

extension Ledger {
  /// The cells of one recorded chunk, without what is stored of them.
  public struct Summary: Sendable {
    /// Row and column.
    public let chunk: [Int]
    public let done: [Int]
    public let empty: [Int]
    public let failed: [(date: Int, failure: CellFailure)]

    /// The same without a date.
    fileprivate func without(_ date: Int) -> Summary {
      Summary(
        chunk: chunk, done: done.filter { $0 != date }, empty: empty.filter { $0 != date },
        failed: failed.filter { $0.date != date })
    }

    /// What two records of one chunk say together: a cell is done when one of them has a value, and failed when one of
    /// them failed.
    fileprivate func joined(with other: Summary) -> Summary {
      var failed = failed
      for entry in other.failed where !failed.contains(where: { $0.date == entry.date }) {
        failed.append(entry)
      }
      let lost = Set(failed.map(\.date))
      let done = Set(done).union(other.done).subtracting(lost)
      let empty = Set(empty).union(other.empty).subtracting(lost).subtracting(done)
      return Summary(chunk: chunk, done: done.sorted(), empty: empty.sorted(), failed: failed)
    }
  }
}

/// The lines of a sequence's ledger at a moment, for looks from outside: it may be written to meanwhile.
public struct LedgerLines: Sendable {
  /// Those that count most first, each with the number of its file.
  private let lines: [(file: Int, line: ArraySlice<UInt8>)]

  /// Reads every file of the ledger, once for all stages: a cluster's run has one for each task.
  ///
  /// - Parameters:
  ///   - directory: the folder of the run's ledgers.
  ///   - sequence: the name of the sequence.
  ///   - run: what tells the run from all others.
  /// - Throws: `StorageError` where a file cannot be read; there need not be any.
  public init(directory: String, sequence: String, run: String) throws(StorageError) {
    lines = try Ledger.lines(directory: directory, sequence: sequence, run: run).enumerated().flatMap {
      file in
      file.element.map { (file.offset, $0) }
    }
  }

  /// What the ledger says of the cells of dates, or the layers of a later stage: what records of its products say
  /// together, whatever number the stage had when they were made.
  ///
  /// - Parameters:
  ///   - isLater: whether it is a stage after the cells of dates.
  ///   - dates: how many dates the sequence has; of a later stage how many layers.
  ///   - labels: of the dates, where some may have been computed alone.
  ///   - keys: of the products that are computed for each date, or from it, by the names of their arrays. A chunk is
  ///     recorded when it is known what became of each; their last records count.
  ///   - others: the keys of further products of the stage, which need not be recorded.
  public func summaries(
    isLater: Bool = false, dates: Int, labels: [String] = [], keys: [String: String],
    others: [String: String] = [:]
  ) -> [Ledger.Summary] {
    // Of a date that was computed alone, the record counts that date only.
    let parts = Dictionary(zip(labels, labels.indices), uniquingKeysWith: { first, _ in first })
    let all = Set(keys.keys).union(others.keys)
    var waiting: [[Int]: Set<String>] = [:]
    var seen: [[Int]: Set<String>] = [:]
    var summaries: [[Int]: Ledger.Summary] = [:]
    // The place of the record that counts most.
    var places: [[Int]: Int] = [:]
    for (place, (file, line)) in lines.enumerated() {
      // Most lines are of dates: others are not looked for in them with a parser.
      guard !isLater || line.contains(bytes: Array(#""stage""#.utf8)),
        let node = try? JSONParser.parse(Array(line)), (node["stage"]?.integer ?? 0 > 0) == isLater,
        let index = node["chunk"]?.array?.compactMap(\.integer), index.count == 2
      else { continue }
      let part = node["part"]?.string
      let first = part.map { parts[$0] ?? dates } ?? 0
      guard first < max(dates, 1) else { continue }
      let count = part == nil ? dates : 1
      let chunk = part == nil ? index : index + [first]
      let recorded = (node["products"]?.array ?? []).compactMap { entry -> String? in
        guard let fields = entry.array, fields.count == 2, let name = fields[0].string,
          // What an array held before is gone; of another file it is not known whether that was before.
          seen[[file] + chunk, default: []].insert(name).inserted, let key = fields[1].string,
          keys[name] ?? others[name] == key
        else { return nil }
        return name
      }
      guard !waiting[chunk, default: all].isDisjoint(with: recorded) else { continue }
      waiting[chunk, default: all].subtract(recorded)
      let failed = (node["failed"]?.array ?? []).compactMap { failure -> (date: Int, failure: CellFailure)? in
        guard let date = failure["cell"]?.integer, (0..<count).contains(date) else { return nil }
        return (first + date, CellFailure(failure["reason"]?.string ?? "", source: failure["source"]?.string))
      }
      let summary = Ledger.Summary(
        chunk: index,
        done: (DateRuns.dates(node["done"]?.string ?? "", count: count) ?? []).map { first + $0 },
        empty: (DateRuns.dates(node["empty"]?.string ?? "", count: count) ?? []).map { first + $0 },
        failed: failed)
      summaries[chunk] = summaries[chunk]?.joined(with: summary) ?? summary
      if places[chunk] == nil { places[chunk] = place }
    }
    var finished = summaries.filter { waiting[$0.key]?.isDisjoint(with: keys.keys) ?? true }
    // A run may have computed all dates together at first, and one by one later, or the other way round.
    for part in finished.keys where part.count == 3 {
      let whole = Array(part.prefix(2))
      guard let all = finished[whole] else { continue }
      if places[part, default: 0] < places[whole, default: 0] {
        finished[whole] = all.without(part[2])
      } else {
        finished[part] = nil
      }
    }
    return Array(finished.values)
  }
}
