public import Engine
internal import Geo
internal import JSON
internal import Raster

/// The run's summary, `summary.json` (`summary`).
///
/// The runner writes it after every run, whether or not a config names the module.
public struct Summary: WholeRunModule {
  /// The file below the run directory.
  public static let path = "summary.json"
  /// The module as the runner uses it by itself.
  public static let standard = Summary()

  public static let descriptor = ModuleDescriptor(
    name: "summary", shape: .wholeRun,
    summary: "Writes summary.json: what ran, with the statistics of every saved variable, and what was lost.",
    method: "Statistics of the values of each layer, in double precision, from the pass that computes them.",
    discussion: """
      For each sequence: the area, the dates with their scenes, the dates that a mask's `min_usable` rejected with \
      their usable share of the area (`rejected_dates`), how many cells are done, empty (no scene, or \
      nothing kept) and failed, how many pixels of granules lie beyond a band's valid range and are missing \
      (`beyond_valid_range`), what the search said of what it found (`notes`: duplicates that were dropped, older \
      processing versions that were replaced, scenes beyond the limit), the losses with their reasons, and for each saved variable and date (or season) \
      the share of pixels with a value, their number, mean, standard deviation (of the population), minimum, \
      maximum and percentiles 2, 25, 50, 75 and 98 (linear, accurate to 1/4096 of the variable's usual range or to about 1/500 of the values' spread). \
      Numbers that do not exist are null. Statistics are of the values as they were computed: with the encoding \
      int16 files hold them rounded to its scale, and `out_of_range` says how many values it cannot hold, which \
      are counted here and missing there. `file` is the layer's file in the first of the formats (NetCDF, \
      GeoTIFF, Zarr), `other_files` are the others.

      `time-series-data` holds for each collection the mean of each variable by date, null for a date without \
      data. Where two sequences share a collection, it has the sequences' names. `pyveg` holds the same as \
      pyveg's `results_summary.json` does, for notebooks that read such files: {collection: {"type", \
      "time-series-data"}}. `losses` counts lost cells over all sequences, \
      and items of a catalogue that could not be used, which have no date.

      `files` lists the files of results with their sizes and CRC-32 checksums: `apus download` goes by it, also \
      where folders cannot be listed. `quicklook` is a layer's picture.

      `run` has what differs between two runs of the same data: when it ran and where, `worker_seconds`, \
      `peak_memory_bytes`, and `forecast`: for each quantity (memory, cells, files, bytes, time) the range that was \
      planned and what came.

      Written after every run; naming the module in a config is not necessary.
      """,
    parameters: [],
    trial: ModuleTrial(
      before: [
        #"{ "module": "ndvi", "save": true }"#
      ]),
    examples: [#"{ "module": "summary" }"#])

  public static func make(_ arguments: ModuleArguments, in scope: ModuleScope) -> Summary? { Summary() }

  public init() {}

  public func files(for report: RunReport) -> [RunFile] {
    let text = Summary.value(of: report).text(pretty: true) + "\n"
    return [RunFile(path: Summary.path, bytes: Array(text.utf8))]
  }

  /// The summary as a value.
  static func value(of report: RunReport) -> JSONValue {
    let series = timeSeries(report.sequences)
    let lost = report.sequences.flatMap(\.losses).reduce(0) { $0 + max($1.cells, 1) }
    return [
      "pipeline": .string(report.pipeline),
      "software": .object(report.software),
      "run": .object(report.run),
      "losses": .integer(lost),
      "sequences": .array(report.sequences.map(sequence)),
      "time-series-data": .object(series),
      "files": .array(report.files.map(file)),
      // pyveg's notebooks take whatever is not "vegetation" (lists of points) as one mapping for each date.
      "pyveg": .object(
        JSONObject(
          series.map { (key: $0.key, value: ["type": "raster", "time-series-data": $0.value]) })),
    ]
  }

  private static func file(_ file: RunReport.ResultFile) -> JSONValue {
    let digits = String(file.checksum, radix: 16)
    return [
      "path": .string(file.path), "kind": .string(file.kind), "bytes": .integer(file.bytes),
      "crc32": .string(String(repeating: "0", count: 8 - digits.count) + digits),
    ]
  }

  private static func sequence(_ sequence: SequenceReport) -> JSONValue {
    var value: JSONValue = [
      "name": .string(sequence.name),
      "collection": sequence.collection.map(JSONValue.string) ?? .null,
      "area": .object(sequence.area),
      "inputs": .array(
        sequence.inputs.map {
          [
            "date": .string($0.date), "time": .string($0.time.description),
            "scenes": .array($0.scenes.map(JSONValue.string)),
          ]
        }),
      "rejected_dates": .array(sequence.rejectedDates.map(\.json)),
      "cells": [
        "done": .integer(sequence.cells.done), "empty": .integer(sequence.cells.empty),
        "failed": .integer(sequence.cells.failed),
      ],
      "modules": .array(sequence.products.map { product($0, pixelArea: sequence.pixelArea) }),
      "tables": .array(sequence.tables.map(table)),
      "pictures": .array(
        sequence.pictures.map { picture -> JSONValue in
          var value: JSONValue = [
            "name": .string(picture.name), "bands": .array(picture.bands.map(JSONValue.string)),
            "layers": .array(
              picture.layers.map { layer -> JSONValue in
                var value: JSONValue = ["label": .string(layer.label), "quicklook": .string(layer.path)]
                value["geotiff"] = picture.geoTIFFs[layer.label].map(JSONValue.string)
                return value
              }),
          ]
          value["animation"] = picture.animation.map(JSONValue.string)
          return value
        }),
      "losses": .array(
        sequence.losses.map {
          [
            "date": $0.date.map { .string($0) } ?? .null, "reason": .string($0.reason),
            "cells": .integer($0.cells),
          ]
        }),
    ]
    if !sequence.notes.isEmpty { value["notes"] = .array(sequence.notes.map(JSONValue.string)) }
    for (name, counts) in [
      ("beyond_valid_range", sequence.lostPixels.beyondRange),
      ("rejected_on_swath", sequence.lostPixels.rejected),
    ] where !counts.isEmpty {
      value[name] = .object(
        JSONObject(counts.sorted { $0.key < $1.key }.map { (key: $0.key, value: .integer($0.value)) }))
    }
    return value
  }

  /// Tables of no more rows than this stand in the summary whole.
  private static let mostRows = 2000

  private static func table(_ table: TableReport) -> JSONValue {
    let names = table.columns.map(\.name)
    var value: JSONValue = [
      "module": .string(table.module), "name": .string(table.name),
      "columns": .array(
        table.columns.map {
          ["name": .string($0.name), "long_name": .string($0.longName), "units": .string($0.units)]
        }),
      "features": .integer(table.features.count), "layers": .array(table.layers.map { .string($0.label) }),
      "files": .array(table.files.map(JSONValue.string)),
    ]
    if !table.outside.isEmpty {
      // With a thousand names it is known what is wrong.
      value["outside"] = [
        "count": .integer(table.outside.count),
        "ids": .array(table.outside.prefix(1000).map(JSONValue.string)),
      ]
    }
    if !table.pictures.isEmpty { value["pictures"] = .array(table.pictures.map(JSONValue.string)) }
    let features = max(1, table.features.count)
    guard features * table.layers.count <= mostRows else { return value }
    value["rows"] = .array(
      (0..<features).flatMap { feature in
        table.layers.enumerated().map { layer, described -> JSONValue in
          var row = JSONObject()
          if !table.features.isEmpty { row["id"] = .string(table.features[feature].id) }
          row[table.period == .date ? "date" : "period"] = .string(described.label)
          for (name, number) in zip(names, table.row(feature: feature, layer: layer)) {
            row[name] = number.isFinite ? .number(number) : .null
          }
          return .object(row)
        }
      })
    return value
  }

  private static func product(_ product: ProductReport, pixelArea: Double?) -> JSONValue {
    let (label, layers) = words(product.period)
    return [
      "module": .string(product.module),
      "variable": .string(product.variable.name),
      "units": .string(product.variable.units),
      layers: .array(
        product.layers.map {
          layer($0, label: label, product, pixelArea: pixelArea)
        }),
    ]
  }

  /// The keys of a layer's label and of all layers.
  private static func words(_ period: Period) -> (label: String, layers: String) {
    switch period {
    case .date, .everyDate: ("date", "dates")
    case .season, .seasonOfYear: ("season", "seasons")
    case .month, .monthOfYear: ("month", "months")
    case .year: ("year", "years")
    default: ("period", "periods")
    }
  }

  private static func layer(
    _ layer: ProductReport.Layer, label: String, _ product: ProductReport, pixelArea: Double?
  ) -> JSONValue {
    let (pixels, isWhole) = (product.pixels, product.variable.storage.isWhole)
    let statistics = layer.statistics
    let isEmpty = statistics.count == 0
    let percentiles = [2, 25, 50, 75, 98].map { percent in
      (key: String(percent), value: number(statistics.percentile(Double(percent), isWhole: isWhole)))
    }
    var value: JSONValue = [
      label: .string(layer.label),
      "valid_fraction": .number(pixels > 0 ? Double(statistics.count) / Double(pixels) : 0),
      "count": .integer(statistics.count),
      "mean": number(statistics.mean),
      "standard_deviation": number(statistics.standardDeviation),
      "minimum": number(isEmpty ? nil : statistics.minimum),
      "maximum": number(isEmpty ? nil : statistics.maximum),
      "percentiles": .object(JSONObject(percentiles)),
      "failed_cells": .integer(layer.failedCells),
      "file": layer.file.map(JSONValue.string) ?? .null,
    ]
    if case .flags(let flags) = product.variable.storage {
      value["classes"] = .array(flags.map { classArea($0, statistics, pixelArea: pixelArea) })
    }
    // A layer of 1 kg m-2 over 1 m2 is a litre.
    if product.variable.standardName == "surface_snow_and_ice_melt_flux", let pixelArea,
      let mean = statistics.mean
    {
      let cubicMetres = mean * Double(statistics.count) * pixelArea / 1000
      value["total_m3"] = .number(cubicMetres)
      value["total_gt"] = .number(cubicMetres / 1e9)
    }
    if !layer.otherFiles.isEmpty { value["other_files"] = .array(layer.otherFiles.map(JSONValue.string)) }
    value["quicklook"] = layer.quicklook.map(JSONValue.string)
    value["threshold"] = layer.threshold.map(JSONValue.number)
    value["out_of_range"] = layer.outOfRange.map(JSONValue.integer)
    return value
  }

  /// How many pixels have a flag's value, and the area they cover.
  private static func classArea(
    _ flag: Variable.Flag, _ statistics: SampleStatistics, pixelArea: Double?
  ) -> JSONValue {
    let pixels = statistics.count(of: Int(flag.value))
    var value: JSONValue = [
      "value": .integer(Int(flag.value)), "meaning": .string(flag.meaning), "pixels": .integer(pixels),
    ]
    value["km2"] = pixelArea.map { .number(Double(pixels) * $0 / 1e6) }
    value["share"] =
      statistics.count == 0 ? Optional.none : .number(Double(pixels) / Double(statistics.count))
    return value
  }

  /// The mean of each saved per-date variable by collection and date.
  private static func timeSeries(_ sequences: [SequenceReport]) -> JSONObject {
    let shown = sequences.filter { $0.products.contains { $0.period == .date } }
    let uses = Dictionary(grouping: shown.compactMap(\.collection)) { $0 }.mapValues(\.count)
    var result = JSONObject()
    for sequence in shown {
      var key = sequence.name
      if let collection = sequence.collection, uses[collection] == 1 { key = collection }
      result[key] = .object(timeSeries(sequence))
    }
    return result
  }

  private static func timeSeries(_ sequence: SequenceReport) -> JSONObject {
    var means: [String: JSONObject] = [:]
    for product in sequence.products where product.period == .date {
      for layer in product.layers {
        guard let mean = layer.statistics.mean else { continue }
        means[layer.label, default: JSONObject()][product.variable.name] = .number(mean)
      }
    }
    return JSONObject(
      sequence.inputs.map { (key: $0.date, value: means[$0.date].map(JSONValue.object) ?? .null) })
  }

  private static func number(_ value: Double?) -> JSONValue { value.map(JSONValue.number) ?? .null }
}
