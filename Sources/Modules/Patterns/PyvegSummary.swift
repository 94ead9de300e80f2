internal import Engine
internal import Geo
internal import JSON

/// The tables of a run as pyveg's `results_summary.json`, which its notebooks read.
struct PyvegSummary {
  let report: RunReport
  /// The names of collections, by the sequence's name: those of Earth Engine, which notebooks look for.
  let collections: [String: String]
  /// Further entries of the metadata, such as `coords_id`.
  let more: [(key: String, value: String)]

  /// The summary; keys are in pyveg's order.
  var value: JSONValue {
    var result = JSONObject()
    var metadata = JSONObject()
    var weatherDates: Set<String>?
    for sequence in report.sequences {
      for table in sequence.tables where table.module == Weather.descriptor.name {
        let series = weather(table)
        let key = collections[sequence.name + ".weather"] ?? "ECMWF/ERA5/MONTHLY"
        result[key] = ["type": "weather", "time-series-data": .object(series)]
        weatherDates = (weatherDates ?? []).union(series.members.filter { $0.value != .null }.map(\.key))
      }
    }
    for sequence in report.sequences {
      guard let table = sequence.tables.first(where: { $0.module == NetworkCentrality.descriptor.name })
      else { continue }
      let series = vegetation(table, sequence.tables)
      let key = collections[sequence.name] ?? PyvegSummary.collection(sequence)
      result[key] = ["type": "vegetation", "time-series-data": .object(series)]
      if metadata.members.isEmpty { metadata = describe(sequence, table, key, series, weatherDates) }
    }
    for (key, value) in more { metadata[key] = .string(value) }
    metadata["tag"] = .string("apus \(report.software["version"]?.string ?? "")")
    result["metadata"] = .object(metadata)
    return .object(result)
  }

  // MARK: Series

  private func weather(_ table: TableReport) -> JSONObject {
    JSONObject(
      table.layers.enumerated().map { index, layer in
        let row = Array(table.row(feature: 0, layer: index))
        guard !row.allSatisfy(\.isNaN) else { return (PyvegSummary.date(layer, table.period), .null) }
        let members = zip(table.columns, row).map { (key: $0.name, value: PyvegSummary.number($1)) }
        return (PyvegSummary.date(layer, table.period), .object(JSONObject(members)))
      })
  }

  private func vegetation(_ table: TableReport, _ tables: [TableReport]) -> JSONObject {
    let greenness = tables.first {
      $0.module == NDVIStatisticsTable.descriptor.name && $0.features.map(\.id) == table.features.map(\.id)
        && $0.layers.count == table.layers.count
    }
    return JSONObject(
      table.layers.enumerated().map { index, layer in
        let date = PyvegSummary.date(layer, table.period)
        let rows = table.features.indices.compactMap { feature -> JSONValue? in
          let row = table.columns.map(\.name).enumerated().reduce(into: [String: Double]()) { row, column in
            row[column.element] = table.row(feature: feature, layer: index).dropFirst(column.offset).first
          }
          guard let slope = row["slope"], !slope.isNaN else { return nil }
          var object = JSONObject()
          for key in ["slope", "offset", "offset50", "mean", "std"] {
            object[key] = PyvegSummary.number(row[key] ?? .nan)
          }
          object["feature_vec"] = .array(
            (0..<NetworkCentrality.elements).map {
              PyvegSummary.number(row[NetworkCentrality.elementName($0)] ?? .nan)
            })
          object["date"] = .string(date)
          // Where pyveg reads the coordinates from names of files, with three decimals.
          object["latitude"] = PyvegSummary.rounded(table.latitudes, feature)
          object["longitude"] = PyvegSummary.rounded(table.longitudes, feature)
          if let greenness {
            for (column, value) in zip(greenness.columns, greenness.row(feature: feature, layer: index))
            where column.name.hasPrefix("ndvi") {
              object[column.name] = PyvegSummary.number(value)
            }
          }
          return .object(object)
        }
        return (date, rows.isEmpty ? .null : .array(rows))
      })
  }

  // MARK: Metadata

  private func describe(
    _ sequence: SequenceReport, _ table: TableReport, _ collection: String, _ series: JSONObject,
    _ weatherDates: Set<String>?
  ) -> JSONObject {
    let bounds = table.layers.compactMap(\.bounds)
    let dates = series.members.filter { $0.value != .null }.map(\.key)
    var metadata = JSONObject()
    metadata["start_date"] = bounds.first.map { .string($0.lowerBound.description) } ?? .null
    metadata["end_date"] = bounds.last.map { .string($0.upperBound.description) } ?? .null
    metadata["time_per_point"] = .string(PyvegSummary.word(table.period))
    let region = sequence.tables.first { $0.module == VegetationImage.descriptor.name } ?? table
    metadata["longitude"] = PyvegSummary.middle(region.longitudes.prefix(1))
    metadata["latitude"] = PyvegSummary.middle(region.latitudes.prefix(1))
    metadata["collection"] = .string(collection)
    metadata["num_data_points"] = .integer(
      dates.count { date in weatherDates.map { $0.contains(date) } ?? true })
    metadata["config_filename"] = .string(report.pipeline + ".json")
    return metadata
  }

  /// The name that notebooks look for in the names of collections.
  private static func collection(_ sequence: SequenceReport) -> String {
    let name = sequence.collection ?? sequence.name
    if name.lowercased().contains("sentinel-2") || name.lowercased().contains("sentinel2") {
      return "COPERNICUS/S2"
    }
    // The notebooks take the number of the satellite from the name.
    return name.lowercased().contains("landsat") ? "LANDSAT/LC08/C02/T1_L2" : name
  }

  /// The day in the middle of a layer, by which pyveg names it.
  static func date(_ layer: PeriodLayer, _ period: Period) -> String {
    guard period != .date, let bounds = layer.bounds else { return layer.label }
    let days = bounds.upperBound.daysSince1970 - bounds.lowerBound.daysSince1970
    return bounds.lowerBound.advanced(by: days / 2).description
  }

  /// pyveg's word for a period: "1m", "30d".
  static func word(_ period: Period) -> String {
    switch period {
    case .date: "1d"
    case .week: "1w"
    case .dekad: "10d"
    case .month: "1m"
    case .quarter, .season: "3m"
    case .year: "1y"
    case .days(let count, _), .whole(let count, .days): "\(count)d"
    case .months(let count, _), .whole(let count, .months): count % 12 == 0 ? "\(count / 12)y" : "\(count)m"
    default: period.name
    }
  }

  private static func number(_ value: Double) -> JSONValue { value.isFinite ? .number(value) : .null }

  private static func rounded(_ values: [Double], _ index: Int) -> JSONValue {
    values.indices.contains(index) ? .number(Double(values[index].fixed(3)) ?? values[index]) : .null
  }

  private static func middle(_ values: ArraySlice<Double>) -> JSONValue {
    values.first.map { .number(Double($0.fixed(6)) ?? $0) } ?? .null
  }
}
