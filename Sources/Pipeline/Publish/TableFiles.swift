import Engine
import GDAL
import Geo
import NetCDF
import Storage

/// Makes the files of a table: `SEQUENCE/NAME.csv`, and `SEQUENCE/NAME.nc` where NetCDF is among the formats.
struct TableFiles {
  let plan: SequencePlan
  let table: TableReport
  let formats: [OutputFormat]
  let context: ProductPublisher.Context

  /// Below the run directory.
  var paths: [String] { TableFiles.paths(of: table.name, in: plan, formats) }

  static func paths(of table: String, in plan: SequencePlan, _ formats: [OutputFormat]) -> [String] {
    let base = "\(plan.name)/\(table)"
    return [base + ".csv"] + (formats.contains(.netcdf) ? [base + ".nc"] : [])
  }

  var csvPath: String { "\(plan.name)/\(table.name).csv" }
  /// Of what is in each of the files.
  var keys: [String] { [plan.tableKeys[table.name] ?? ""] }
  private var netcdfPath: String { "\(plan.name)/\(table.name).nc" }

  /// Publishes one of the files, atomically.
  ///
  /// - Returns: size and checksum.
  /// - Throws: `StorageError`, `NetCDFError`, `GDALError`.
  func publish(_ path: String, in directory: RunDirectory, at now: Instant) async throws -> FileFingerprint {
    let absolute = "\(directory.path)/\(path)"
    try LocalFiles.createDirectory(LocalFiles.parent(of: absolute))
    if path == csvPath {
      let places = try self.places()
      try LocalFiles.writeAtomically(absolute, text: csv(places))
      return try LocalFiles.fingerprint(absolute)
    }
    let definition = try dataset(now).makeDefinition()
    return try await NetCDFThread.run {
      let writer = try NetCDFFileWriter(creating: absolute, definition)
      let known = try writer.close(allowingMissingChunks: true)
      try writer.sync()
      let fingerprint = try writer.fingerprint(knowing: known)
      try writer.publish()
      return fingerprint
    }
  }

  /// Longitude and latitude of each feature, in degrees (WGS 84).
  func places() throws -> (longitudes: [Double], latitudes: [Double]) {
    // A feature that the grid's coordinate system does not reach has no place in it.
    let known = table.features.indices.filter {
      table.features[$0].x.isFinite && table.features[$0].y.isFinite
    }
    var x = known.map { table.features[$0].x }
    var y = known.map { table.features[$0].y }
    guard !known.isEmpty else { return (table.features.map(\.x), table.features.map(\.y)) }
    try SpatialReference.transform(
      x: &x, y: &y, from: plan.grid.crs, to: SpatialReference.parse("EPSG:4326"))
    var places = (table.features.map { _ in Double.nan }, table.features.map { _ in Double.nan })
    for (index, feature) in known.enumerated() {
      // A hundredth of a millimetre: what transforming there and back leaves beyond is noise.
      (places.0[feature], places.1[feature]) = (
        (x[index] * 1e10).rounded() / 1e10, (y[index] * 1e10).rounded() / 1e10
      )
    }
    return places
  }

  // MARK: CSV (RFC 4180)

  private func csv(_ places: (longitudes: [Double], latitudes: [Double])) -> String {
    var header = ["date"]
    if table.period != .date { header = ["period"] }
    let isPlaced = !table.features.isEmpty
    if isPlaced { header = ["id"] + table.properties + ["longitude", "latitude"] + header }
    var text = (header + table.columns.map(\.name)).map(TableFiles.quoted).joined(separator: ",") + "\n"
    for index in 0..<max(1, table.features.count) {
      var start: [String] = []
      if isPlaced {
        let feature = table.features[index]
        start =
          ([feature.id] + feature.properties).map(TableFiles.quoted)
          + [TableFiles.number(places.longitudes[index]), TableFiles.number(places.latitudes[index])]
      }
      for (layer, described) in table.layers.enumerated() {
        let row = table.row(feature: index, layer: layer)
        let numbers = zip(table.columns, row).map {
          $0.isWhole ? TableFiles.whole($1) : TableFiles.number($1)
        }
        text += (start + [TableFiles.quoted(described.label)] + numbers).joined(separator: ",") + "\n"
      }
    }
    return text
  }

  /// A field as a spreadsheet takes it for a text: quoted where it has to be, and never a formula.
  private static func quoted(_ text: String) -> String {
    let isFormula = text.first.map { "=+-@\t\r".contains($0) } ?? false
    let safe = isFormula && Double(text) == nil ? "'" + text : text
    guard safe.contains(where: { ",\"\n\r".contains($0) }) else { return safe }
    return "\"" + safe.replacing("\"", with: "\"\"") + "\""
  }

  /// The shortest text that is read back as the same number; nothing for what is missing.
  private static func number(_ value: Double) -> String { value.isFinite ? "\(value)" : "" }

  private static func whole(_ value: Double) -> String {
    Int(exactly: value).map(String.init) ?? number(value)
  }

  // MARK: NetCDF

  private func dataset(_ now: Instant) throws -> TimeSeriesDataset {
    let places = try self.places()
    var features: TimeSeriesDataset.Features?
    if !table.features.isEmpty {
      features = TimeSeriesDataset.Features(
        ids: table.features.map(\.id), longitudes: places.longitudes, latitudes: places.latitudes,
        properties: table.properties.enumerated().map { index, name in
          (name, table.features.map { $0.properties.indices.contains(index) ? $0.properties[index] : "" })
        })
    }
    let rows = max(1, table.features.count) * table.layers.count
    let series = table.columns.enumerated().map { column, described in
      TimeSeriesDataset.Series(
        name: described.name, longName: described.longName, units: described.units,
        values: (0..<rows).map { table.values[$0 * table.columns.count + column] })
    }
    let axis: LeadingAxis =
      table.period == .date ? .time(plan.timeSteps.map(\.time)) : .periods(table.layers)
    var text = DatasetDescription(
      title: "\(table.name) of sequence \(plan.name)",
      summary:
        "Rows of numbers of \(plan.collection ?? "the scenes listed"), computed by module \"\(table.module)\" of "
        + "sequence \"\(plan.name)\" of pipeline \"\(context.pipeline)\".")
    // What THREDDS calls series at places; numbers of the whole area have none.
    text.dataType = features == nil ? nil : "Station"
    text.history = "\(now) \(context.software): \(plan.name)/\(table.name)"
    text.id = "\(context.pipeline)/\(netcdfPath)"
    text.productVersion = context.version
    text.dateCreated = now
    text.attributes = [
      FileAttribute("apus_version", context.version), FileAttribute("apus_config", context.config),
    ]
    return TimeSeriesDataset(features: features, axis: axis, series: series, description: text)
  }
}

extension SequencePlan {
  /// The tables of a sequence: those of table modules, and the numbers a time step that are written.
  func tableReports(_ results: TableResults) -> [TableReport] {
    let tables = tables.enumerated().map { index, table -> TableReport in
      var report = TableReport(
        module: type(of: table.module).descriptor.name, name: table.name, period: table.period,
        columns: table.module.columns, properties: table.module.properties, features: table.features,
        layers: table.steps, values: results.values(of: index))
      report.outside = table.outside
      return report
    }
    let numbers = compiled.numbers.compactMap { step -> TableReport? in
      guard let module = step.module as? any NumberModule, let first = module.outputs.first else {
        return nil
      }
      let dates = timeSteps.map(\.date)
      let layers =
        module.period == .date
        ? timeSteps.enumerated().map {
          PeriodLayer(label: $1.label, bounds: $1.date..<$1.date.next, dates: [$0])
        } : module.period.layers(of: dates, within: range)
      let columns = module.outputs.map {
        TableColumn(name: $0.name, longName: $0.longName, units: $0.units)
      }
      let values = layers.flatMap { layer in
        module.outputs.map { self.numbers[$0.name]?[layer.label] ?? .nan }
      }
      return TableReport(
        module: step.name, name: step.tableName ?? first.name, period: module.period, columns: columns,
        features: [], layers: layers, values: values)
    }
    return tables + numbers
  }
}
