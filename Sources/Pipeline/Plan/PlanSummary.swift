internal import Catalog
internal import Engine
internal import GDAL
internal import Geo
public import JSON

/// What `apus plan` says of a sequence.
public struct PlanSummary: Sendable {
  private let sequence: PlannedSequence

  private let formats: [OutputFormat]
  private let probe: RunProbe.Result?

  /// - Parameters:
  ///   - sequence: as it was planned.
  ///   - formats: of the files that a run writes.
  ///   - probe: what a few of its cells took; nil where none were tried.
  public init(_ sequence: PlannedSequence, formats: [OutputFormat] = [.netcdf], probe: RunProbe.Result? = nil)
  {
    (self.formats, self.probe) = (formats, probe)
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
    let metres = SpatialReference.metresPerUnit(grid.crs)
    let unit =
      grid.crs.isGeographic ? " degrees" : metres == 1 ? " m" : metres.map { " units of \($0) m" } ?? ""
    let step = "\(abs(grid.transform.pixelWidth)) × \(abs(grid.transform.pixelHeight))\(unit)"
    var lines = [
      "\(plan.name): \(sequence.config.modules.map(\.name).joined(separator: " → "))",
      "  scenes   \(sequence.scenes.count) on \(plan.timeSteps.count) dates, \(dates.joined(separator: " … "))",
      "  bands    \(bands(plan).joined(separator: ", "))",
      "  grid     \(grid.width) × \(grid.height) pixels of \(step), \(grid.crs.name), \(grid.bounds.array)",
      "  rasters  \(PlacementSummary(plan).text)",
      "  chunks   \(plan.layout.count) (\(plan.layout.rows) × \(plan.layout.columns)) of "
        + "\(plan.layout.chunkWidth) × \(plan.layout.chunkHeight); \(plan.cellCount) cells",
      "  read     at most \(MemorySize.text(plan.bytesRead)) of samples, as files store them",
      "  memory   \(MemorySize.text(plan.memory.peak)) at the peak, \(plan.memory.workers) \(plan.memory.workers == 1 ? "thread" : "threads")",
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
    lines += [
      "  requests \(requests == 0 ? "none to servers" : "at most \(requests) to servers")",
      "  files    \(files) of rasters, at most \(MemorySize.text(Int(min(RunStages.mostBytes(of: plan, formats), 1e18))))"
        + (probe.map { ", by the probe \(PlanSummary.range($0.written))" } ?? ""),
    ]
    if let probe {
      lines.append(
        "  time     \(PlanSummary.seconds(probe.seconds)), by a probe of \(probe.cells) cells in "
          + "\((probe.spent * 100).rounded() / 100) s")
    }
    if let most = plan.timeSteps.max(by: { $0.scenes.count < $1.scenes.count }), most.scenes.count > 1 {
      lines.append("  overlap  at most \(most.scenes.count) scenes, on \(most.label)")
    }
    if withoutFootprint > 0 {
      lines.append("  outline  \(counted(withoutFootprint)) no footprint in the catalogue")
    }
    if unplaced > 0 { lines.append("  unplaced \(unplaced) scenes whose rasters' place is not known") }
    for label in emptySteps { lines.append("  empty    \(label): no scene touches the grid") }
    for reason in unavailable { lines.append("  missing  \(reason)") }
    return lines
  }

  public var json: JSONValue {
    guard let plan = sequence.plan else {
      return ["name": .string(sequence.config.name), "modules": modules]
    }
    var value: JSONValue = [
      "name": .string(plan.name),
      "modules": modules,
      "scenes": .integer(sequence.scenes.count),
      "dates": .array(
        plan.timeSteps.map {
          ["date": .string($0.label), "scenes": .array($0.scenes.map { .string($0.id) })]
        }),
      "bands": .array(bands(plan).map { .string($0) }),
      "grid": GridDescription.json(plan.grid),
      "rasters": PlacementSummary(plan).json,
      "chunks": [
        "rows": .integer(plan.layout.rows), "columns": .integer(plan.layout.columns),
        "width": .integer(plan.layout.chunkWidth), "height": .integer(plan.layout.chunkHeight),
        "count": .integer(plan.layout.count),
      ],
      "cells": .integer(plan.cellCount),
      "bytes_read": .integer(plan.bytesRead),
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
      "requests": .integer(requests),
      "files": .integer(files),
      "bytes_written": .number(RunStages.mostBytes(of: plan, formats)),
      "most_scenes": .integer(plan.timeSteps.map(\.scenes.count).max() ?? 0),
      "scenes_without_place": .integer(unplaced), "scenes_without_footprint": .integer(withoutFootprint),
      "empty_dates": .array(emptySteps.map { .string($0) }),
    ]
    if let probe {
      value["probe"] = [
        "cells": .integer(probe.cells), "seconds_spent": .number(probe.spent),
        "seconds": .array([.number(probe.seconds.lowerBound), .number(probe.seconds.upperBound)]),
        "bytes_written": .array([.number(probe.written.lowerBound), .number(probe.written.upperBound)]),
      ]
    }
    return value
  }

  /// The names of the bands that are read, each once.
  private func bands(_ plan: SequencePlan) -> [String] {
    plan.program.bands.map(\.name).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  private var requests: Int { sequence.plan?.requests ?? 0 }

  /// Files of rasters.
  private var files: Int {
    guard let plan = sequence.plan else { return 0 }
    let files = ProductFiles(plan: plan, formats: formats.filter { $0 != .zarr })
    return Set((files.units().flatMap(\.files) + files.wholes()).map(\.path)).count
  }

  /// Scenes whose catalogue does not say where they lie: they are read from their files' headers.
  private var withoutFootprint: Int { sequence.scenes.count { $0.footprint.isEmpty } }

  private func counted(_ scenes: Int) -> String { scenes == 1 ? "1 scene has" : "\(scenes) scenes have" }

  /// Scenes of which it is not known where their rasters lie.
  private var unplaced: Int {
    (sequence.plan?.timeSteps ?? []).flatMap(\.scenes).count { $0.placement == nil }
  }

  /// Dates of which no scene touches the grid.
  private var emptySteps: [String] {
    guard let plan = sequence.plan else { return [] }
    return plan.timeSteps.filter { step in
      step.scenes.allSatisfy { scene in
        scene.placement.map { $0.intersection(plan.grid.window) == nil } ?? false
      }
    }.map(\.label)
  }

  private static func range(_ bytes: ClosedRange<Double>) -> String {
    "\(MemorySize.text(Int(min(bytes.lowerBound, 1e18)))) to \(MemorySize.text(Int(min(bytes.upperBound, 1e18))))"
  }

  /// A range of seconds: "2.0 to 8.2 s".
  ///
  /// - Parameter seconds: both ends not negative.
  public static func seconds(_ seconds: ClosedRange<Double>) -> String {
    func text(_ value: Double) -> String {
      value < 10 ? "\((value * 10).rounded() / 10)" : "\(Int(min(value.rounded(), 1e9)))"
    }
    return "\(text(seconds.lowerBound)) to \(text(seconds.upperBound)) s"
  }

  private var modules: JSONValue { .array(sequence.config.modules.map { .string($0.name) }) }

  /// Bands that are known to be missing before anything is read.
  private var unavailable: [String] {
    (sequence.plan?.timeSteps ?? []).flatMap { timeStep in
      timeStep.scenes.flatMap { scene in
        scene.bands.compactMap { if case .unavailable(let reason) = $0 { reason } else { nil } }
      }
    }
  }
}
