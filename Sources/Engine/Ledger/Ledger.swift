internal import JSON
public import Storage

/// A sequence's record of what each cell became: `RUN/ledger/SEQUENCE.jsonl`, append-only.
///
/// A line covers all dates of one chunk. A line that was cut by a crash is no record: its chunk is computed again.
public struct Ledger: Sendable {
  private let file: AppendFile
  private let plan: SequencePlan

  /// Opens the ledger of a sequence, or begins it.
  public init(directory: String, plan: SequencePlan) throws(StorageError) {
    try LocalFiles.createDirectory(directory)
    file = try AppendFile(Ledger.path(directory: directory, sequence: plan.name))
    self.plan = plan
  }

  static func path(directory: String, sequence: String) -> String { "\(directory)/\(sequence).jsonl" }

  /// The records of an earlier run; the last one of a chunk counts.
  func records() throws(StorageError) -> [ChunkRecord] {
    var records: [Int: ChunkRecord] = [:]
    for line in try LocalFiles.readAll(file.path).split(separator: UInt8(ascii: "\n")) {
      if let record = ChunkRecord(line: Array(line), plan: plan) { records[record.chunk] = record }
    }
    return records.values.sorted { $0.chunk < $1.chunk }
  }

  func append(_ record: ChunkRecord) throws(StorageError) {
    try file.append(line: record.line(plan: plan))
  }

  /// Makes everything appended so far survive a loss of power.
  public func sync() throws(StorageError) {
    try file.sync()
  }
}
