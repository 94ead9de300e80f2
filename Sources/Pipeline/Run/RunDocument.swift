internal import Engine
internal import Geo
internal import JSON
internal import Storage

/// The contents of `run.json`: the resolved config, the version that ran, the plan, and the key of each product.
///
/// Its last member is a checksum of all others, so that nothing is continued by numbers that were changed.
enum RunDocument {
  /// - Parameters:
  ///   - run: what tells the run from all others.
  ///   - scenes: the CRC-32 of `scenes.json`; of its contents before and after, while it is written anew.
  static func make(
    _ keys: RunKeys, version: String, run: String, started: String, scenes: [UInt32]
  ) -> JSONValue {
    let plan = keys.plan
    return [
      "apus": .string(version),
      "run": .string(run),
      "pipeline": .string(plan.config.name),
      "started": .string(started),
      "config_file": .string(plan.config.file),
      "config_path": .string(plan.config.folder + "/" + LocalFiles.name(of: plan.config.file)),
      "config": plan.config.resolved,
      "scenes": .array(scenes.map { .integer(Int($0)) }),
      "plan": .array(plan.sequences.compactMap { describe($0, keys, plan.config.output.formats) }),
      "inputs": .object(keys.inputs.record),
    ]
  }

  /// A new run's mark, which no other has.
  static func newRun() -> String { String(UInt64.random(in: .min ... .max), radix: 16) }

  /// A document as the file has it.
  static func text(_ document: JSONValue) -> String {
    var document = document
    document["check"] = .integer(Int(check(document)))
    return document.text(pretty: true) + "\n"
  }

  /// Reads a document.
  ///
  /// - Parameter path: for messages.
  /// - Throws: `PlanError` when it is none of Apus, or not as it was written.
  static func read(_ bytes: [UInt8], path: String) throws -> JSONNode {
    let node: JSONNode
    do {
      node = try JSONParser.parse(bytes)
    } catch {
      throw PlanError("\(path) cannot be read (\(error)): start over with --fresh")
    }
    guard isOfApus(node) else {
      throw PlanError("\(path) is not a run of Apus: use another output directory, or --fresh")
    }
    var others = node.plain
    others["check"] = nil
    guard node["check"]?.integer == Int(check(others)) else {
      throw PlanError(
        "\(path) is not as this version of Apus wrote it: it was changed or damaged; start over with --fresh, or write "
          + "to another directory")
    }
    return node
  }

  /// The names of the sequences in a document.
  static func sequences(of document: JSONNode) -> [String] {
    document["plan"]?.array?.compactMap { $0["sequence"]?.string } ?? []
  }

  /// The same of a document's bytes.
  ///
  /// - Throws: `JSONSyntaxError`.
  static func sequences(of bytes: [UInt8]) throws -> [String] { sequences(of: try JSONParser.parse(bytes)) }

  /// Whether a document looks like one of Apus.
  static func isOfApus(_ node: JSONNode) -> Bool {
    node["apus"]?.string != nil && node["run"]?.string != nil && node["config"]?.members != nil
  }

  private static func check(_ document: JSONValue) -> UInt32 { Checksum.crc32(Array(document.text().utf8)) }

  private static func describe(
    _ sequence: PlannedSequence, _ keys: RunKeys, _ formats: [OutputFormat]
  ) -> JSONValue? {
    guard let plan = sequence.plan else {
      guard let rejected = sequence.rejectedPlan else { return nil }
      // No date is left to be computed.
      return [
        "sequence": .string(sequence.config.name), "lost_items": .array(sequence.lost.map { .string($0) }),
        "rejected_dates": .array(sequence.rejectedDates.map(\.json)), "dates": .array([]),
        "chunks": [.integer(0), .integer(0)],
        "chunk_size": [.integer(rejected.layout.chunkHeight), .integer(rejected.layout.chunkWidth)],
        "date_arrays": .array([]), "products": .array([]),
      ]
    }
    let paths = ProductFiles(plan: plan, formats: formats).pathsOfProducts()
    let dateArrays = arrays(of: plan.products.filter { $0.stage == 0 })
    return [
      "sequence": .string(plan.name),
      "grid": GridDescription.json(plan.grid),
      "lost_items": .array(
        (sequence.lost + sequence.gaps.map { "\($0.date): \($0.reason)" }).map { .string($0) }),
      "rejected_dates": .array(sequence.rejectedDates.map(\.json)),
      "dates": .array(plan.timeSteps.map { .string($0.label) }),
      "chunks": [.integer(plan.layout.rows), .integer(plan.layout.columns)],
      "chunk_size": [.integer(plan.layout.chunkHeight), .integer(plan.layout.chunkWidth)],
      // What tells of a chunk of all dates that it is finished.
      "date_arrays": dateArrays.needed, "other_date_arrays": dateArrays.others,
      "shards": sequence.shardCut?.json ?? .null,
      "stages": .array(laterStages(plan)),
      "keys": keys.details[plan.name] ?? .null,
      "products": .array(
        plan.products.filter(\.isPublished).map { product in
          [
            "module": .string(product.module), "variable": .string(product.variable.name),
            "key": .string(product.key),
            "layers": .array(plan.layerLabels(of: product).map { .string($0) }),
            "files": .array(paths[product.index].map { .string($0) }),
          ]
        }),
      "tables": .array(
        plan.tableKeys.sorted { $0.key < $1.key }.map { name, key in
          [
            "name": .string(name), "key": .string(key),
            "files": .array(TableFiles.paths(of: name, in: plan, formats).map { .string($0) }),
          ]
        }),
    ]
  }

  /// What is computed from whole periods, stage by stage, and the arrays of the store that it gives.
  private static func laterStages(_ plan: SequencePlan) -> [JSONValue] {
    plan.stages.filter { $0.index != 0 && $0.period != .fixed && !$0.steps.isEmpty }.compactMap { stage in
      let products = plan.products.filter { $0.stage == stage.index }
      guard !products.isEmpty else { return nil }
      var modules: [String] = []
      for product in products where !modules.contains(product.module) { modules.append(product.module) }
      let arrays = arrays(of: products)
      return [
        "stage": .integer(stage.index), "modules": .array(modules.map { .string($0) }),
        "layers": .integer(stage.steps.count), "arrays": arrays.needed, "other_arrays": arrays.others,
      ]
    }
  }

  /// The arrays of the store that a stage gives: its results, or where there is none what later stages read; and the
  /// others, which are not made again once nobody reads them.
  private static func arrays(of products: [Product]) -> (needed: JSONValue, others: JSONValue) {
    let results = products.filter(\.isPublished)
    func names(_ products: [Product]) -> JSONValue { .array(products.map { .string($0.arrayName) }) }
    return results.isEmpty
      ? (names(products), .array([])) : (names(results), names(products.filter { !$0.isPublished }))
  }
}

/// A grid as the run's documents say it.
enum GridDescription {
  static func json(_ grid: Grid) -> JSONValue { .object(object(grid)) }

  static func object(_ grid: Grid) -> JSONObject {
    [
      "crs": .string(grid.crs.authorityCode ?? grid.crs.wkt),
      "transform": .array(grid.transform.gdal.map { .number($0) }),
      "width": .integer(grid.width),
      "height": .integer(grid.height),
      "bounds": .array(grid.bounds.array.map { .number($0) }),
    ]
  }
}
