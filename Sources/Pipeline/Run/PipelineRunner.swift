internal import Catalog
public import Engine
internal import Geo
internal import Glibc
internal import JSON
internal import Modules
internal import NetCDF
internal import Network
internal import Storage

/// Runs a pipeline in its run directory: plans or resumes, streams every sequence, publishes, sums up.
public struct PipelineRunner: Sendable {
  /// What happens while a pipeline runs, for whoever shows it.
  public enum Event: Sendable {
    case note(String)
    /// Something the config asks for and the run does not do.
    case warning(String)
    case sequenceBegan(name: String, cells: Int, kept: Int, damaged: Int)
    /// The sequence that begins can be asked how it is going.
    case watching(RunWatch)
    case progress(sequence: String, ended: Int, failed: Int, cells: Int)
    /// Chunks of layers that are computed from layers, once all cells have ended.
    case layers(sequence: String, ended: Int, chunks: Int)
    /// So many files are made, with the work of all of them.
    case publishing(sequence: String, files: Int, work: [RunWork: Double])
    /// How many of those files have ended, and the work of the one that ended last.
    case published(sequence: String, ended: Int, files: Int, part: RunWork.Part)
    /// How many pictures have ended, which are drawn while files are made; of none the first is begun.
    case drawn(sequence: String, ended: Int, pictures: Int)
    /// The files of a sequence are there; the last of its pictures are drawn.
    case drawing(sequence: String)
    case sequenceEnded(SequenceReport)
    /// The summary and the report of the whole run are written.
    case ending
    /// How many maps of the report have ended; of none the first is begun.
    case reporting(ended: Int, maps: Int)
    /// What a unit of some work takes, as tried with values of this run.
    case tried(RunWork, secondsPerUnit: Double)
  }

  /// How a run ended.
  public struct Outcome: Sendable {
    public let directory: RunDirectory
    public let report: RunReport
    /// Where results are uploaded to; nil for nowhere.
    public let destination: String?
    /// Files that could not be uploaded, and why; they are in the run directory.
    public let uploadFailures: [(file: String, reason: String)]
    /// Where the results are to be found: below it, files have the paths of the report.
    public let results: String
    public var losses: [Loss] { report.sequences.flatMap(\.losses) }
  }

  let config: PipelineConfig
  let version: String
  let isFresh: Bool
  let notify: @Sendable (Event) -> Void
  private let recorder: TimelineRecorder

  /// - Parameters:
  ///   - config: with the command line's overrides already in it.
  ///   - version: of Apus, which files and the record of the run bear.
  ///   - isFresh: whether to forget what an earlier run left in the directory.
  ///   - notify: called with what happens, on any thread.
  public init(
    _ config: PipelineConfig, version: String, isFresh: Bool, notify: @escaping @Sendable (Event) -> Void
  ) {
    self.config = config
    self.version = version
    self.isFresh = isFresh
    let recorder = TimelineRecorder()
    self.recorder = recorder
    self.notify = { event in
      recorder.note(event)
      guard case .watching(var watch) = event else { return notify(event) }
      watch.memoryLimit = config.resources.memory
      watch.secondsLeft = { recorder.secondsLeft }
      notify(.watching(watch))
    }
  }

  /// Runs the pipeline to its end.
  ///
  /// - Throws: `PlanError`, `CatalogError`, `StorageError`, `NetCDFError`, `CancellationError`. What was finished
  ///   before is kept: the same command continues.
  public func run() async throws -> Outcome {
    let place = try RunPlace(config)
    let directory = place.directory
    try WrittenFiles.check(directory)
    let isFolderMade = !LocalFiles.exists(directory.path)
    try LocalFiles.createDirectory(directory.path)
    let lock = try RunLock(directory.path)
    defer { lock.release() }
    // Somebody may have been faster.
    try WrittenFiles.check(directory)
    if isFresh { try WrittenFiles.clear(directory) }
    let written = try WrittenFiles(directory, isFolderMade: isFolderMade)
    do {
      let outcome = try await run(place, written)
      if place.isStaging, outcome.losses.isEmpty, outcome.uploadFailures.isEmpty {
        // All of it stands verified where it belongs, with what tells so.
        lock.release()
        try WrittenFiles.removeRun(directory)
      }
      return outcome
    } catch {
      // Where no run came about, the folder is left as it was found.
      if !directory.holdsRun {
        lock.release()
        try WrittenFiles.removeRun(directory)
      }
      throw error
    }
  }

  private func run(_ place: RunPlace, _ written: WrittenFiles) async throws -> Outcome {
    let directory = place.directory
    try written.add(["run.json", "scenes.json", "ledger/published.jsonl", "ledger/uploaded.jsonl"])
    if let destination = place.destination {
      let remote = RemoteRun(location: destination)
      if place.isStaging {
        notify(.note("results go to \(destination); the run works in \(directory.path)"))
        try await meet(remote, in: directory, written)
      } else {
        _ = try await BlockingWork.value { try remote.runDocument() != nil }
      }
    }
    let (keys, run, started, versions) = try await plan(directory, written)
    let uploader = try place.destination.map {
      try Uploader(directory, run: run, destination: $0, deletesLocal: place.deletesLocal)
    }
    return try await Uploader.during(uploader) {
      // Before hours of work: is there such a place, and may we write there?
      try await uploader?.sendFirst(["run.json", "scenes.json"])
      if keys.hasChanged {
        // What an earlier run summed up is no longer so.
        try LocalFiles.remove(directory.summary)
        try await uploader?.remove(["summary.json"])
      }
      return try await self.run(keys, place, run, written, uploader, versions, started: started)
    }
  }

  /// Plans, and writes to the directory what is going to be in it.
  ///
  /// - Parameter isShared: whether several processes are to compute parts of it; what they cannot do is refused.
  func plan(
    _ directory: RunDirectory, _ written: WrittenFiles, isShared: Bool = false
  ) async throws -> (keys: RunKeys, run: String, started: Instant, versions: InputVersions) {
    let recorded = try RecordedPlan(directory)
    if let conflict = recorded?.conflict(with: config, directory: directory) { throw conflict }
    let started = Clock.now()
    var planned = try await PipelinePlanner(config, recorded: recorded).plan()
    if isShared, let sequence = planned.sequences.first(where: { $0.plan != nil && $0.isCopied }) {
      throw PlanError(
        "sequence \"\(sequence.config.name)\" copies its scenes: that is done by one process; let \"mode\" be \"stream\"",
        isConfigMistake: true)
    }
    for warning in planned.warnings { notify(.warning(warning)) }
    for note in planned.notes { notify(.note(note)) }
    let run = recorded?.run ?? RunDocument.newRun()
    let documents = RunDocuments(directory: directory, version: version)
    let versions = try InputVersions(directory, run: run)
    let faults = try await versions.ask(planned.sequences)
    if recorded == nil, planned.sequences.contains(where: { $0.plan.flatMap(UsableShares.init) != nil }) {
      // A run that is killed while dates are looked at can be continued.
      try documents.write(
        RunKeys(planned, recorded: nil, versions: versions), run: run, started: started, nil)
    }
    if let first = faults.first {
      notify(
        .warning(
          "whether \(faults.count == 1 ? "an input file has" : "\(faults.count) input files have") changed since the "
            + "run read \(faults.count == 1 ? "it" : "them") could not be asked: \(first.reason)"))
    }
    planned = try await UsableDates(
      directory: directory, written: written, versions: versions, notify: notify
    )
    .choose(planned, run: run)
    let keys = RunKeys(planned, recorded: recorded, versions: versions)
    if let conflict = recorded?.conflict(with: planned, gone: keys.inputs.gone, directory: directory) {
      throw conflict
    }
    if let warning = keys.goneWarning { notify(.warning(warning)) }
    for note in keys.notes { notify(.note(note)) }
    // Processes that compute parts of the run read what the plan below is made of.
    if written.contains(RunDirectory.configName) {
      try LocalFiles.writeAtomically(directory.config, config.text)
    }
    // From here on the directory says what is going to be in it.
    try documents.write(keys, run: run, started: started, recorded)
    return (keys, run, started, versions)
  }

  /// Takes up what an earlier run left in an object store, or removes it.
  private func meet(
    _ remote: RemoteRun, in directory: RunDirectory, _ written: WrittenFiles
  ) async throws {
    let isFresh = isFresh
    guard isFresh || !directory.holdsRun else { return }
    if isFresh {
      try await remote.clear()
    } else {
      try written.add(WrittenFiles.ofWorkers.keys.sorted())
      _ = try await remote.fetchDocuments(into: directory, written: written)
    }
  }

  private func run(
    _ keys: RunKeys, _ place: RunPlace, _ run: String, _ written: WrittenFiles, _ uploader: Uploader?,
    _ versions: InputVersions, started: Instant
  ) async throws -> Outcome {
    let directory = place.directory
    let plan = keys.plan
    let published = try PublishedFiles(directory, run: run, uploads: uploader?.record)
    var damage: [String] = []
    if published.refusedLines > 0 {
      damage.append(
        "lines of ledger/published.jsonl that are not as this run wrote them: \(published.refusedLines); their files "
          + "are made again")
      notify(.warning(damage[0]))
    }
    var ending = RunEnding(place: place, published: published, written: written, uploader: uploader)
    var report = RunReport(
      pipeline: config.name, software: ["name": "apus", "version": .string(version)],
      run: ["started": .string(started.description), "directory": .string(directory.path)], sequences: [])
    let context = ProductPublisher.Context(
      pipeline: config.name, software: "apus \(version)", version: version, config: config.resolved.text(),
      started: started)
    var times = StageTimes()
    let before = NetworkUse.soFar
    var lastModules: [any WholeRunModule] = []
    recorder.expect(
      RunStages(plan.sequences.compactMap(\.plan), config.output, hasReport: plan.hasReport))
    let granules = plan.sequences.map { $0.plan?.timeSteps.flatMap(GranuleUse.paths) ?? [] }
    for paths in granules { GranuleCopies.shared.claim(paths) }
    var isOver = false
    defer { if !isOver { for paths in granules { GranuleCopies.shared.suspend(paths) } } }
    let cubes = plan.sequences.compactMap { $0.plan?.name }
    for sequence in plan.sequences {
      if var plan = sequence.plan {
        if sequence.isCopied {
          notify(.note("\(plan.name): copying the scenes into \(directory.assets)"))
          try written.removeOutdatedCopies(of: plan, keys.inputs)
          let copier = SceneCopier(
            directory: directory, written: written, workers: plan.memory.workers,
            connections: sequence.connections,
            access: sequence.access, versions: versions, copying: sequence.copying,
            expectations: FileExpectation.all(of: sequence.scenes))
          plan = try await copier.copy(plan)
        }
        let stage = SequenceStage(
          plan: plan, directory: directory, run: run, written: written, published: published,
          context: context,
          output: config.output, uploader: uploader, access: sequence.access, versions: versions,
          obsolete: keys.obsolete[plan.name] ?? [:],
          place: ((cubes.firstIndex(of: plan.name) ?? 0) + 1, cubes.count), notify: notify)
        var (result, stageTimes, found) = try await stage.run()
        damage += found
        result.rejectedDates = sequence.rejectedDates
        let prefix = "sequence \"\(plan.name)\": "
        result.notes = sequence.notes.map { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : $0 }
        // Items without a date are in no cell of the ledger.
        result.losses += sequence.lost.map { Loss(date: nil, reason: $0, cells: 0) }
        let rejected = Set(sequence.rejectedDates.map(\.date))
        result.losses += sequence.gaps.filter { !rejected.contains($0.date) }
          .map { Loss(date: $0.date, reason: $0.reason, cells: 0) }
        if !config.output.allowsEmpty { result.losses += EmptyResults(plan: plan, report: result).losses }
        ReportDetails(sequence: sequence, plan: plan).add(to: &result)
        report.sequences.append(result)
        ending.parts.append(StacDocuments.Part(plan: plan, report: result, origins: sequence.origins))
        times.add(stageTimes)
        notify(.sequenceEnded(result))
      } else if let rejected = sequence.rejectedPlan {
        var result = SequenceReport(
          name: sequence.config.name, collection: rejected.collection,
          area: GridDescription.object(rejected.grid), inputs: [],
          cells: CellCounts(), products: [], losses: [])
        result.rejectedDates = sequence.rejectedDates
        report.sequences.append(result)
      } else {
        let modules = sequence.config.modules.compactMap { $0.module as? any WholeRunModule }
        lastModules += modules.filter { type(of: $0).tellsOfTheRun }
        ending.documents += try write(
          modules.filter { !type(of: $0).tellsOfTheRun }, report, directory, written)
      }
    }
    isOver = true
    notify(.ending)
    if !plan.warnings.isEmpty {
      report.run["warnings"] = .array(plan.warnings.map { .string($0) })
    }
    report.run["ended"] = .string(Clock.now().description)
    report.run["peak_memory_bytes"] = .integer(Machine.peakMemory)
    if !damage.isEmpty { report.run["damage"] = .array(damage.map { .string($0) }) }
    // Summed over the workers of this invocation: what an earlier one left cost it nothing.
    report.run["worker_seconds"] = [
      "read": .number(times.read), "compute": .number(times.compute),
      "compress": .number(times.compress), "write": .number(times.write), "publish": .number(times.publish),
    ]
    // Products on their way arrive first: the summary says what did not.
    try await uploader?.drain()
    try await ending.finish(&report, formats: config.output.formats)
    report.config = config.resolved
    report.timeline = RunForecast(plan: plan, config: config).timeline(
      recorder, times: times, report, network: NetworkUse.soFar.since(before))
    report.run["forecast"] = RunForecast.json(report.timeline.forecasts)
    report.read = { try? LocalFiles.readAll("\(directory.path)/\($0)") }
    report.mapsEnded = { [notify] in notify(.reporting(ended: $0, maps: $1)) }
    let lastDocuments = try write(lastModules, report, directory, written)
    ending.documents += lastDocuments
    try ending.add(lastDocuments, to: &report)
    // Whatever the config asks for, a run leaves its summary, and with it every loss.
    report.run["ended"] = .string(Clock.now().description)
    report.timeline = RunForecast.ended(report.timeline, recorder)
    report.run["forecast"] = RunForecast.json(report.timeline.forecasts)
    _ = try write([Summary.standard], report, directory, written)
    try await ending.sendDocuments(report)
    if place.isStaging, let uploader, uploader.failures.isEmpty, report.sequences.allSatisfy(\.losses.isEmpty)
    {
      // Chunks that workers on other machines stored are in the files by now.
      try await RemoteRun(location: uploader.destination).removeStored(except: uploader.record)
    }
    return Outcome(
      directory: directory, report: report, destination: place.destination,
      uploadFailures: (uploader?.failures ?? []).map { ($0.file, $0.reason) },
      results: place.isStaging || place.deletesLocal && uploader?.failures.isEmpty == true
        ? place.destination ?? directory.path : directory.path)
  }

  /// Writes the files of modules that run last.
  ///
  /// - Returns: their paths.
  private func write(
    _ modules: [any WholeRunModule], _ report: RunReport, _ directory: RunDirectory, _ written: WrittenFiles
  ) throws -> [String] {
    var paths: [String] = []
    for file in modules.flatMap({ $0.files(for: report) }) {
      try written.add([file.path])
      let path = "\(directory.path)/\(file.path)"
      try LocalFiles.createDirectory(LocalFiles.parent(of: path))
      try LocalFiles.writeAtomically(path, file.bytes)
      paths.append(file.path)
    }
    return paths
  }
}

/// The time of day.
enum Clock {
  /// UTC, to the second.
  static func now() -> Instant {
    Instant(microsecondsSince1970: time(nil) * 1_000_000)
  }

  /// Seconds of a clock that only goes forward.
  static func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
