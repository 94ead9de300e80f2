import Geo
import Raster
import Storage
import Testing

@testable import Engine

/// Tables: rows of whole areas, however chunks cut them.
@Suite struct TableTests {
  private static let chunks = [(40, 24), (16, 8), (7, 5)]
  private static let windows = [
    PixelWindow(column: 3, row: 2, width: 10, height: 9),
    PixelWindow(column: 0, row: 0, width: 40, height: 24),
    PixelWindow(column: 39, row: 23, width: 1, height: 1),
    PixelWindow(column: 14, row: 6, width: 5, height: 5),
  ]

  /// - Parameter withCells: whether rows are computed along with cells where areas lie within a chunk.
  private func bench(withCells: Bool) -> EngineBench {
    func sums(_ input: String, as name: String) -> (any Module, isSaved: Bool) {
      (AreaSums(input, in: Self.windows, as: name, withCells: withCells), true)
    }
    var bench = EngineBench([
      (StubSource("red", "qa"), false), (SumOf("red", as: "early"), false), (OddMask(), false),
      sums("red", as: "bands"), sums("early", as: "masked"), (HalvingSum("red", period: .dekad), false),
      sums("red_halving", as: "layers"),
    ])
    for date in 0..<3 {
      bench.addDate(
        [
          "red": { column, row in Double(row * 40 + column + date) },
          "qa": { column, row in column == 5 + date && row < 6 ? 1 : 2 },
        ], format: ["red": BandFormat(type: .float32, nodata: .nan, scale: 1, offset: 0)])
    }
    return bench
  }

  private func value(_ pixel: Int, date: Int) -> Double? {
    pixel % 40 == 5 + date && pixel / 40 < 6 ? nil : Double(pixel + date)
  }

  private func expected(_ values: (Int) -> Double?, _ window: PixelWindow) -> [Double] {
    var (sum, count) = (0.0, 0.0)
    for row in window.row..<window.endRow {
      for column in window.column..<window.endColumn {
        guard let value = values(row * 40 + column) else { continue }
        (sum, count) = (sum + value, count + 1)
      }
    }
    return [sum, count]
  }

  @Test(arguments: chunks, [(1, false), (4, false), (1, true), (4, true)])
  func `rows are those of the whole area, behind all masks before the table`(
    chunk: (Int, Int), way: (workers: Int, withCells: Bool)
  ) async throws {
    let bench = bench(withCells: way.withCells)
    let workers = way.workers
    try await withTemporaryFolder { folder in
      let outcome = try await bench.run(bench.plan(chunk: chunk, workers: workers), in: folder)
      let dated = Self.windows.flatMap { window in
        (0..<3).flatMap { date in expected({ value($0, date: date) }, window) }
      }
      #expect(outcome.state.tables.values(of: 0) == dated)
      #expect(outcome.state.tables.values(of: 1) == dated)
      let layered = Self.windows.flatMap { window in
        [[0, 1], [2]].flatMap { dates in
          expected(
            { pixel in
              let present = dates.compactMap { self.value(pixel, date: $0) }
              return present.isEmpty ? nil : present.reduce(0) { $0 / 2 + $1 }
            }, window)
        }
      }
      #expect(outcome.state.tables.values(of: 2) == layered)
      #expect((0..<3).allSatisfy(outcome.state.tables.isComplete))
      #expect(outcome.state.tables.files(of: 2).count == 8)
      #expect(outcome.plan.products.allSatisfy { !$0.isPublished })
    }
  }

  @Test(arguments: [false, true])
  func `rows are kept from one run to the next; those of lost cells are missing, and come later`(
    withCells: Bool
  ) async throws {
    let bench = bench(withCells: withCells)
    bench.archive.fail("scene-1-0-red", afterReads: 3)
    try await withTemporaryFolder { folder in
      let first = try await bench.run(bench.plan(chunk: (16, 8)), in: folder)
      let rows = first.state.tables.values(of: 0)
      // Area 1 is the whole grid: its second date is not known. The others that lie apart from the loss are.
      #expect(rows[6..<12].map(\.isNaN) == [false, false, true, true, false, false])
      #expect(!first.state.tables.isComplete(0))
      #expect(Set(first.state.losses().map(\.date)) == ["2021-01-06"])
      bench.archive.repair()
      bench.archive.forgetReads()
      let second = try await bench.run(bench.plan(chunk: (16, 8)), in: folder)
      #expect(second.state.tables.isComplete(0))
      let dated = Self.windows.flatMap { window in
        (0..<3).flatMap { date in expected({ value($0, date: date) }, window) }
      }
      #expect(second.state.tables.values(of: 0) == dated)
      // The third run has nothing to compute.
      let state = SequenceState(second.plan)
      let ledger = try Ledger(directory: folder + "/ledger", plan: second.plan, run: "run")
      let found = try await Resumption(plan: second.plan, store: second.store, ledger: ledger, state: state)
        .resume { _, _ in true }
      #expect(!found.isWaiting.contains(true))
      #expect(state.tables.waiting().isEmpty)
      #expect(state.tables.values(of: 0) == dated)
    }
  }

  @Test func `only what areas of several chunks need is stored of what cells have rows for`() async throws {
    let bench = bench(withCells: true)
    try await withTemporaryFolder { folder in
      let outcome = try await bench.run(bench.plan(chunk: (16, 8)), in: folder)
      let product = try #require(outcome.plan.products.first { $0.variable.name == "bands.red" })
      // The whole grid is one of the areas: all of its chunks are needed.
      #expect(outcome.state.objects(product: product.index, layer: 0).allSatisfy { $0 != nil })
    }
    var apart = EngineBench([
      (StubSource("red", "qa"), false),
      (AreaSums("red", in: [Self.windows[0], Self.windows[2]], as: "bands", withCells: true), true),
    ])
    apart.addDate(["red": { column, row in Double(row * 40 + column) }, "qa": { _, _ in 2 }])
    try await withTemporaryFolder { folder in
      let outcome = try await apart.run(apart.plan(chunk: (16, 8)), in: folder)
      // The first area reaches from the first row of chunks into the second; the other lies in the last chunk.
      #expect(
        outcome.state.objects(product: 0, layer: 0).map { $0 != nil } == [
          true, false, false, true, false, false, false, false, false,
        ])
      #expect(outcome.state.tables.values(of: 0).count == 4)
    }
  }

  @Test func `rows that were lost are computed again with the cells they came from`() async throws {
    let bench = bench(withCells: true)
    try await withTemporaryFolder { folder in
      let first = try await bench.run(bench.plan(chunk: (40, 24)), in: folder)
      let expected = (0..<3).map { first.state.tables.values(of: $0) }
      // One line of the ledger is gone: that of a table's rows in one date.
      let path = folder + "/ledger"
      for name in try LocalFiles.list(path) where name.hasSuffix(".jsonl") {
        let file = "\(path)/\(name)"
        var lines = String(decoding: try LocalFiles.readAll(file), as: UTF8.self).split(
          separator: "\n", omittingEmptySubsequences: false)
        if let place = lines.firstIndex(where: { $0.contains("\"table\":\"bands\"") }) {
          lines.remove(at: place)
        }
        try LocalFiles.writeAtomically(file, text: lines.joined(separator: "\n"))
      }
      let second = try await bench.run(bench.plan(chunk: (40, 24)), in: folder)
      #expect((0..<3).map { second.state.tables.values(of: $0) } == expected)
    }
  }
}
