internal import Catalog
internal import Engine
internal import Geo
public import JSON

/// What `apus plan` says of a sequence.
public struct PlanSummary: Sendable {
  private let sequence: PlannedSequence

  public init(_ sequence: PlannedSequence) {
    self.sequence = sequence
  }

  /// The lines as one text.
  public var text: String { lines.joined(separator: "\n") }

  /// A few lines for people.
  public var lines: [String] {
    guard let plan = sequence.plan else {
      return [
        "\(sequence.config.name): \(sequence.config.modules.map(\.name).joined(separator: ", ")), after the rest"
      ]
    }
    let grid = plan.grid
    let dates = [plan.timeSteps.first?.label, plan.timeSteps.last?.label].compactMap { $0 }
    let step = "\(abs(grid.transform.pixelWidth)) × \(abs(grid.transform.pixelHeight))"
    var lines = [
      "\(plan.name): \(sequence.config.modules.map(\.name).joined(separator: " → "))",
      "  scenes   \(sequence.scenes.count) on \(plan.timeSteps.count) dates, \(dates.joined(separator: " … "))",
      "  bands    \(plan.program.bands.map(\.name).joined(separator: ", "))",
      "  grid     \(grid.width) × \(grid.height) pixels of \(step), \(grid.crs.name), \(grid.bounds.array)",
      "  rasters  \(PlacementSummary(plan).text)",
      "  chunks   \(plan.layout.count) (\(plan.layout.rows) rows of \(plan.layout.columns)) of "
        + "\(plan.layout.chunkWidth) × \(plan.layout.chunkHeight); \(plan.cellCount) cells",
      "  read     at most \(MemorySize.text(bytesRead)) of samples, as files store them",
      "  memory   \(MemorySize.text(plan.memory.peak)) at the peak, \(plan.memory.workers) threads",
    ]
    for product in plan.products where product.isPublished {
      let layers = plan.layerLabels(of: product)
      let files = product.isPerDate ? "\(layers.count) files" : layers.joined(separator: ", ")
      lines.append("  writes   \(product.variable.name) (\(files))")
    }
    for table in plan.tables {
      lines.append(
        "  writes   \(table.name) (a table of \(table.features.count) features × \(table.steps.count) layers)"
      )
    }
    for reason in unavailable { lines.append("  missing  \(reason)") }
    return lines
  }

  public var json: JSONValue {
    guard let plan = sequence.plan else {
      return ["name": .string(sequence.config.name), "modules": modules]
    }
    return [
      "name": .string(plan.name),
      "modules": modules,
      "scenes": .integer(sequence.scenes.count),
      "dates": .array(
        plan.timeSteps.map {
          ["date": .string($0.label), "scenes": .array($0.scenes.map { .string($0.id) })]
        }),
      "bands": .array(plan.program.bands.map { .string($0.name) }),
      "grid": GridDescription.json(plan.grid),
      "rasters": PlacementSummary(plan).json,
      "chunks": [
        "rows": .integer(plan.layout.rows), "columns": .integer(plan.layout.columns),
        "width": .integer(plan.layout.chunkWidth), "height": .integer(plan.layout.chunkHeight),
        "count": .integer(plan.layout.count),
      ],
      "cells": .integer(plan.cellCount),
      "bytes_read": .integer(bytesRead),
      "peak_memory": .integer(plan.memory.peak),
      "threads": .integer(plan.memory.workers),
      "products": .array(
        plan.products.filter(\.isPublished).map { product in
          [
            "module": .string(product.module), "variable": .string(product.variable.name),
            "layers": .array(plan.layerLabels(of: product).map { .string($0) }),
          ]
        }),
      "missing": .array(unavailable.map { .string($0) }),
    ]
  }

  private var modules: JSONValue { .array(sequence.config.modules.map { .string($0.name) }) }

  /// Samples under the grid, two bytes each: what the usual archives store.
  private var bytesRead: Int {
    guard let plan = sequence.plan else { return 0 }
    var bytes = 0.0
    for scene in plan.timeSteps.flatMap(\.scenes) {
      for band in scene.bands {
        guard
          let window = (band.file?.placement ?? scene.placement ?? plan.grid.window)
            .intersection(plan.grid.window)
        else { continue }
        let each = band.file?.warp.map { warp in
          warp.overviewFactor >= 2 ? 4 : warp.sourcePixelsPerPixel
        }
        bytes += Double(window.count) * 2 * (each ?? 1)
      }
    }
    return Int(min(bytes, 1e18))
  }

  /// Bands that are known to be missing before anything is read.
  private var unavailable: [String] {
    (sequence.plan?.timeSteps ?? []).flatMap { timeStep in
      timeStep.scenes.flatMap { scene in
        scene.bands.compactMap { if case .unavailable(let reason) = $0 { reason } else { nil } }
      }
    }
  }
}
