import Engine
import Geo

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
    course.forecasts = [
      RunCourse.Forecast(
        name: "Peak memory, at most", unit: .bytes, planned: memory...memory, found: Double(course.peakMemory)
      ),
      RunCourse.Forecast(
        name: "Cells", unit: .count, planned: Double(planned)...Double(planned), found: Double(ended)),
      RunCourse.Forecast(
        name: "Files of rasters, at most", unit: .count, planned: Double(files)...Double(files),
        found: Double(written)),
    ]
    return course
  }
}
