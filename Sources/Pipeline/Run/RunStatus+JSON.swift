internal import Engine
public import JSON

extension RunStatus {
  /// The status as JSON, for scripts.
  public var json: JSONValue {
    [
      "directory": .string(directory),
      "pipeline": .string(pipeline),
      "running": holder.map { .string($0) } ?? .null,
      "complete": .bool(isComplete && !hasLosses),
      "sequences": .array(
        sequences.map { sequence in
          [
            "name": .string(sequence.name),
            "done": .integer(sequence.counts.done),
            "empty": .integer(sequence.counts.empty),
            "failed": .integer(sequence.counts.failed),
            "waiting": .integer(sequence.waiting),
            "dates": .array(
              sequence.dates.map { date in
                [
                  "date": .string(date.label), "done": .integer(date.counts.done),
                  "empty": .integer(date.counts.empty), "failed": .integer(date.counts.failed),
                  "waiting": .integer(sequence.chunks - date.counts.total),
                ]
              }),
            "modules": .array(
              sequence.products.map { product in
                [
                  "module": .string(product.module), "variable": .string(product.variable),
                  "published": .integer(product.published), "files": .integer(product.files),
                ]
              }),
            "tables": .array(
              sequence.tables.map { table in
                [
                  "table": .string(table.name), "published": .integer(table.published),
                  "files": .integer(table.files),
                ]
              }),
            "stages": .array(
              sequence.stages.map { stage in
                [
                  "stage": .integer(stage.index), "modules": .array(stage.modules.map { .string($0) }),
                  "done": .integer(sequence.grid - stage.missingChunks.count - stage.failedChunks.count),
                  "failed": .integer(stage.failedChunks.count),
                  "waiting": .integer(stage.missingChunks.count),
                ]
              }),
            "rejected_dates": .array(sequence.rejected.map(\.json)),
            "losses": .array(
              sequence.lost.map { ["date": .null, "reason": .string($0)] }
                + sequence.losses.map { ["date": .string($0.date), "reason": .string($0.reason)] }),
          ]
        }),
    ]
  }
}
