public import Engine
internal import GDAL
internal import JSON
internal import Storage

/// How far a run has come, read from its directory: also while it goes on, or after it was killed.
public struct RunStatus: Sendable {
  /// One sequence.
  public struct Sequence: Sendable {
    public let name: String
    /// By date, in the cube's order.
    public let dates: [(label: String, counts: CellCounts)]
    /// Chunks of the grid: the cells of each date.
    public let chunks: Int
    /// Chunks of the grid, whatever is computed of them.
    public var grid: Int { shardCut.chunks }
    /// Module and variable of each product, files published and wanted.
    public let products: [(module: String, variable: String, published: Int, files: Int)]
    /// The same of each table.
    public let tables: [(name: String, published: Int, files: Int)]
    /// Dates that a mask's `min_usable` rejected: no losses.
    public let rejected: [UsableShares.Rejection]
    /// Why items of the catalogue could not be used.
    public let lost: [String]
    /// What is computed from whole periods, in order.
    public let stages: [Stage]
    /// How its chunks are dealt to shards.
    public let shardCut: ShardCut
    /// Reasons of failures, by date.
    public let losses: [(date: String, reason: String)]
    /// The numbers of chunks of which nobody has recorded all dates, and of those of which cells failed.
    public let missingChunks: [Int]
    public let failedChunks: [Int]

    public var counts: CellCounts {
      dates.reduce(into: CellCounts()) { sum, date in
        sum.done += date.counts.done
        sum.empty += date.counts.empty
        sum.failed += date.counts.failed
      }
    }
    /// Cells that are not finished yet.
    public var waiting: Int { dates.count * chunks - counts.total }
  }

  /// A stage after the cells of dates.
  public struct Stage: Sendable {
    public let index: Int
    /// The modules that make its results.
    public let modules: [String]
    /// The numbers of chunks that are not computed, and of those of which layers failed.
    public let missingChunks: [Int]
    public let failedChunks: [Int]
  }

  public let directory: String
  public let pipeline: String
  public let sequences: [Sequence]
  /// Losses of the whole run that its summary names, results without a value among them, and files that could not be
  /// uploaded.
  public let reported: Int
  /// Whether the summary tells of the cells as they are.
  private let isSummedUp: Bool
  /// Whether there is a summary, which comes last.
  private let hasSummary: Bool
  /// Who is at work in the directory; nil when nobody is.
  public let holder: String?

  public var failed: Int { sequences.map(\.counts.failed).reduce(0, +) }
  /// Items of catalogues that could not be used.
  public var lost: Int { sequences.map(\.lost.count).reduce(0, +) }
  /// Whether anything that the config asks for is missing in the results.
  public var hasLosses: Bool { failed + lost + reported > 0 }
  public var waiting: Int { sequences.map(\.waiting).reduce(0, +) }
  /// Whether nothing is left to do: every cell is finished, every file published and all summed up, with losses or
  /// without.
  public var isComplete: Bool {
    waiting == 0 && hasSummary
      && sequences.allSatisfy {
        $0.products.allSatisfy { $0.published == $0.files }
          && $0.tables.allSatisfy { $0.published == $0.files }
      }
  }

  /// Whether the same command would only try again what failed: all is published that there is to publish, for which a
  /// date of which all is lost has no file.
  public var isEnded: Bool {
    isComplete
      || waiting == 0 && hasLosses && isSummedUp
        && sequences.allSatisfy { $0.tables.allSatisfy { $0.published == $0.files } }
  }

  /// Reads a run directory, also one in an object store or on a web server.
  ///
  /// - Throws: `PlanError` when it holds no run, `StorageError`, `GDALError`.
  public init(_ path: String) async throws {
    guard VirtualPath.isRemote(path) else {
      try self.init(RunDirectory(path), shownAs: RunDirectory(path).path)
      return
    }
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    let copy = RunDirectory(folder)
    let summary = LocalFiles.name(of: copy.summary)
    guard try await RemoteRun(location: path).fetchDocuments(into: copy, others: [summary]) else {
      throw PlanError("\(RemoteRun.shown(path)) holds no run of Apus (no run.json)", isConfigMistake: true)
    }
    try self.init(copy, shownAs: RemoteRun.shown(path))
  }

  private init(_ directory: RunDirectory, shownAs name: String) throws {
    guard LocalFiles.exists(directory.runDocument) else {
      throw PlanError(
        "\(directory.path) holds no run of Apus (no run.json): give a run's output directory",
        isConfigMistake: true)
    }
    let document = try RunDocument.read(
      LocalFiles.readAll(directory.runDocument), path: name + "/run.json")
    let run = document["run"]?.string ?? ""
    let published = try PublishedFiles.listed(in: directory, run: run)
    self.directory = name
    let summary = RunStatus.summary(in: directory)
    reported = RunStatus.losses(summary)
    pipeline = document["pipeline"]?.string ?? ""
    holder = RunLock.holder(of: directory.path)
    sequences = try (document["plan"]?.array ?? []).map {
      try RunStatus.sequence(
        $0, directory: directory, run: run, published: published, summary: summary)
    }
    hasSummary = summary != nil
    isSummedUp = sequences.allSatisfy { sequence in
      let cells = summary?["sequences"]?.array?.first { $0["name"]?.string == sequence.name }?["cells"]
      let counts = sequence.counts
      return [("done", counts.done), ("empty", counts.empty), ("failed", counts.failed)]
        .allSatisfy { cells?[$0]?.integer == $1 }
    }
  }

  private static func sequence(
    _ plan: JSONNode, directory: RunDirectory, run: String, published: [String: [String]], summary: JSONNode?
  ) throws -> Sequence {
    let name = plan["sequence"]?.string ?? ""
    let labels = plan["dates"]?.array?.compactMap(\.string) ?? []
    let sides = plan["chunks"]?.array?.compactMap(\.integer) ?? []
    // No more cells than a plan can have: products of what the file says stay whole numbers.
    guard sides.count == 2, sides.allSatisfy({ (0...Int(Int32.max)).contains($0) }),
      case (let chunks, false) = sides[0].multipliedReportingOverflow(by: sides[1]),
      case (let cells, false) = chunks.multipliedReportingOverflow(by: labels.count), cells < 1 << 53
    else {
      throw PlanError(
        "\(directory.runDocument) has a sequence \"\(name)\" that is no plan of Apus: it was changed")
    }
    let ledger = try LedgerLines(directory: directory.ledger, sequence: name, run: run)
    var records = ledger.summaries(
      dates: labels.count, labels: labels, keys: keys(of: plan["date_arrays"], plan),
      others: keys(of: plan["other_date_arrays"], plan))
    let (products, tables) = (products(of: plan, published), tables(of: plan, published))
    let isOver =
      summary != nil && products.allSatisfy { $0.published == $0.files }
      && tables.allSatisfy { $0.published == $0.files }
    // Cells that give no result of their own are not computed on the way to files that are all there already.
    let isOnTheWay = isOver && !hasResults(plan["date_arrays"]) && !isSummedUp(name, records, cells, summary)
    if isOnTheWay { records = [] }
    var counts = Array(repeating: CellCounts(), count: labels.count)
    var losses: [(date: String, reason: String)] = []
    var seen: Set<String> = []
    var (cellsOfChunks, failedChunks) = ([Int: Int](), Set<Int>())
    for record in records {
      let chunk = record.chunk[0] * sides[1] + record.chunk[1]
      cellsOfChunks[chunk, default: 0] += record.done.count + record.empty.count + record.failed.count
      if !record.failed.isEmpty { failedChunks.insert(chunk) }
      for date in record.done { counts[date].done += 1 }
      for date in record.empty { counts[date].empty += 1 }
      for failure in record.failed {
        counts[failure.date].failed += 1
        let label = labels[failure.date]
        if seen.insert("\(label) \(failure.failure.cause)").inserted {
          losses.append((label, failure.failure.description))
        }
      }
    }
    // Where cells of dates give nothing, there is none to wait for.
    let waited = plan["date_arrays"]?.array?.isEmpty == true || isOnTheWay ? 0 : chunks
    return Sequence(
      name: name, dates: Array(zip(labels, counts)).map { (label: $0.0, counts: $0.1) }, chunks: waited,
      products: products, tables: tables,
      rejected: (plan["rejected_dates"]?.array ?? []).map {
        UsableShares.Rejection(
          date: $0["date"]?.string ?? "", share: $0["usable"]?.double ?? 0,
          least: $0["min_usable"]?.double ?? 0, mask: $0["mask"]?.string ?? "")
      },
      lost: plan["lost_items"]?.array?.compactMap(\.string) ?? [],
      stages: (plan["stages"]?.array ?? []).compactMap {
        stage($0, of: plan, chunks: sides, ledger, isOver: isOver)
      },
      shardCut: ShardCut(plan["shards"]?.plain, chunks: chunks) ?? ShardCut(even: chunks),
      losses: losses.sorted { $0.date < $1.date },
      missingChunks: (0..<waited).filter { cellsOfChunks[$0, default: 0] < labels.count },
      failedChunks: failedChunks.sorted())
  }
}

extension RunStatus {
  /// What a run has summed up; nil as long as it has not.
  private static func summary(in directory: RunDirectory) -> JSONNode? {
    (try? LocalFiles.readAll(directory.summary)).flatMap { try? JSONParser.parse($0) }
  }

  /// How many losses and failed uploads a summary names; 0 as long as there is none.
  private static func losses(_ summary: JSONNode?) -> Int {
    guard let summary else { return 0 }
    // Of cells the ledger knows what became of them since.
    let losses = (summary["sequences"]?.array ?? []).flatMap { $0["losses"]?.array ?? [] }
      .count { $0["cells"]?.integer == 0 }
    return losses + (summary["run"]?["upload"]?["failed"]?.array?.count ?? 0)
  }
}
