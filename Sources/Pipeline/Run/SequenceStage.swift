internal import Engine
internal import GDAL
internal import Geo
internal import Network
internal import Storage

/// One sequence of a run: resume, stream, publish, report.
struct SequenceStage {
  let plan: SequencePlan
  let directory: RunDirectory
  /// What tells the run from all others.
  let run: String
  let written: WrittenFiles
  let published: PublishedFiles
  let context: ProductPublisher.Context
  let output: PipelineConfig.Output
  /// Nil where nothing is uploaded.
  var uploader: Uploader?
  /// How remote files are got at.
  let access: RemoteAccess
  /// Which contents of remote files may be read; nil where any may.
  var versions: InputVersions?
  /// Arrays of the store that no product has any more, with the keys of what they hold.
  var obsolete: [String: String] = [:]
  /// Which sequence of the run it is, counted from 1, and how many there are.
  var place = (number: 1, count: 1)
  let notify: @Sendable (PipelineRunner.Event) -> Void

  /// What a sequence came to, what it took, and in words what was found damaged and made again.
  typealias Result = (report: SequenceReport, times: StageTimes, damage: [String])

  func run() async throws -> Result {
    if output.deleteLocal, uploader != nil, plan.isDatewise, plan.timeSteps.count > 1,
      !output.formats.contains(.zarr)
    {
      return try await runDateByDate()
    }
    return try await inspect(only: nil, publishing: true, picturing: true)
  }

  /// Computes and publishes date after date, each when the files of the one before have been uploaded and are gone: so
  /// many dates there may be, no more than two of them take room on the disk.
  private func runDateByDate() async throws -> Result {
    let cells = plan.cellCount
    notify(.sequenceBegan(name: plan.name, cells: cells, kept: 0, damaged: 0))
    // What an earlier run that kept its files left of dates that were computed together.
    let store = ChunkStore(directory: directory.store, deflateLevel: output.deflateLevel)
    for array in obsolete.keys { try store.removeArray(array, sequence: plan.name) }
    for product in plan.products { try store.remove(plan, product) }
    var whole: Result?
    let failures = Monitor(0)
    for date in plan.timeSteps.indices {
      let before = date * plan.layout.count
      let stage = SequenceStage(
        plan: plan.part(date), directory: directory, run: run, written: written, published: published,
        context: context, output: output, uploader: uploader, access: access, versions: versions,
        place: place,
        notify: { [notify] event in
          switch event {
          case .sequenceBegan: break
          case .watching(var watch):
            (watch.dates, watch.isDatewise) = (plan.timeSteps.count, true)
            notify(.watching(watch))
          case .progress(let name, let ended, let failed, _):
            let lost = failures.withLock { $0 }
            notify(.progress(sequence: name, ended: before + ended, failed: lost + failed, cells: cells))
          default: notify(event)
          }
        })
      let result = try await stage.inspect(only: nil, publishing: true, picturing: true)
      failures.withLock { $0 += result.report.cells.failed }
      whole = whole.map { SequenceStage.joined($0, result) } ?? result
    }
    guard let whole else { return try await inspect(only: nil, publishing: true, picturing: true) }
    return whole
  }

  /// What two parts of a sequence came to.
  private static func joined(_ whole: Result, _ part: Result) -> Result {
    var whole = whole
    whole.report.add(part.report)
    whole.times.add(part.times)
    whole.damage += part.damage
    return whole
  }

  /// Where chunks are kept: those of a date that is computed alone in a folder of their own.
  private var storePath: String {
    plan.part.map { "\(directory.store)/.dates/\($0)" } ?? directory.store
  }

  /// Has the group count as unfinished where Zarr is a result, and documents or coordinates of it are damaged. Where it is
  /// uploaded, the result is what arrived.
  ///
  /// - Returns: what to say of it.
  private func damagedDocuments(of store: ChunkStore) throws -> String? {
    guard published.holdsGroup(of: plan, in: directory), uploader == nil, output.formats.contains(.zarr),
      try !store.isWhole(plan, coordinates: StoreCoordinates(plan.grid.crs))
    else { return nil }
    try LocalFiles.remove("\(directory.store)/\(plan.name)/.zmetadata")
    return
      "\(plan.name): metadata or coordinates in \(RunDirectory.storeName) are missing or not as they were written; they "
      + "are written again"
  }

  /// The same for one chunk, or without publishing or pictures.
  func inspect(only chunk: ChunkIndex?, publishing: Bool, picturing: Bool = false) async throws -> Result {
    try written.add([RunDirectory.storeName + "/", "ledger/\(plan.name).jsonl"])
    let store = ChunkStore(directory: storePath, deflateLevel: output.deflateLevel)
    try LocalFiles.createDirectory(storePath)
    let outdated = OutdatedResults(plan: plan, directory: directory, published: published, uploader: uploader)
    if publishing { try await outdated.removeFiles(output.formats, obsolete, from: store) }
    var damage: [String] = []
    if publishing, let found = try damagedDocuments(of: store) {
      damage.append(found)
      notify(.warning(found))
    }
    if !published.holdsGroup(of: plan, in: directory) {
      try store.create(plan, coordinates: StoreCoordinates(plan.grid.crs))
    }
    let ledger = try Ledger(directory: directory.ledger, plan: plan, run: run)
    if ledger.refusedLines > 0 {
      let found =
        "\(plan.name): lines of ledger/\(plan.name).jsonl that are not as this run wrote them: \(ledger.refusedLines); "
        + "their chunks are computed again"
      damage.append(found)
      notify(.warning(found))
    }
    // What products say of themselves is in one of the granules: it stays until they are published.
    let described = [SwathAttributes(plan).path].compactMap { $0 }
    GranuleCopies.shared.claim(described)
    defer { GranuleCopies.shared.release(described) }
    let quicklooks = Quicklooks(plan: plan, directory: directory, pictures: output.pictures)
    if picturing { try written.add(quicklooks.files) }
    let (state, found, damagedFiles) = try await SequenceResuming(
      plan: plan, store: store, ledger: ledger, directory: directory, published: published,
      formats: output.formats,
      upload: uploader.map { ZarrUpload(plan: plan, directory: directory, uploader: $0) },
      restores: publishing, notify: notify
    ).resume()
    damage += damagedFiles
    let publisher = ProductPublisher(
      plan: plan, store: store, state: state, directory: directory, context: context, formats: output.formats)
    if publishing { try await outdated.removeValues(found, quicklooks, written) }
    let samples = try await BandFiles.open(
      RemoteArchive(access, record: versions), connections: plan.memory.connections
    ) {
      files in
      let runner = SequenceRunner(
        plan: found.plan, store: store, ledger: ledger, state: state,
        write: TableOutputs(plan: plan, directory: directory, written: written).write,
        makeReader: BandReaders(plan: plan, files: files).make)
      let cells = plan.cellCount
      let name = plan.name
      notify(.sequenceBegan(name: name, cells: cells, kept: found.kept, damaged: found.damaged))
      notify(.watching(RunWatch(plan, state, place: place)))
      let samples = picturing ? try quicklooks.begin(found) : []
      // A look at one chunk is done with nothing.
      let trials = PublishingTrials(
        PublishingTrial(plan: plan, store: store, state: state), publishing ? output.formats : [],
        notify: notify)
      let use =
        chunk == nil ? GranuleUse(plan.timeSteps, chunks: state.waitingChunks(plan.stages[0]).count) : nil
      use?.begin()
      try await GranuleCopies.shared.bringingAhead {
        try await runner.run(
          only: chunk, quicklooks: samples,
          cellEnded: {
            use?.cellEnded($0)
            trials.cellEnded()
          },
          progress: { [notify] ended, failed in
            notify(.progress(sequence: name, ended: ended, failed: failed, cells: cells))
          },
          layersProgress: { [notify] ended, chunks in
            notify(.layers(sequence: name, ended: ended, chunks: chunks))
          })
      }
      return samples
    }
    if found.damaged > 0 {
      damage.append(
        "\(plan.name): chunks missing in the store, or damaged: \(found.damaged); they are computed again")
    }
    var times = state.times
    // The files of the date before are gone before those of this one come.
    if plan.part != nil { try await uploader?.drain() }
    if publishing {
      let start = Clock.seconds()
      if picturing, !quicklooks.composites.isEmpty {
        let files = ColourGeoTIFFs(publisher: publisher, pictures: quicklooks.composites)
        let faults = try await Machine.givingBackBuffers {
          try await files.write({ found.isWaiting[$0] }, isWanted: output.formats.contains(.cog), notify)
        }
        for fault in faults { notify(.warning(fault)) }
      }
      // Pictures are drawn while files wait for the disk.
      async let drawn: Void = BlockingWork.run(workers: 1) { [notify] in
        try quicklooks.draw(samples, state) {
          notify(.drawn(sequence: plan.name, ended: $0, pictures: $1))
        }
      }
      if output.formats.contains(.cog) {
        // GDAL makes these from pixels, in memory that the workers no longer need.
        try await Machine.givingBackBuffers { try await publish(publisher) }
      } else {
        try await publish(publisher)
      }
      try await publishTables(state)
      notify(.drawing(sequence: plan.name))
      try await drawn
      if !state.hasFailures {
        for product in plan.products where !product.isPublished { try store.remove(plan, product) }
      }
      if !output.formats.contains(.zarr) { try store.removeEmptyArrays(plan) }
      if plan.part != nil {
        LocalFiles.removeIfEmpty(LocalFiles.parent(of: storePath))
        LocalFiles.removeIfEmpty(directory.store)
      }
      times.publish = Clock.seconds() - start
    }
    return (report(state, publisher, quicklooks), times, damage)
  }

  private func report(
    _ state: SequenceState, _ publisher: ProductPublisher, _ quicklooks: Quicklooks
  ) -> SequenceReport {
    let lost = Set((publisher.units().flatMap(\.files) + publisher.wholes()).filter(\.isLost).map(\.path))
    let products = plan.products.filter(\.isPublished).map { product -> ProductReport in
      let index = product.index
      let failed = state.failedByDate(products: [index])
      let labels = plan.layerLabels(of: product)
      let layers = publisher.layers(of: index, nil).map { layer in
        let places = publisher.places(product: index, layer: layer, lost: lost)
        var report = ProductReport.Layer(
          label: labels[layer], statistics: state.statistics(product: index, layer: layer),
          failedCells: publisher.dates(of: index, layer: layer).map { failed[$0] }.reduce(0, +),
          file: places.first)
        report.otherFiles = Array(places.dropFirst())
        report.quicklook = quicklooks.path(product: index, layer: layer, uploads: uploader?.record)
        report.threshold = state.layerNumber(product: index, layer: layer)
        report.outOfRange = publisher.outOfRange(product: index, layer: layer)
        return report
      }
      note(layers.compactMap(\.outOfRange).reduce(0, +), outOfRangeOf: product.variable)
      return ProductReport(
        index: index, module: product.module, variable: product.variable, period: product.period,
        pixels: plan.grid.window.count, layers: layers)
    }
    var report = SequenceReport(
      name: plan.name, collection: plan.collection, area: GridDescription.object(plan.grid),
      inputs: plan.timeSteps.map { InputReport(date: $0.label, time: $0.time, scenes: $0.scenes.map(\.id)) },
      cells: state.counts(), products: products, losses: state.losses())
    report.lostPixels = state.lostPixels
    for (mask, count) in report.lostPixels.rejected.sorted(by: { $0.key < $1.key }) {
      notify(
        .note(
          "\(plan.name): \"\(mask)\" rejects \(count) pixels of the granules, before they come onto the grid")
      )
    }
    for (band, count) in report.lostPixels.beyondRange.sorted(by: { $0.key < $1.key }) {
      notify(
        .note(
          "\(plan.name): \(count) pixels of \"\(band)\" lie beyond its valid range and are missing "
            + "(\"valid_range\": false in \"regrid\" keeps them)"))
    }
    report.tables = plan.tableReports(state.tables).map { table in
      var table = table
      let files = TableFiles(plan: plan, table: table, formats: output.formats, context: context)
      table.files = files.paths.filter { published.copy(of: $0, keys: files.keys) != nil }
      if let places = try? files.places() { (table.longitudes, table.latitudes) = places }
      let index = plan.tables.firstIndex { $0.name == table.name }
      table.pictures = (index.map { state.tables.files(of: $0) } ?? []).map {
        "\(plan.name)/\(table.name)/\($0)"
      }
      return table
    }
    report.pictures = quicklooks.composites.map { composite in
      func isThere(_ path: String) -> Bool { quicklooks.isThere(path, uploads: uploader?.record) }
      let paths = composite.labels.indices.map { (label: composite.labels[$0], path: composite.path($0)) }
      var picture = PictureReport(
        name: composite.setting.name, bands: composite.setting.bands,
        layers: paths.filter { isThere($0.path) }, layerCount: paths.count, overview: composite.overview)
      for layer in composite.labels.indices where isThere(composite.geoTIFF(layer)) {
        picture.geoTIFFs[composite.labels[layer]] = composite.geoTIFF(layer)
      }
      if isThere(composite.animation) { picture.animation = composite.animation }
      return picture
    }
    report.pixelArea = GroundScale(plan.grid)?.pixelArea
    return report
  }

  /// What packing made missing is said: nothing is lost in silence.
  private func note(_ values: Int, outOfRangeOf variable: Variable) {
    guard values > 0, case .int16(let packing) = variable.storage else { return }
    notify(
      .note(
        "\(plan.name)/\(variable.name): \(values) values lie outside \(packing.range.lowerBound) to "
          + "\(packing.range.upperBound), which is all that int16 holds at this scale and offset: they are missing in "
          + "the files (\"out_of_range\" in summary.json)"))
  }
}
