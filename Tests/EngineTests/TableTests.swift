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

  private func bench() -> EngineBench {
    var bench = EngineBench([
      (StubSource("red", "qa"), false), (SumOf("red", as: "early"), false), (OddMask(), false),
      (AreaSums("red", in: Self.windows, as: "bands"), true),
      (AreaSums("early", in: Self.windows, as: "masked"), true),
      (HalvingSum("red", period: .dekad), false),
      (AreaSums("red_halving", in: Self.windows, as: "layers"), true),
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

  @Test(arguments: chunks, [1, 4])
  func `rows are those of the whole area, behind all masks before the table`(chunk: (Int, Int), workers: Int)
    async throws
  {
    let bench = bench()
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

  @Test func `rows are kept from one run to the next; those of lost cells are missing, and come later`()
    async throws
  {
    let bench = bench()
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
      let found = try Resumption(plan: second.plan, store: second.store, ledger: ledger, state: state)
        .resume { _, _ in true }
      #expect(!found.isWaiting.contains(true))
      #expect(state.tables.waiting().isEmpty)
      #expect(state.tables.values(of: 0) == dated)
    }
  }
}
