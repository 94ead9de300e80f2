internal import Catalog
public import Engine
internal import GDAL
public import Geo
internal import JSON
internal import Network
internal import Storage

/// Runs one module on one date or one chunk, and says what came in and what came out.
public struct ModuleInspection: Sendable {
  /// What to look at.
  public struct Request: Sendable {
    public var module: String
    /// Needed when several sequences have the module.
    public var sequence: String?
    /// A date's label; nil for the first date, or for all with a reduction.
    public var date: String?
    /// Nil for the whole grid.
    public var chunk: ChunkIndex?
    /// Where to write the results; nil to write none.
    public var output: String?

    public init(module: String, sequence: String?, date: String?, chunk: ChunkIndex?, output: String?) {
      self.module = module
      self.sequence = sequence
      self.date = date
      self.chunk = chunk
      self.output = output
    }
  }

  /// What was seen.
  public struct Result: Sendable {
    public let sequence: String
    public let grid: Grid
    /// The pixels looked at.
    public let window: PixelWindow
    public let inputs: [ProductReport]
    public let outputs: [ProductReport]
    public let cells: CellCounts
    public let losses: [Loss]
    public let times: StageTimes
    /// Wall time of the whole, in seconds.
    public let seconds: Double
    /// Files written, below the output directory.
    public let files: [String]
    /// What was found in the files, for the module that brings them in: positions, time, and what is left aside.
    public let notes: [String]
  }

  private let config: PipelineConfig
  private let version: String

  public init(_ config: PipelineConfig, version: String) {
    self.config = config
    self.version = version
  }

  /// Runs the module and those it depends on.
  ///
  /// - Throws: `PlanError` for a module, date or chunk that is not there; what a run throws.
  public func run(_ request: Request) async throws -> Result {
    if let output = request.output, LocalFiles.exists(RunDirectory(output).runDocument) {
      throw PlanError(
        "\(output) holds a run, whose files would be replaced: give another directory with --output",
        isConfigMistake: true)
    }
    let (sequence, position) = try find(request)
    var config = self.config
    config.sequences = [sequence]
    let planned = try await PipelinePlanner(config).plan()
    guard let whole = planned.sequences.first?.plan else {
      throw PlanError(
        "\"\(request.module)\" runs on a whole run, not on a date or chunk", isConfigMistake: true)
    }
    // The plan's modules have been completed with the scenes' metadata.
    let plan = try narrow(whole, planned.sequences.first?.config ?? sequence, position, request)
    if let output = request.output { try LocalFiles.createDirectory(output) }
    // A folder of its own, so that no run in the output directory is touched.
    let directory = try LocalFiles.makeTemporaryDirectory(in: request.output)
    defer { _ = try? LocalFiles.removeTree(directory) }
    let access = planned.sequences.first?.access ?? RemoteAccess()
    let notes = sequence.modules[position].name == "download" ? planned.notes : []
    return try await compute(plan, request, access, notes, directory: RunDirectory(directory))
  }

  /// The sequence that has the module, cut off after it, with only that module's results written.
  private func find(_ request: Request) throws -> (SequenceConfig, Int) {
    let candidates = config.sequences.filter { request.sequence == nil || $0.name == request.sequence }
    guard !candidates.isEmpty else {
      let names = config.sequences.map { "\"\($0.name)\"" }.joined(separator: ", ")
      let hint = hint(request.sequence ?? "", among: config.sequences.map(\.name))
      throw PlanError(
        "there is no sequence \"\(request.sequence ?? "")\"; there is: \(names)\(hint)",
        isConfigMistake: true)
    }
    for sequence in candidates {
      guard
        let position = sequence.modules.firstIndex(where: {
          $0.name == request.module || $0.result == request.module
        })
      else { continue }
      var cut = sequence
      cut.modules = Array(sequence.modules[...position])
      for index in cut.modules.indices { cut.modules[index].isSaved = index == position }
      return (cut, position)
    }
    let names = candidates.flatMap { $0.modules.flatMap { [$0.name, $0.result] } }
    let modules = candidates.flatMap { $0.modules.map { "\"\($0.name)\"" } }.joined(separator: ", ")
    throw PlanError(
      "no sequence has a module \"\(request.module)\"; there is: \(modules)\(hint(request.module, among: names))",
      isConfigMistake: true)
  }

  private func hint(_ name: String, among names: [String]) -> String {
    NearestName.best(for: name, among: names.filter { !$0.isEmpty }).map { "; did you mean \"\($0)\"?" } ?? ""
  }

  /// The plan with the inputs of the module written too, and only the dates that are wanted.
  private func narrow(
    _ plan: SequencePlan, _ sequence: SequenceConfig, _ position: Int, _ request: Request
  ) throws -> SequencePlan {
    if let chunk = request.chunk, !plan.layout.contains(chunk) {
      let rows = plan.layout.rows == 1 ? "is 1 row" : "are \(plan.layout.rows) rows"
      throw PlanError(
        "there is no chunk \(chunk): there \(rows) of \(plan.layout.columns), counted from 0",
        isConfigMistake: true)
    }
    let compiled = CompiledGraph(Graph(sequence.members, inspecting: true))
    try PipelinePlanner.checkNames(of: compiled, sequence: sequence.name)
    var timeSteps = plan.timeSteps
    if let date = request.date {
      timeSteps = timeSteps.filter { $0.label == date || $0.date.description == date }
      guard !timeSteps.isEmpty else {
        throw PlanError("there is nothing on \(date); \(near(date, plan.timeSteps))", isConfigMistake: true)
      }
    } else if compiled.products.allSatisfy(\.isPerDate), !sequence.modules[position].isReduction {
      timeSteps = Array(timeSteps.prefix(1))
    }
    return plan.replacing(compiled: compiled, timeSteps: timeSteps)
  }

  /// The dates there are: around one that is not, or all of a few.
  private func near(_ date: String, _ timeSteps: [TimeStep]) -> String {
    guard let wanted = CalendarDate(date), timeSteps.count > 12 else {
      let more = timeSteps.count > 12 ? ", …" : ""
      return "there is: \(timeSteps.prefix(12).map(\.label).joined(separator: ", "))\(more)"
    }
    let before = timeSteps.last { $0.date < wanted }?.label
    let after = timeSteps.first { $0.date > wanted }?.label
    let nearest = [before, after].compactMap { $0 }.joined(separator: ", ")
    return "the nearest of \(timeSteps.count) dates: \(nearest)"
  }

  private func compute(
    _ plan: SequencePlan, _ request: Request, _ access: RemoteAccess, _ notes: [String],
    directory: RunDirectory
  ) async throws -> Result {
    let start = Clock.seconds()
    // The store is a run's: a look at one module leaves files only.
    var output = config.output
    output.formats.removeAll { $0 == .zarr }
    if output.formats.isEmpty { output.formats = [.netcdf] }
    let context = ProductPublisher.Context(
      pipeline: config.name, software: "apus \(version)", version: version,
      config: config.resolved.text(), started: Clock.now())
    let run = RunDocument.newRun()
    let stage = SequenceStage(
      plan: plan, directory: directory, run: run, written: try WrittenFiles(directory),
      published: try PublishedFiles(directory, run: run), context: context,
      output: output, access: access, notify: { _ in })
    let (report, times, _) = try await stage.inspect(only: request.chunk, publishing: request.output != nil)
    var files: [String] = []
    if let folder = request.output {
      let layers = report.products.flatMap(\.layers)
      files = Set(layers.compactMap(\.file) + layers.flatMap(\.otherFiles)).sorted()
      for file in files {
        try LocalFiles.createDirectory(LocalFiles.parent(of: "\(folder)/\(file)"))
        try LocalFiles.rename("\(directory.path)/\(file)", to: "\(folder)/\(file)")
      }
    }
    return Result(
      sequence: plan.name, grid: plan.grid,
      window: request.chunk.map { plan.layout.window($0) } ?? plan.grid.window,
      inputs: report.products.filter { $0.module == Program.inspectedInput },
      outputs: report.products.filter { $0.module != Program.inspectedInput }, cells: report.cells,
      losses: report.losses, times: times, seconds: Clock.seconds() - start,
      files: files, notes: notes)
  }
}
