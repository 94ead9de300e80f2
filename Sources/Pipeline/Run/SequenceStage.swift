internal import Engine
internal import Geo
internal import Storage

/// One sequence of a run: resume, stream, publish, report.
struct SequenceStage {
  let plan: SequencePlan
  let directory: RunDirectory
  let published: PublishedFiles
  let context: ProductPublisher.Context
  let formats: [OutputFormat]
  let notify: @Sendable (PipelineRunner.Event) -> Void

  func run() async throws -> (report: SequenceReport, times: StageTimes) {
    try await inspect(only: nil, publishing: true)
  }

  /// The same for one chunk, or without publishing.
  func inspect(only chunk: ChunkIndex?, publishing: Bool) async throws -> (report: SequenceReport, times: StageTimes) {
    let store = ChunkStore(directory: directory.store)
    try LocalFiles.createDirectory(directory.store)
    try store.create(plan)
    let ledger = try Ledger(directory: directory.ledger, plan: plan)
    let state = SequenceState(plan)
    let formats = BandFormats(grid: plan.grid)
    let runner = SequenceRunner(plan: plan, store: store, ledger: ledger, state: state) {
      FileBandReader(formats: formats)
    }
    let publisher = ProductPublisher(
      plan: plan, store: store, state: state, directory: directory, context: context)
    let (kept, damaged) = try runner.resume { product, layer in
      published.contains(publisher.path(product: product, layer: layer))
    }
    let cells = plan.cellCount
    let name = plan.name
    notify(.sequenceBegan(name: name, cells: cells, kept: kept, damaged: damaged))
    try await runner.run(only: chunk) { [notify] ended, failed in
      notify(.progress(sequence: name, ended: ended, failed: failed, cells: cells))
    }
    var times = state.times
    if publishing {
      let start = Clock.seconds()
      try await publish(publisher)
      if !formats.contains(.zarr) { try store.removeEmptyArrays(plan) }
      times.publish = Clock.seconds() - start
    }
    return (report(state, publisher), times)
  }

  private func publish(_ publisher: ProductPublisher) async throws {
    let files = publisher.files()
    let waiting = files.filter { !$0.isLost && !published.contains($0.path) }
    if !formats.contains(.zarr) {
      // Chunks of files that an earlier run published come again where a lost date beside them was computed anew.
      for file in files where published.contains(file.path) { try publisher.removeChunks(of: file) }
    }
    guard !waiting.isEmpty else { return }
    try publisher.removeLeftovers(of: waiting)
    notify(.publishing(sequence: plan.name, files: waiting.count))
    for file in waiting {
      try Task.checkCancellation()
      try await publisher.publish(file, at: Clock.now())
      try published.add(file.path, failedCells: file.failedCells)
      // A file with losses keeps its chunks: another run may complete it without computing them again.
      if file.failedCells == 0, !formats.contains(.zarr) { try publisher.removeChunks(of: file) }
    }
  }

  private func report(_ state: SequenceState, _ publisher: ProductPublisher) -> SequenceReport {
    let failed = state.countsByDate().map(\.failed)
    let lost = Set(publisher.files().filter(\.isLost).map(\.path))
    let products = plan.program.products.enumerated().map { index, product -> ProductReport in
      let layers = plan.layerLabels(of: product).enumerated().map { layer, label in
        let path = publisher.path(product: index, layer: layer)
        let failedCells =
          product.isPerDate
          ? failed[layer]
          : plan.reductionLayers(of: product)?[layer].dates.map { failed[$0] }.reduce(0, +) ?? 0
        return ProductReport.Layer(
          label: label, statistics: state.statistics(product: index, layer: layer), failedCells: failedCells,
          file: lost.contains(path) ? nil : path)
      }
      return ProductReport(
        module: product.module, variable: product.variable, isPerDate: product.isPerDate,
        pixels: plan.grid.window.count, layers: layers)
    }
    return SequenceReport(
      name: plan.name, collection: plan.collection, area: GridDescription.object(plan.grid),
      inputs: plan.slices.map { InputReport(date: $0.label, time: $0.time, scenes: $0.scenes.map(\.id)) },
      cells: state.counts(), products: products, losses: state.losses())
  }
}
