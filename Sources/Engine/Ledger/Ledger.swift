internal import JSON
public import Storage

/// A sequence's record of what each cell became: `RUN/ledger/SEQUENCE.jsonl`, append-only.
///
/// A line covers all dates of one chunk. A line that is not as it was written in this run, cut by a crash or changed
/// since, is no record: its chunk is computed again.
public struct Ledger: Sendable {
  private let file: RecordFile
  private let plan: SequencePlan
  private let key: String

  /// Opens the ledger of a sequence, or begins it.
  ///
  /// - Parameter run: what tells the run from all others.
  public init(directory: String, plan: SequencePlan, run: String) throws(StorageError) {
    try LocalFiles.createDirectory(directory)
    key = Ledger.key(run: run, sequence: plan.name)
    file = try RecordFile(Ledger.path(directory: directory, sequence: plan.name), key: key)
    self.plan = plan
  }

  static func path(directory: String, sequence: String) -> String { "\(directory)/\(sequence).jsonl" }

  private static func key(run: String, sequence: String) -> String { "\(run)/\(sequence)" }

  /// How many lines were found not to be as they were written, and taken out.
  public var refusedLines: Int { file.refused }

  /// Calls `body` with each record of an earlier run; the last one of a chunk counts.
  ///
  /// One at a time: the histograms of all chunks and layers together may be more than memory has room for.
  func forEachRecord(
    _ body: (ChunkRecord) throws -> Void, table: (TableRecord) throws -> Void = { _ in }
  ) throws {
    var seen: Set<[Int]> = []
    var seenRows: Set<[Int]> = []
    for line in try RecordFile.read(file.path, key: key).lines.reversed() {
      if !plan.tables.isEmpty, let node = try? JSONParser.parse(Array(line)), node["table"] != nil {
        guard let record = TableRecord(node, plan: plan),
          seenRows.insert([record.table, record.group, record.step]).inserted
        else { continue }
        try table(record)
        continue
      }
      guard let record = ChunkRecord(line: Array(line), plan: plan),
        seen.insert([record.stage, record.chunk]).inserted
      else {
        continue
      }
      try body(record)
    }
  }

  func append(_ record: TableRecord) throws(StorageError) {
    try file.append(record.line(plan: plan))
  }

  func append(_ record: ChunkRecord) throws(StorageError) {
    try file.append(record.line(plan: plan))
  }

  /// Makes everything appended so far survive a loss of power.
  public func sync() throws(StorageError) {
    try file.sync()
  }
}

extension Ledger {
  /// The cells of one recorded chunk, without what is stored of them.
  public struct Summary: Sendable {
    public let done: [Int]
    public let empty: [Int]
    public let failed: [(date: Int, failure: CellFailure)]
  }

  /// What a ledger says, for a look from outside: it may be written to meanwhile. The last record of a chunk counts.
  public static func summaries(
    directory: String, sequence: String, run: String, dates: Int
  ) throws(StorageError) -> [Summary] {
    let path = path(directory: directory, sequence: sequence)
    var summaries: [[Int]: Summary] = [:]
    for line in try RecordFile.read(path, key: key(run: run, sequence: sequence)).lines {
      guard let node = try? JSONParser.parse(Array(line)),
        node["stage"] == nil, let chunk = node["chunk"]?.array?.compactMap(\.integer)
      else { continue }
      let failed = (node["failed"]?.array ?? []).compactMap { failure -> (date: Int, failure: CellFailure)? in
        guard let date = failure["cell"]?.integer, (0..<dates).contains(date) else { return nil }
        return (date, CellFailure(failure["reason"]?.string ?? "", source: failure["source"]?.string))
      }
      summaries[chunk] = Summary(
        done: DateRuns.dates(node["done"]?.string ?? "", count: dates) ?? [],
        empty: DateRuns.dates(node["empty"]?.string ?? "", count: dates) ?? [], failed: failed)
    }
    return Array(summaries.values)
  }
}
