internal import Geo
internal import Synchronization

/// The rows of a sequence's tables: read from the ledger, and kept up as they are computed.
public final class TableResults: Sendable {
  private struct State {
    /// Table, then feature · layers · columns.
    var values: [[Double]]
    /// Table, then group · layers.
    var isDone: [[Bool]]
    /// Table.
    var files: [Set<String>]
    var failures: [(table: Int, step: Int, failure: CellFailure)] = []
    var incomplete: Set<Int> = []
  }

  private let plan: SequencePlan
  /// By table and group, the position of the group's features among all.
  private let places: [[[Int]]]
  private let state: Mutex<State>

  init(_ plan: SequencePlan) {
    self.plan = plan
    places = plan.tables.map { table in
      var first = 0
      let starts = table.areas.map { area in
        defer { first += area.features.count }
        return first
      }
      return table.groups.map { group in
        group.flatMap { starts[$0]..<(starts[$0] + table.areas[$0].features.count) }
      }
    }
    state = Mutex(
      State(
        values: plan.tables.map { Array(repeating: .nan, count: $0.valueCount) },
        isDone: plan.tables.map { Array(repeating: false, count: $0.groups.count * $0.steps.count) },
        files: plan.tables.map { _ in [] }))
  }

  func add(_ record: TableRecord) {
    let table = plan.tables[record.table]
    let (layers, columns) = (table.steps.count, table.module.columns.count)
    state.withLock { state in
      for (feature, row) in zip(places[record.table][record.group], record.rows) {
        let start = (feature * layers + record.step) * columns
        for (column, value) in row.enumerated() { state.values[record.table][start + column] = value }
      }
      state.isDone[record.table][record.group * layers + record.step] = true
      state.files[record.table].formUnion(record.files)
      state.failures += record.failures.map { (record.table, record.step, $0) }
      if record.isIncomplete { state.incomplete.insert(record.table) }
    }
  }

  /// The groups of areas and layers that are still to be computed, layer by layer.
  func waiting() -> [(table: Int, group: Int, step: Int)] {
    state.withLock { state in
      plan.tables.indices.flatMap { table in
        let layers = plan.tables[table].steps.count
        return (0..<layers).flatMap { step in
          plan.tables[table].groups.indices.filter { !state.isDone[table][$0 * layers + step] }
            .map { (table, $0, step) }
        }
      }
    }
  }

  /// Whether the rows of a group of areas in a layer are known.
  func isDone(table: Int, group: Int, step: Int) -> Bool {
    state.withLock { $0.isDone[table][group * plan.tables[table].steps.count + step] }
  }

  /// Whether nothing of a table is known yet.
  func isEmpty(_ table: Int) -> Bool { state.withLock { !$0.isDone[table].contains(true) } }

  /// The numbers of a table: for each feature, for each layer, one a column; NaN is missing.
  public func values(of table: Int) -> [Double] { state.withLock { $0.values[table] } }

  /// The files that were written with a table's rows, below its folder, sorted.
  public func files(of table: Int) -> [String] { state.withLock { $0.files[table].sorted() } }

  /// Whether every row of a table was computed from all there should be.
  public func isComplete(_ table: Int) -> Bool {
    state.withLock { state in
      !state.incomplete.contains(table) && !state.isDone[table].contains(false)
        && !state.failures.contains { $0.table == table }
    }
  }

  /// Rows that could not be computed.
  func losses() -> [Loss] {
    state.withLock { $0.failures }.map { failure in
      Loss(
        date: plan.tables[failure.table].steps[failure.step].label, reason: failure.failure.description,
        cells: 0)
    }
  }
}
