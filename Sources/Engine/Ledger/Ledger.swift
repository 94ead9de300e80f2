internal import Geo
internal import JSON
public import Storage

/// A sequence's record of what each cell became: `RUN/ledger/SEQUENCE.jsonl`, append-only.
///
/// A line covers all dates of one chunk. A line that is not as it was written in this run, cut by a crash or changed
/// since, is no record: its chunk is computed again.
///
/// Workers on other machines have files of their own, `RUN/ledger/work/SEQUENCE@WORKER.jsonl`: whoever reads the ledger
/// reads them all.
public struct Ledger: Sendable {
  private let file: RecordFile
  private let directory: String
  private let plan: SequencePlan
  private let run: String

  /// Opens the ledger of a sequence, or begins it.
  ///
  /// - Parameters:
  ///   - directory: the folder of the run's ledgers; made when it is missing.
  ///   - plan: of the sequence, a whole one.
  ///   - run: what tells the run from all others.
  ///   - worker: what tells a process from all others that work on the run at the same time; nil for the one that has
  ///     the run for itself.
  public init(directory: String, plan: SequencePlan, run: String, worker: String? = nil) throws(StorageError)
  {
    try LocalFiles.createDirectory(worker == nil ? directory : "\(directory)/\(Ledger.workFolder)")
    file = try RecordFile(
      Ledger.path(directory: directory, sequence: plan.name, worker: worker),
      key: Ledger.key(run: run, sequence: plan.name))
    (self.directory, self.plan, self.run) = (directory, plan, run)
  }

  /// Where workers' files are, below the folder of ledgers.
  public static let workFolder = "work"

  static func path(directory: String, sequence: String, worker: String? = nil) -> String {
    guard let worker else { return "\(directory)/\(sequence).jsonl" }
    return "\(directory)/\(workFolder)/\(sequence)@\(worker).jsonl"
  }

  /// Every line that tells of a sequence, file by file, the ones that count most first: the last ones of the run's own
  /// file, then those of workers, the latest first, and after them what workers say of failures, which another may have
  /// made good. Workers that began after the last failure of the run's own file may have made that good: they come
  /// before it.
  static func lines(
    directory: String, sequence: String, run: String
  ) throws(StorageError) -> [[ArraySlice<UInt8>]] {
    let key = key(run: run, sequence: sequence)
    let own = try RecordFile.read(path(directory: directory, sequence: sequence), key: key).lines
    let folder = "\(directory)/\(workFolder)"
    guard LocalFiles.isDirectory(folder) else { return [own.reversed()] }
    var failures: [ArraySlice<UInt8>] = []
    let mark = Array(",\"failed\":".utf8)
    let lastFailure = own.last { $0.contains(bytes: mark) }.flatMap {
      try? JSONParser.parse(Array($0))["at"]?.integer
    }
    var (files, newer): ([[ArraySlice<UInt8>]], [[ArraySlice<UInt8>]]) = ([own.reversed()], [])
    // Their names begin with the time.
    for name in try LocalFiles.list(folder).sorted(by: >)
    where name.hasPrefix(sequence + "@") && name.hasSuffix(".jsonl") {
      let lines = try RecordFile.read("\(folder)/\(name)", key: key).lines
      var others: [ArraySlice<UInt8>] = []
      for line in lines.reversed() {
        if line.contains(bytes: mark) { failures.append(line) } else { others.append(line) }
      }
      let start = Int(name.dropFirst(sequence.count + 1).prefix { $0 != "." })
      if let start, let lastFailure, start > lastFailure {
        newer.append(others)
      } else {
        files.append(others)
      }
    }
    return newer + files + [failures]
  }

  private static func key(run: String, sequence: String) -> String { "\(run)/\(sequence)" }

  /// How many lines were found not to be as they were written, and taken out.
  public var refusedLines: Int { file.refused }

  /// Calls `body` with each record of an earlier run, as far as it tells the last of products of the plan with their
  /// keys: what a product's array held before that is gone.
  ///
  /// One at a time: the histograms of all chunks and layers together may be more than memory has room for.
  func forEachRecord(
    _ body: (ChunkRecord) throws -> Void, table: (TableRecord) throws -> Void = { _ in }
  ) throws {
    var isSeen = plan.products.map { _ in Array(repeating: false, count: plan.layout.count) }
    var rows = RowsSeen()
    for file in try Ledger.lines(directory: directory, sequence: plan.name, run: run) {
      // What an array held before is gone; of another file it is not known whether that was before.
      var isPast = isSeen
      for line in file {
        if !plan.tables.isEmpty, let node = try? JSONParser.parse(Array(line)), node["table"] != nil {
          if let record = rows.last(node, plan: plan) { try table(record) }
          continue
        }
        guard let record = ChunkRecord(line: Array(line), plan: plan) else { continue }
        let last = record.products.filter { !isPast[$0][record.chunk] && !isSeen[$0][record.chunk] }
        for product in last { isSeen[product][record.chunk] = true }
        for product in record.products + record.outdated { isPast[product][record.chunk] = true }
        if !last.isEmpty { try body(record.only(last)) }
      }
    }
  }

  /// Which rows of tables were recorded, from the last record on.
  private struct RowsSeen {
    private var seen: Set<[Int]> = []
    /// Tables of which a later record has another key: of what was before nothing is left.
    private var outdated: Set<String> = []

    /// The record of a line, where it is the last of its rows.
    mutating func last(_ node: JSONNode, plan: SequencePlan) -> TableRecord? {
      guard let name = node["table"]?.string, !outdated.contains(name) else { return nil }
      guard node["key"]?.string == plan.tableKeys[name] ?? "" else {
        outdated.insert(name)
        return nil
      }
      guard let record = TableRecord(node, plan: plan),
        seen.insert([record.table, record.group, record.step]).inserted
      else { return nil }
      return record
    }
  }

  func append(_ record: TableRecord) throws(StorageError) {
    try file.append(record.line(plan: plan))
  }

  func append(_ record: ChunkRecord) throws(StorageError) {
    try file.append(record.line(plan: plan, at: Int(WallClock.seconds)))
  }

  /// Makes everything appended so far survive a loss of power.
  public func sync() throws(StorageError) {
    try file.sync()
  }
}

extension ArraySlice<UInt8> {
  /// Whether some bytes stand anywhere in it, one after the other; the standard library's `contains` takes a hundred times
  /// as long.
  func contains(bytes: [UInt8]) -> Bool {
    guard let first = bytes.first, count >= bytes.count else { return bytes.isEmpty }
    return withUnsafeBytes { all in
      (0...all.count - bytes.count).contains { all[$0] == first && all[$0...].starts(with: bytes) }
    }
  }
}
