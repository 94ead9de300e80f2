import Engine
import Geo
import JSON

/// What a plan says that a run will take, beside what it took.
struct RunForecast {
  let plan: PipelinePlan
  let config: PipelineConfig

  /// The course of a run that has ended, with what only its plan and its report know.
  func course(_ course: RunCourse, times: StageTimes, _ report: RunReport) -> RunCourse {
    var course = course
    course.memoryLimit = config.resources.memory
    course.peakMemory = Machine.peakMemory
    course.workTimes = [times.read, times.compute, times.compress, times.write, times.publish]
    let plans = plan.sequences.compactMap(\.plan)
    var (planned, ended) = (0, 0)
    for plan in plans {
      let cells = report.sequences.first { $0.name == plan.name }?.cells ?? CellCounts()
      course.pixels += cells.done * (plan.grid.window.count / max(plan.layout.count, 1))
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
    let raw = plans.reduce(0.0) { $0 + RunProbe.rawBytes(of: $1) }
    course.forecasts = [
      RunCourse.Forecast(
        name: "Peak memory, at most", unit: .bytes, planned: memory...memory, found: Double(course.peakMemory)
      ),
      RunCourse.Forecast(
        name: "Cells", unit: .count, planned: Double(planned)...Double(planned), found: Double(ended)),
      RunCourse.Forecast(
        name: "Files of rasters, at most", unit: .count, planned: Double(files)...Double(files),
        found: Double(written)),
      RunCourse.Forecast(
        name: "Bytes of rasters, at most", unit: .bytes, planned: raw...raw,
        found: Double(sizes.reduce(0) { $0 + $1.bytes })),
    ]
    let finishing = plans.reduce(0) { $0 + RunWatch.finishing(of: $1) }
    course.forecasts += RunForecast.time(of: course, finishing: finishing).map { [$0] } ?? []
    return course
  }

  /// How long the run was estimated to take when a tenth of its cells had ended.
  ///
  /// - Parameter finishing: seconds that follow cells, as they were estimated.
  static func time(of course: RunCourse, finishing: Double = 0) -> RunCourse.Forecast? {
    guard let cells = course.samples.last?.cells, let start = course.samples.first(where: { $0.cells > 0 })
    else { return nil }
    var left = TimeLeft(kept: start.cells)
    for sample in course.samples where sample.cells > start.cells {
      left.note(ended: sample.cells, seconds: sample.seconds - start.seconds)
      guard 10 * sample.cells >= cells, let rest = left.seconds(of: cells, finishing: finishing)
      else { continue }
      let whole = sample.seconds + rest
      return RunCourse.Forecast(
        name: "Time, as estimated at a tenth", unit: .seconds, planned: whole...whole, found: course.seconds)
    }
    return nil
  }

  /// What was planned and what came, as the summary has it.
  static func json(_ forecasts: [RunCourse.Forecast]) -> JSONValue {
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
