import Engine
import Geo
import JSON
import Network

/// What a plan says that a run will take, beside what it took.
struct RunForecast {
  let plan: PipelinePlan
  let config: PipelineConfig

  /// The timeline of a run that has ended, with what only its plan and its report know.
  ///
  /// - Parameters:
  ///   - recorder: of the run's timeline.
  ///   - times: of the work of all workers.
  ///   - report: of the run, with its files.
  ///   - network: what was asked of servers during the run.
  func timeline(
    _ recorder: TimelineRecorder, times: StageTimes, _ report: RunReport, network: NetworkUse
  ) -> RunTimeline {
    var timeline = recorder.timeline()
    timeline.memoryLimit = config.resources.memory
    timeline.peakMemory = Machine.peakMemory
    timeline.workTimes = [times.read, times.compute, times.compress, times.write, times.publish]
    let plans = plan.sequences.compactMap(\.plan)
    var (planned, ended) = (0, 0)
    for plan in plans {
      let cells = report.sequences.first { $0.name == plan.name }?.cells ?? CellCounts()
      timeline.pixels += cells.done * (plan.grid.window.count / max(plan.layout.count, 1))
      planned += plan.cellCount
      ended += cells.done + cells.empty + cells.failed
    }
    let memory = Double(plans.map(\.memory.peak).max() ?? 0)
    let files = plans.reduce(0) { sum, plan in
      let files = ProductFiles(plan: plan, formats: config.output.formats.filter { $0 != .zarr })
      return sum + Set((files.units().flatMap(\.files) + files.wholes()).map(\.path)).count
    }
    let written = report.files.filter { $0.kind == "netcdf" || $0.kind == "cog" }.count
    let sizes = report.files.filter { ["netcdf", "cog", "zarr"].contains($0.kind) }
    let samples = plans.reduce(0.0) { $0 + Double($1.bytesRead) }
    let raw = plans.reduce(0.0) { $0 + RunStages.mostBytes(of: $1, config.output.formats) }
    timeline.forecasts = [
      RunTimeline.Forecast(
        name: "Peak memory, at most", unit: .bytes, planned: memory...memory,
        found: Double(timeline.peakMemory)),
      RunTimeline.Forecast(
        name: "Cells", unit: .count, planned: Double(planned)...Double(planned), found: Double(ended)),
      RunTimeline.Forecast(
        name: "Files of rasters, at most", unit: .count, planned: Double(files)...Double(files),
        found: Double(written)),
      RunTimeline.Forecast(
        name: "Bytes of rasters, at most", unit: .bytes, planned: raw...raw,
        found: Double(sizes.reduce(0) { $0 + $1.bytes })),
    ]
    let requests = plans.reduce(0) { $0 + $1.requests }
    if requests > 0 {
      // Catalogues are asked before; a request that fails is repeated.
      timeline.forecasts += [
        RunTimeline.Forecast(
          name: "Requests to servers, at most", unit: .count, planned: Double(requests)...Double(requests),
          found: Double(network.requests)),
        RunTimeline.Forecast(
          name: "Bytes from servers, at most", unit: .bytes,
          planned: samples...samples, found: Double(network.bytes)),
      ]
    }
    if let expected = recorder.expected {
      timeline.forecasts.append(
        RunTimeline.Forecast(
          name: RunForecast.timeName, unit: .seconds, planned: expected...expected, found: timeline.seconds))
    }
    return timeline
  }

  /// How long the whole run was estimated to take when a tenth of its cells had ended.
  private static let timeName = "Time, as estimated at a tenth"

  /// The same forecast when the report has been written, which takes time itself.
  static func ended(_ timeline: RunTimeline, _ recorder: TimelineRecorder) -> RunTimeline {
    var timeline = timeline
    timeline.seconds = recorder.timeline().seconds
    for place in timeline.forecasts.indices where timeline.forecasts[place].name == timeName {
      timeline.forecasts[place].found = timeline.seconds
    }
    return timeline
  }

  /// What was planned and what came, as the summary has it.
  static func json(_ forecasts: [RunTimeline.Forecast]) -> JSONValue {
    .array(
      forecasts.map { forecast in
        [
          "quantity": .string(forecast.name),
          "unit": .string(forecast.unit == .bytes ? "byte" : forecast.unit == .seconds ? "s" : "1"),
          "planned": .array([.number(forecast.planned.lowerBound), .number(forecast.planned.upperBound)]),
          "found": .number(forecast.found),
        ]
      })
  }
}
