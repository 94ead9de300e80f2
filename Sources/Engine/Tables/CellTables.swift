internal import Geo
internal import Raster

/// Computes rows of tables along with cells, while their values are at hand: of areas that lie within the cell's chunk.
///
/// What it leaves, areas of several chunks and of cells that failed, `TableRunner` computes. One a worker.
final class CellTables {
  private let plan: SequencePlan
  private let stage: StagePlan
  private let ledger: Ledger
  private let state: SequenceState
  private let write: @Sendable (_ table: String, TableOutput) throws -> Void
  /// Those of the plan's tables that the stage's cells have rows for.
  private let tables: [Int]
  private var inputs: [SamplePlane] = []
  private let part = SamplePlane()

  /// - Parameter isWanted: whether rows are wanted at all.
  init(
    plan: SequencePlan, stage: StagePlan, isWanted: Bool, ledger: Ledger, state: SequenceState,
    write: @escaping @Sendable (_ table: String, TableOutput) throws -> Void
  ) {
    self.plan = plan
    self.stage = stage
    self.ledger = ledger
    self.state = state
    self.write = write
    tables = plan.tables.indices.filter { table in
      let described = plan.tables[table]
      return isWanted && described.stage == stage.index && !described.groupsOfCells.isEmpty
        && described.products.allSatisfy(stage.program.products.contains)
    }
  }

  /// Computes the rows of the areas within a chunk in one time step, and records them.
  ///
  /// - Parameter result: of the cell; nil where nothing in it is valid.
  /// - Throws: what writing throws.
  func add(_ result: CellResult?, chunk: Int, step: Int) throws {
    for table in tables {
      guard let group = plan.tables[table].groupsOfCells[chunk],
        !state.tables.isDone(table: table, group: group, step: step)
      else { continue }
      let described = plan.tables[table]
      let layer = described.steps[step]
      var record = TableRecord(table: table, group: group, step: step, rows: [])
      for index in described.groups[group] {
        let area = described.areas[index]
        if state.hasFailures(in: area.window, dates: layer.dates, products: described.products) {
          record.isIncomplete = true
        }
        try record.add(area, of: described) {
          cut(area.window, of: chunk, result, described)
          return try described.module.rows(
            Array(inputs.prefix(described.products.count)), of: area, at: index, layer: layer.label)
        } write: { output in
          try write(described.name, output)
        }
      }
      try ledger.append(record)
      state.tables.add(record)
    }
  }

  /// Cuts a window out of what a cell has for a table.
  private func cut(_ window: PixelWindow, of chunk: Int, _ result: CellResult?, _ table: TablePlan) {
    let whole = plan.layout.window(plan.layout.index(chunk))
    while inputs.count < table.products.count { inputs.append(SamplePlane()) }
    for (product, input) in zip(table.products, inputs) {
      input.reshape(type: .float32, width: window.width, height: window.height)
      guard let result, case .plane(let plane) = plan.products[product].source else {
        input.fill(.nan)
        continue
      }
      result.planes[plane].copy(window, of: whole, to: input, over: window)
    }
  }

  /// What of a product is to be stored of a cell: nothing, all of it, or a plane with the parts that areas of several
  /// chunks need, the rest of it missing.
  func stored(_ product: Int, chunk: Int, _ computed: SamplePlane) -> SamplePlane? {
    let windows = tables.lazy.map { self.plan.tables[$0] }.first { $0.reads(product) }?.storedWindows
    guard let windows else { return computed }
    guard let parts = windows[chunk] else { return nil }
    let whole = plan.layout.window(plan.layout.index(chunk))
    part.reshape(type: .float32, width: whole.width, height: whole.height)
    part.fill(.nan)
    for window in parts { computed.copy(window, of: whole, to: part, over: whole) }
    return part
  }
}

extension SamplePlane {
  /// Copies the values of a window from a Float plane over one part of the grid to a plane over another.
  fileprivate func copy(
    _ window: PixelWindow, of part: PixelWindow, to target: SamplePlane, over other: PixelWindow
  ) {
    let (from, to) = (samples(as: Float.self), target.samples(as: Float.self))
    for row in window.row..<window.endRow {
      let source = (row - part.row) * part.width + window.column - part.column
      let place = (row - other.row) * other.width + window.column - other.column
      _ = UnsafeMutableBufferPointer(rebasing: to[place..<(place + window.width)])
        .update(fromContentsOf: UnsafeBufferPointer(rebasing: from[source..<(source + window.width)]))
    }
  }
}
