internal import Engine
internal import GDAL
internal import Geo
internal import Storage

extension PipelineRunner {
  /// Plans the run, or takes up what an earlier call planned, and writes it to the run directory; computes nothing.
  ///
  /// - Parameters:
  ///   - isChecking: whether stored values are read and compared with their checksums; else, and where they are in an
  ///     object store, the ledger is believed.
  ///   - mirror: of a run in an object store, where this process has one already.
  ///   - keepsLock: whether other processes are kept from planning the run until `release` is called.
  ///   - check: is called before anything of an earlier run is changed, with other processes on this folder kept away;
  ///     what it throws ends the call.
  /// - Throws: as `run`.
  public func prepare(
    isChecking: Bool = true, mirror: RunMirror? = nil, keepsLock: Bool = false,
    check: () async throws -> Void = {}
  ) async throws -> PreparedRun {
    guard keepsLock, mirror == nil, VirtualPath.isObjectStore(config.output.location) else {
      return try await prepareAlone(isChecking, mirror, keepsLock, check)
    }
    // What no run may have is refused before anything is stored.
    _ = try RunPlace(config)
    let remote = RemoteRun(location: RunPlace.trimmed(config.output.location))
    _ = try await BlockingWork.value { try remote.runDocument() != nil }
    let mark = try await StoreMark(.submitting, remote).hold()
    do {
      var prepared = try await prepareAlone(isChecking, mirror, keepsLock, check)
      prepared.mark = mark
      return prepared
    } catch {
      await mark.release()
      throw error
    }
  }

  private func prepareAlone(
    _ isChecking: Bool, _ mirror: RunMirror?, _ keepsLock: Bool, _ check: () async throws -> Void
  ) async throws -> PreparedRun {
    var (mirror, isChecking) = (mirror, isChecking)
    // A folder is locked first.
    if VirtualPath.isObjectStore(config.output.location) { try await check() }
    if mirror == nil, VirtualPath.isObjectStore(config.output.location) {
      // Refuses what no run may have before anything is asked of the store.
      _ = try RunPlace(config)
      mirror = try await RunMirror.open(config.output.location, work: config.output.work, isFresh: isFresh)
    }
    if mirror != nil { isChecking = false }
    let place = try RunPlace(config, mirror: mirror)
    guard place.isStaging || !place.deletesLocal else {
      throw PlanError(
        "workers on several machines share the run directory: leave \"delete_local\" out",
        isConfigMistake: true)
    }
    let directory = place.directory
    try WrittenFiles.check(directory)
    let isFolderMade = !LocalFiles.exists(directory.path)
    try LocalFiles.createDirectory(directory.path)
    let lock = try RunLock(directory.path)
    var isKept = false
    defer { if !isKept { lock.release() } }
    if mirror == nil { try await check() }
    if isFresh { try WrittenFiles.clear(directory) }
    let written = try WrittenFiles(directory, isFolderMade: isFolderMade)
    do {
      var prepared = try await prepare(place, written, isChecking: isChecking, mirror)
      try await mirror?.push()
      if keepsLock { (prepared.lock, isKept) = (lock, true) }
      return prepared
    } catch {
      if !directory.holdsRun {
        lock.release()
        try WrittenFiles.removeRun(directory)
      }
      throw error
    }
  }

  /// The run as `prepare` would plan it, for a look at its jobs: the run directory stays as it is.
  ///
  /// - Throws: as `prepare`.
  public func preview() async throws -> PreparedRun {
    let folder = try LocalFiles.makeTemporaryDirectory()
    defer { _ = try? LocalFiles.removeTree(folder) }
    let location = RunPlace.trimmed(config.output.location)
    let own = RunDirectory(location)
    let copy = RunDirectory(folder + "/run")
    if isFresh {
      // As if nothing were there.
    } else if VirtualPath.isObjectStore(location) {
      try LocalFiles.createDirectory(copy.path)
      _ = try await RemoteRun(location: location).fetchDocuments(into: copy, others: [ClusterRecord.name])
    } else if own.holdsRun {
      let documents = ["run.json", "scenes.json", ClusterRecord.name] + RunFiles.below("ledger", in: own)
      for path in documents where LocalFiles.exists("\(own.path)/\(path)") {
        try LocalFiles.createDirectory(LocalFiles.parent(of: "\(copy.path)/\(path)"))
        try LocalFiles.copyAtomically("\(own.path)/\(path)", to: "\(copy.path)/\(path)")
      }
    }
    var config = config
    config.output.location = copy.path
    let runner = PipelineRunner(config, version: version, isFresh: false, notify: notify)
    // Chunks are not there: the ledger is believed.
    var prepared = try await runner.prepare(isChecking: false)
    prepared.original = VirtualPath.isObjectStore(location) ? location : own.absolutePath
    return prepared
  }

  private func prepare(
    _ place: RunPlace, _ written: WrittenFiles, isChecking: Bool, _ mirror: RunMirror?
  ) async throws -> PreparedRun {
    let directory = place.directory
    try written.add([
      "run.json", "scenes.json", "ledger/published.jsonl", "ledger/uploaded.jsonl",
      RunDirectory.storeName + "/", ClusterRecord.name, RunDirectory.configName,
    ])
    try written.add(WrittenFiles.ofWorkers.keys.sorted())
    let (keys, run, _, _) = try await plan(directory, written, isShared: true)
    if keys.plan.hasReport, config.clusterMode != .local {
      notify(.note("the report has no pictures: they are made where one process computes all pixels"))
    }
    let uploader = try mirror.map {
      try Uploader(directory, run: run, destination: $0.location, deletesLocal: false)
    }
    if keys.hasChanged {
      // What an earlier run summed up is no longer so.
      try LocalFiles.remove(directory.summary)
      try await uploader?.remove(["summary.json"])
    }
    let published = try PublishedFiles(directory, run: run, uploads: uploader?.record)
    var sequences: [PreparedRun.Sequence] = []
    for sequence in keys.plan.sequences {
      guard let plan = sequence.plan else { continue }
      let store = ChunkStore(directory: directory.store, deflateLevel: config.output.deflateLevel)
      try LocalFiles.createDirectory(directory.store)
      let outdated = OutdatedResults(
        plan: plan, directory: directory, published: published, uploader: uploader)
      try await outdated.removeFiles(config.output.formats, keys.obsolete[plan.name] ?? [:], from: store)
      if !published.holdsGroup(of: plan, in: directory) {
        try store.create(plan, coordinates: StoreCoordinates(plan.grid.crs))
      }
      try written.add(["ledger/\(plan.name).jsonl"])
      let ledger = try Ledger(directory: directory.ledger, plan: plan, run: run)
      let (state, found, _) = try await SequenceResuming(
        plan: plan, store: store, ledger: ledger, directory: directory, published: published,
        formats: config.output.formats, restores: isChecking && mirror == nil, notify: notify
      ).resume(isAlone: false, checked: isChecking ? nil : 0..<0)
      let waiting = state.waitingChunks(plan.stages[0])
      if waiting.isEmpty, mirror == nil {
        try LateChunks(directory: directory, formats: config.output.formats).remove(plan, from: store)
      }
      sequences.append(
        PreparedRun.Sequence(
          name: plan.name, after: sequence.config.dependsOn, chunks: plan.layout.count,
          waiting: waiting,
          failed: found.failedChunks, dates: plan.timeSteps.count,
          samplesPerChunk: plan.layout.chunkWidth * plan.layout.chunkHeight * plan.timeSteps.count
            * plan.program.bands.count,
          shardCut: sequence.shardCut ?? ShardCut(even: plan.layout.count), mode: mode(0, sequence.config),
          laterStages: laterStages(found.plan, state, sequence.config)))
    }
    return PreparedRun(
      directory: directory, mirror: mirror, sequences: sequences, memory: config.resources.memory,
      threads: config.resources.threads, publishMode: config.publishMode, jobs: try ClusterRecord(directory))
  }

  /// The stages after the cells of dates, as far as they are to be computed.
  private func laterStages(
    _ plan: SequencePlan, _ state: SequenceState, _ sequence: SequenceConfig
  ) -> [PreparedRun.LaterStage] {
    plan.compiled.graph.order.map { plan.stages[$0] }.filter { $0.index != 0 && $0.period != .fixed }
      .compactMap { stage in
        let waiting = state.waitingChunks(stage)
        let variables = max(stage.program.bands.count, stage.program.products.count, 1)
        return waiting.isEmpty
          ? nil
          : PreparedRun.LaterStage(
            index: stage.index, waiting: waiting,
            samplesPerChunk: plan.layout.chunkWidth * plan.layout.chunkHeight * stage.steps.count * variables,
            mode: mode(stage.index, sequence))
      }
  }

  /// Where a stage of a sequence is computed.
  private func mode(_ stage: Int, _ sequence: SequenceConfig) -> RunMode {
    sequence.stageModes[stage] ?? config.runMode
  }
}
