import Geo
import JSON
import Modules
import NetCDF
import Simulation
import Storage
import Synchronization
import Testing

@testable import Engine
@testable import Pipeline

/// What a run tells of itself while it goes on, by which the time is estimated that is left.
@Suite struct RunProgressTests {
  /// Other tests start programs meanwhile, which inherit HDF5's locks for a moment.
  init() { NetCDFThread.prepareProcess() }

  private static let modules = """
    { "module": "cloud_mask", "reject": ["cloud"] },
    { "module": "ndvi", "save": true },
    { "module": "composite", "of": ["red", "green", "blue"], "statistic": "median", "period": "month" },
    { "module": "gapfill", "of": "red_month_median" },
    { "module": "smooth", "of": "red_month_median_gapfill" }
    """

  private func config(in folder: String) throws -> PipelineConfig {
    _ = try ArchiveSimulator(directory: folder + "/archive", dates: 5, width: 150, height: 90).write()
    let text = """
      { "pipeline": "p", "area": "native",
        "output": { "location": "\(folder)/out", "formats": ["netcdf", "cog"], "pictures": { "true_colour": {
          "bands": ["red_month_median", "green_month_median", "blue_month_median"] } } },
        "sequences": [
          { "name": "s", "modules": [
            { "module": "download", "source": "archive/items.json", "collection": "landsat-c2-l2" },
            \(Self.modules) ] },
          { "name": "report", "depends_on": ["s"], "modules": [{ "module": "report" }] } ] }
      """
    try LocalFiles.writeAtomically(folder + "/config.json", text: text)
    let reading = ConfigReader.read(path: folder + "/config.json", modules: ModuleRegistry.all)
    return try #require(reading.config, "\(reading.messages)")
  }

  @Test func `files, pictures and maps are told of one by one, and their parts add up to what was announced`()
    async throws
  {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    let config = try config(in: folder)
    let plan = try await PipelinePlanner(config).plan()
    let events = Mutex<[PipelineRunner.Event]>([])
    let outcome = try await PipelineRunner(config, version: "1", isFresh: true) { event in
      events.withLock { $0.append(event) }
    }.run()
    #expect(outcome.losses == [])
    var (announced, made) = ([RunWork: Double](), [RunWork: Double]())
    var (files, drawn, maps) = ([RunWork: Int](), [(Int, Int)](), [(Int, Int)]())
    for event in events.withLock({ $0 }) {
      switch event {
      case .publishing(_, _, let work): announced.merge(work) { $0 + $1 }
      case .published(_, _, _, let part):
        made[part.kind, default: 0] += part.amount
        files[part.kind, default: 0] += 1
      case .drawn(_, let ended, let pictures): drawn.append((ended, pictures))
      case .reporting(let ended, let count): maps.append((ended, count))
      default: break
      }
    }
    #expect(announced.keys == made.keys)
    for (kind, amount) in announced { #expect(abs(amount - (made[kind] ?? 0)) < 1, "\(kind)") }
    let report = outcome.report
    func count(_ ending: String, _ kind: String) -> Int {
      report.files.count { $0.path.hasSuffix(ending) && $0.kind == kind }
    }
    #expect(files[.netcdf] == count(".nc", "netcdf"))
    #expect((files[.values] ?? 0) + (files[.counts] ?? 0) == count(".tif", "cog"))
    #expect(files[.colours] == count(".tif", "quicklook") && (files[.colours] ?? 0) > 0)
    #expect(drawn.first?.0 == 0 && drawn.last.map { $0.0 == $0.1 } == true)
    let layers = report.sequences[0].products.reduce(0) { $0 + $1.layers.count }
    #expect(drawn.last?.1 == layers + report.sequences[0].pictures[0].layerCount)
    #expect(Set(drawn.map(\.0)).count > layers / 2)
    let pictures = report.sequences[0].products.flatMap(\.layers).count { $0.quicklook != nil }
    #expect(maps.first?.0 == 0 && maps.last.map { $0.0 == $0.1 } == true)
    #expect(maps.last?.1 == pictures + report.sequences[0].pictures[0].layers.count)
    // What was planned is what came, but for layers without a value.
    let sequence = RunStages.Sequence(try #require(plan.sequences[0].plan), config.output)
    for kind in [RunWork.netcdf, .values, .counts] {
      #expect(sequence.work[kind] == announced[kind], "\(kind)")
    }
  }

  @Test func `each stage of layers is tried with the modules that it has`() async throws {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    let planned = try await PipelinePlanner(config(in: folder)).plan()
    let plan = try #require(planned.sequences[0].plan)
    let sequence = RunStages.Sequence(plan, planned.config.output)
    let later = plan.compiled.graph.order.filter { $0 != 0 }
    #expect(later.count == 2 && sequence.layers.count == 2)
    // The roughest guess of what is read and stored of ten thousand pixels and five months is 3 ms; modules come on top.
    for (seconds, stage) in zip(sequence.layers, later) {
      let program = plan.stages[stage].program
      let stored = program.products.reduce(0) { $0 + plan.layerLabels(of: plan.products[$1]).count }
      let steps = plan.stages[stage].steps.count
      let least = 1e-9 * Double(150 * 90 * (10 * steps * program.sources.count + 40 * stored))
      #expect(seconds * Double(plan.memory.workers) > least)
    }
  }
}
