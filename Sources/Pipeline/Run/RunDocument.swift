internal import Engine
internal import Geo
internal import JSON

/// The contents of `run.json`: the config as understood, its fingerprint, the version that ran, the plan.
enum RunDocument {
  static func make(_ plan: PipelinePlan, version: String, started: Instant, inputs: [String: String])
    -> JSONValue
  {
    let config = Fingerprint.config(plan.config.understood)
    return [
      "apus": .string(version),
      "pipeline": .string(plan.config.name),
      "started": .string(started.description),
      "fingerprint": .string(Fingerprint.of(config.text(sortedKeys: true))),
      "config_file": .string(plan.config.file),
      "config": plan.config.understood,
      "plan": .array(plan.sequences.compactMap { describe($0, plan.config.output.formats) }),
      "inputs": .object(
        JSONObject(inputs.sorted { $0.key < $1.key }.map { (key: $0.key, value: JSONValue.string($0.value)) })
      ),
    ]
  }

  private static func describe(_ sequence: PlannedSequence, _ formats: [OutputFormat]) -> JSONValue? {
    guard let plan = sequence.plan else { return nil }
    let files = ProductFiles(plan: plan, formats: formats)
    return [
      "sequence": .string(plan.name),
      "grid": GridDescription.json(plan.grid),
      "lost_items": .array(sequence.lost.map { .string($0) }),
      "dates": .array(plan.slices.map { .string($0.label) }),
      "chunks": [.integer(plan.layout.rows), .integer(plan.layout.columns)],
      "chunk_size": [.integer(plan.layout.chunkHeight), .integer(plan.layout.chunkWidth)],
      "products": .array(
        plan.program.products.enumerated().map { index, product in
          [
            "module": .string(product.module), "variable": .string(product.variable.name),
            "layers": .array(plan.layerLabels(of: product).map { .string($0) }),
            "files": .array(files.paths(of: index).map { .string($0) }),
          ]
        }),
    ]
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
