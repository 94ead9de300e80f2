internal import JSON

/// The rows of one group of areas in one layer: one line of the ledger.
struct TableRecord: Sendable {
  let table: Int
  let group: Int
  let step: Int
  /// One a feature of the group's areas, in order, each with one number a column.
  var rows: [[Double]]
  /// The names of the files that were written with them, below the table's folder.
  var files: [String] = []
  /// Why rows are missing that could not be computed.
  var failures: [CellFailure] = []
  /// Whether cells behind the rows failed: what is missing now may be had when they are computed again.
  var isIncomplete = false

  /// Whether another run need not compute it again.
  var isFinal: Bool { failures.isEmpty && !isIncomplete }

  /// Takes in the rows of an area, which are missing where they cannot be computed.
  ///
  /// - Parameters:
  ///   - compute: gives the rows; nil where what they are made of is not known.
  ///   - write: writes what belongs to them.
  /// - Throws: what `write` throws.
  mutating func add(
    _ area: TableArea, of table: TablePlan, compute: () throws -> TableRows?,
    write: (TableOutput) throws -> Void
  ) throws {
    var result: TableRows?
    do {
      result = try compute()
    } catch {
      failures.append(
        CellFailure("table \"\(table.name)\", \(area.features.first?.id ?? ""): \(error)"))
    }
    guard let result else {
      let missing = table.module.columns.map { _ in Double.nan }
      rows += area.features.map { _ in missing }
      return
    }
    rows += result.rows
    for file in result.files {
      try write(.file(file))
      files.append(file.path)
    }
    for raster in result.rasters {
      try write(.raster(raster))
      files.append(raster.path)
    }
  }
}

extension TableRecord {
  /// The record as one line of JSON, without the line's end.
  func line(plan: SequencePlan) -> String {
    var line: JSONObject = [
      "table": .string(plan.tables[table].name),
      "key": .string(plan.tableKeys[plan.tables[table].name] ?? ""), "areas": .integer(group),
      "layer": .integer(step),
      "rows": .array(rows.map { .array($0.map { $0.isNaN ? .null : .number($0) }) }),
    ]
    if !files.isEmpty { line["files"] = .array(files.map(JSONValue.string)) }
    if !failures.isEmpty { line["failed"] = .array(failures.map { .string($0.description) }) }
    if isIncomplete { line["incomplete"] = true }
    return JSONValue.object(line).text()
  }

  /// Reads a line back; nil when it is not a whole record of this plan.
  init?(_ node: JSONNode, plan: SequencePlan) {
    guard let name = node["table"]?.string,
      let table = plan.tables.firstIndex(where: { $0.name == name }),
      let group = node["areas"]?.integer, plan.tables[table].groups.indices.contains(group),
      let step = node["layer"]?.integer, plan.tables[table].steps.indices.contains(step),
      let rows = node["rows"]?.array
    else { return nil }
    let described = plan.tables[table]
    let features = described.groups[group].reduce(0) { $0 + described.areas[$1].features.count }
    let columns = described.module.columns.count
    guard rows.count == features else { return nil }
    var values: [[Double]] = []
    for row in rows {
      guard let numbers = row.array, numbers.count == columns else { return nil }
      values.append(numbers.map { $0.double ?? .nan })
    }
    self.init(table: table, group: group, step: step, rows: values)
    files = (node["files"]?.array ?? []).compactMap(\.string)
    failures = (node["failed"]?.array ?? []).compactMap(\.string).map { CellFailure($0) }
    isIncomplete = node["incomplete"]?.bool ?? false
  }
}
