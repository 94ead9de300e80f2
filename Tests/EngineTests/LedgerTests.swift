import Geo
import JSON
import Raster
import Storage
import Testing

@testable import Engine

/// The ledger: what a line holds, and what a crash does to it.
@Suite struct LedgerTests {
  private func plan() -> SequencePlan {
    var bench = EngineBench([
      (StubSource("red"), false), (SumOf("red", as: "sum"), true), (HalvingSum("sum"), true),
    ])
    for _ in 0..<5 { bench.addDate(["red": { _, _ in 1 }]) }
    return bench.plan()
  }

  private let keys = ["sum": "", "sum_halving": "", "sum_count": ""]

  private func record(_ plan: SequencePlan, chunk: Int = 4) -> ChunkRecord {
    var record = ChunkRecord(chunk: chunk, stage: 0, steps: 5)
    record.products = [0, 1, 2]
    record.states = [.done, .done, .empty, .failed, .done]
    record.failures = [(3, CellFailure("cannot read \"a b\"\n…", source: "scene red a.tif"))]
    record.objects = [
      (0, 1, ChunkStore.Object(bytes: 1234, checksum: .max)), (2, 0, .init(bytes: 7, checksum: 0)),
    ]
    var statistics = SampleStatistics(range: -1000...1000)
    [Float(0.1), -3.75, .nan, 999].withUnsafeBufferPointer { statistics.add($0) }
    var outside = SampleStatistics(range: -1000...1000)
    [Float(-4e9), 0.5, 2500, 2500].withUnsafeBufferPointer { outside.add($0) }
    record.statistics = [(0, 1, statistics), (1, 0, SampleStatistics(range: -1000...1000)), (2, 0, outside)]
    return record
  }

  private func records(of ledger: Ledger) throws -> [ChunkRecord] {
    var records: [ChunkRecord] = []
    try ledger.forEachRecord { records.append($0) }
    return records.sorted { $0.chunk < $1.chunk }
  }

  @Test func `a record comes back from its line as it was`() throws {
    let plan = plan()
    let record = record(plan)
    let line = record.line(plan: plan)
    #expect(!line.contains("\n"))
    let back = try #require(ChunkRecord(line: Array(line.utf8), plan: plan))
    #expect(back.chunk == 4)
    #expect(back.products == [0, 1, 2])
    #expect(back.states == record.states)
    #expect(back.failures.map(\.step) == [3])
    #expect(back.failures.map(\.failure.description) == ["cannot read \"a b\"\n…"])
    #expect(back.failures.map(\.failure.source) == ["scene red a.tif"])
    #expect(back.objects.map(\.product) == [0, 2])
    #expect(back.objects.map(\.layer) == [1, 0])
    #expect(back.objects.map(\.object) == record.objects.map(\.object))
    #expect(back.statistics.map(\.statistics) == record.statistics.map(\.statistics))
  }

  @Test func `no beginning of a line is taken for a record`() {
    let plan = plan()
    let line = Array(record(plan).line(plan: plan).utf8)
    for length in 0..<line.count { #expect(ChunkRecord(line: Array(line[..<length]), plan: plan) == nil) }
  }

  @Test(arguments: [
    "{}", "[]",
    "{\"chunk\": [9, 0], \"done\": \"0-4\", \"products\": [[\"sum\", \"\"]], \"objects\": [], \"statistics\": []}",
    "{\"chunk\": [0, 0], \"done\": \"0-3\", \"products\": [[\"sum\", \"\"]], \"objects\": [], \"statistics\": []}",
    "{\"chunk\": [0, 0], \"done\": \"0-5\", \"products\": [[\"sum\", \"\"]], \"objects\": [], \"statistics\": []}",
    "{\"chunk\": [0, 0], \"done\": \"0-4\", \"products\": [[\"sum\", \"\"]], \"objects\": [[\"other\", 0, 1, 2]], \"statistics\": []}",
    "{\"chunk\": [0, 0], \"done\": \"0-4\", \"products\": [[\"sum\", \"\"]], \"objects\": [[\"sum\", 0, 1, -2]], \"statistics\": []}",
    "{\"chunk\": [0, 0], \"done\": \"0-4\", \"products\": [[\"sum\", \"\"]], \"objects\": [[\"sum\", 99, 1, 2]], \"statistics\": []}",
    "{\"chunk\": [0, 0], \"done\": \"0-4\", \"products\": [[\"sum\", \"\"]], \"objects\": [[\"sum\", -1, 1, 2]], \"statistics\": []}",
    "{\"chunk\": [0, 0], \"done\": \"0-4\", \"products\": [[\"sum\", \"\"]], \"objects\": [[\"sum\", 0, -1, 2]], \"statistics\": []}",
    "{\"chunk\": [-1, 0], \"done\": \"0-4\", \"products\": [[\"sum\", \"\"]], \"objects\": [], \"statistics\": []}",
    // More values than pixels, up to the integer's end; counts that the histogram does not have; a layer twice.
    statistics("[9223372036854775807,0,1,\"1\",\"1\",[0,1]]"), statistics("[2,0,1,\"1\",\"1\",[0,1]]"),
    statistics("[4294967295,0,1,\"1\",\"1\",[0,4294967295]]"), statistics("[-1,0,1,\"1\",\"1\",[]]"),
    statistics("[1,0,1,\"1\",\"1\",[0,1]]],[\"sum\",0,[1,0,1,\"1\",\"1\",[0,1]]"),
    outOfRange("9223372036854775807"), outOfRange("-1"), outOfRange("1],[\"sum\",0,1"),
  ])
  func `a line of another plan is no record`(line: String) {
    #expect(ChunkRecord(line: Array(line.utf8), plan: plan()) == nil)
  }

  @Test func `what a line says of products with other keys is passed over, and known to be outdated`() throws
  {
    let plan = plan()
    let other = plan.keyed(by: ["", "new", "new"])
    let line = Array(record(plan).line(plan: plan).utf8)
    let back = try #require(ChunkRecord(line: line, plan: other))
    #expect(back.products == [0] && back.outdated == [1, 2])
    #expect(back.objects.map(\.product) == [0] && back.statistics.map(\.product) == [0])
    let none = try #require(ChunkRecord(line: line, plan: plan.keyed(by: ["a", "b", "c"])))
    #expect(none.products.isEmpty && none.outdated == [0, 1, 2] && none.objects.isEmpty)
  }

  @Test func `the last record of a product counts, also when it is of another key`() async throws {
    let plan = plan()
    try await withTemporaryFolder { folder in
      try Ledger(directory: folder, plan: plan, run: "run").append(record(plan))
      let other = plan.keyed(by: ["new", "", ""])
      var later = ChunkRecord(chunk: 4, stage: 0, steps: 5)
      later.products = [0]
      later.states = Array(repeating: .empty, count: 5)
      try Ledger(directory: folder, plan: other, run: "run").append(later)
      let now = try records(of: Ledger(directory: folder, plan: other, run: "run"))
      #expect(now.map(\.products) == [[0], [1, 2]])
      // With the first config again what it stored of the product has been replaced.
      let before = try records(of: Ledger(directory: folder, plan: plan, run: "run"))
      #expect(before.map(\.products) == [[1, 2]])
      // A look from outside: what both say together, once both are there.
      let summaries = try LedgerLines(directory: folder, sequence: plan.name, run: "run")
        .summaries(dates: 5, keys: ["sum": "new", "sum_halving": ""])
      #expect(summaries.map(\.done) == [[0, 1, 4]] && summaries.map(\.failed.count) == [1])
      let missing = try LedgerLines(directory: folder, sequence: plan.name, run: "run")
        .summaries(dates: 5, keys: ["sum": ""])
      #expect(missing.isEmpty)
    }
  }

  private static func statistics(_ parts: String) -> String {
    "{\"chunk\":[0,0],\"done\":\"0-4\",\"products\":[[\"sum\",\"\"]],\"objects\":[],\"statistics\":[[\"sum\",0,\(parts)]]}"
  }

  private static func outOfRange(_ values: String) -> String {
    "{\"chunk\":[0,0],\"done\":\"0-4\",\"products\":[[\"sum\",\"\"]],\"objects\":[],\"statistics\":[],\"out_of_range\":[[\"sum\",0,\(values)]]}"
  }

  @Test func `a line of the same kind with true numbers is a record`() {
    let plan = plan()
    let one = Self.statistics("[1,0,1,\"1\",\"1\",[0,1]]")
    #expect(ChunkRecord(line: Array(one.utf8), plan: plan) != nil)
    #expect(ChunkRecord(line: Array(Self.outOfRange("1").utf8), plan: plan) != nil)
  }

  @Test func `lines of another run or sequence do not count, and are taken out`() async throws {
    let plan = plan()
    try await withTemporaryFolder { folder in
      try Ledger(directory: folder, plan: plan, run: "one").append(record(plan, chunk: 1))
      let ledger = try Ledger(directory: folder, plan: plan, run: "two")
      #expect(ledger.refusedLines == 1)
      #expect(try records(of: ledger).isEmpty)
      try ledger.append(record(plan, chunk: 2))
      #expect(try records(of: Ledger(directory: folder, plan: plan, run: "two")).map(\.chunk) == [2])
      let summaries = try LedgerLines(directory: folder, sequence: plan.name, run: "one")
        .summaries(dates: 5, keys: keys)
      #expect(summaries.isEmpty)
    }
  }

  @Test(arguments: [
    ("cannot read https://h.org/a.tif?sig=SECRET&x=1, band 1", "cannot read https://h.org/a.tif?…, band 1"),
    ("https://me:SECRET@h.org/a.tif: 403", "https://h.org/a.tif: 403"),
    ("(https://h.org/a?t=SECRET) and (s3://b/k)", "(https://h.org/a?…) and (s3://b/k)"),
    ("abfs://c@account/b is there", "abfs://c@account/b is there"),
    ("what? no address", "what? no address"),
  ])
  func `no failure holds a signature or a password`(said: String, kept: String) {
    #expect(CellFailure(said).description == kept)
    #expect(CellFailure("x", source: said).source == kept)
  }

  @Test func `a line that a crash cut is ignored, and the next one is whole`() async throws {
    let plan = plan()
    try await withTemporaryFolder { folder in
      try Ledger(directory: folder, plan: plan, run: "run").append(record(plan, chunk: 1))
      try Ledger(directory: folder, plan: plan, run: "run").append(record(plan, chunk: 2))
      let path = Ledger.path(directory: folder, sequence: plan.name)
      try LocalFiles.truncate(path, to: LocalFiles.size(path) - 20)
      let ledger = try Ledger(directory: folder, plan: plan, run: "run")
      #expect(try records(of: ledger).map(\.chunk) == [1])
      try ledger.append(record(plan, chunk: 3))
      #expect(try records(of: ledger).map(\.chunk) == [1, 3])
    }
  }

  @Test func `of several records of a chunk the last one counts`() async throws {
    let plan = plan()
    try await withTemporaryFolder { folder in
      let ledger = try Ledger(directory: folder, plan: plan, run: "run")
      try ledger.append(record(plan))
      var later = ChunkRecord(chunk: 4, stage: 0, steps: 5)
      later.products = [0, 1, 2]
      later.states = Array(repeating: .done, count: 5)
      try ledger.append(later)
      let records = try self.records(of: ledger)
      #expect(records.map(\.states) == [later.states])
      let summaries = try LedgerLines(directory: folder, sequence: plan.name, run: "run")
        .summaries(dates: 5, keys: keys)
      #expect(summaries.map(\.done) == [[0, 1, 2, 3, 4]])
      #expect(summaries.map(\.failed.count) == [0])
      // Also when others come between, and after.
      for chunk in [3, 4, 5] { try ledger.append(record(plan, chunk: chunk)) }
      try ledger.append(later)
      try ledger.append(record(plan, chunk: 3))
      #expect(try self.records(of: ledger).map(\.chunk) == [3, 4, 5])
      #expect(try self.records(of: ledger)[1].states == later.states)
    }
  }

  @Test func `a ledger that is not there has nothing to say`() throws {
    #expect(
      try LedgerLines(directory: "/nowhere", sequence: "s", run: "run")
        .summaries(dates: 3, keys: keys).isEmpty)
  }

  @Test(arguments: [
    ([], ""), ([0], "0"), ([0, 1, 2], "0-2"), ([0, 2, 3, 7], "0,2-3,7"), ([5, 6, 8, 9, 10], "5-6,8-10"),
  ])
  func `dates are written as runs`(dates: [Int], text: String) {
    #expect(DateRuns.text(dates) == text)
    #expect(DateRuns.dates(text, count: 11) == dates)
  }

  @Test(arguments: ["3-1", "1-2,2", "3,1", "0,0", "x", "1-2-3", "0-11", "-1", "1-", "9999999999999999999"])
  func `runs that are none are refused`(text: String) {
    #expect(DateRuns.dates(text, count: 11) == nil)
  }
}
