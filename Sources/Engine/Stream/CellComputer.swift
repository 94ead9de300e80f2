internal import Geo
internal import Raster

/// Computes cells: reads what a stage needs of one time step over one chunk and runs the program over it. One a worker.
final class CellComputer {
  private let plan: SequencePlan
  private let stage: StagePlan
  private let program: Program
  private let loader: BandLoader
  private let layers: LayerReader
  /// Counted like the program's bands.
  private let bands: [LoadedBand]
  /// Counted like the program's sources.
  private let sources: [LoadedBand]
  private let strips: StripRunner
  /// What the first n masks reject, n counted from 1, over the window.
  private let rejected: [SamplePlane]
  /// What masks reject, 255 where nothing is known, over the window; for masks that are reported.
  private let reports: [SamplePlane]
  /// Planes of the program where it computes more than the chunk's results.
  private let planes: [SamplePlane]
  private let scratch = SamplePlane()
  /// A raster without a date that a mask reads.
  private let maskLayer = LoadedBand()
  /// The present cell's time step, as modules are told of it.
  private var numberStep = NumberStep(label: "", days: nil, time: nil)
  /// Reads of the present cell that are planned and not carried out yet, by band.
  private var planned: [Int: any PlannedRead] = [:]
  /// Made when the first date of several scenes needs it.
  private var fuser: SceneFuser?
  /// Time spent reading, and in modules.
  private(set) var times = StageTimes()

  init(plan: SequencePlan, stage: StagePlan, reader: any BandReader, layers: LayerReader) {
    self.plan = plan
    self.stage = stage
    self.layers = layers
    let program = stage.program
    self.program = program
    loader = BandLoader(reader: reader)
    let bands = program.bands.map { _ in LoadedBand() }
    let reports = program.masks.map { _ in SamplePlane() }
    let planes = program.isDirect ? [] : (0..<program.planeCount).map { _ in SamplePlane() }
    sources = program.sources.map { source in
      switch source {
      case .band(let band): bands[band]
      case .mask(let number): LoadedBand(flags: reports[number - 1])
      case .plane(let plane): LoadedBand(values: planes[plane])
      case .stored, .number: LoadedBand()
      }
    }
    (self.bands, self.reports, self.planes) = (bands, reports, planes)
    rejected = program.masks.map { _ in SamplePlane() }
    strips = StripRunner(program: program, sources: sources, rejected: rejected)
  }

  /// Plans what a cell reads before it is known what its masks reject; where that is remote, it is on its way then.
  ///
  /// - Returns: the first scene's reads by band.
  func plan(_ cell: (chunk: ChunkIndex, step: Int)) -> [Int: any PlannedRead] {
    guard stage.readsScenes else { return [:] }
    let window = wide(cell.chunk)
    let timeStep = stage.timeSteps[cell.step]
    guard timeStep.scenes.count == 1 || !program.fuse.judgesScenes else { return [:] }
    let scenes = program.fuse == .last ? timeStep.scenes.reversed() : timeStep.scenes
    func touching(_ window: PixelWindow) -> [TimeStepScene] {
      scenes.filter { $0.placement.map { $0.intersection(window) != nil } ?? true }
    }
    guard !touching(window).isEmpty else { return [:] }
    return times.measure(\.read) {
      if let mask = program.masks.first {
        guard let band = mask.band else { return [:] }
        let wide = MaskReading(mask, over: window, in: plan.grid.window).wide
        return loader.plan(touching(wide), bands: [(band, nil)], window: wide)
      }
      let bands = program.bands.indices.filter { program.fewestMasks[$0] != nil }
      return loader.plan(touching(window), bands: bands.map { ($0, nil) }, window: window)
    }
  }

  /// A chunk with as much around it as the program's neighbourhoods look at, as far as the grid reaches.
  private func wide(_ chunk: ChunkIndex) -> PixelWindow {
    let window = plan.layout.window(chunk)
    return window.grown(by: program.margin).intersection(plan.grid.window) ?? window
  }

  /// Computes one cell into `result`.
  ///
  /// - Parameter reads: what `plan` planned for it; nil to plan it now.
  func compute(
    chunk: ChunkIndex, step: Int, reads: [Int: any PlannedRead]? = nil, into result: CellResult
  ) -> CellOutcome {
    let window = wide(chunk)
    planned = reads ?? plan((chunk, step))
    defer { planned = [:] }
    do {
      let read = try stage.readsScenes ? readScenes(step, window) : readLayers(step, window)
      let start = StageTimes.now()
      defer { times.compute += StageTimes.now() - start }
      let inner = plan.layout.window(chunk)
      if case .noScene = read { return .empty }
      for mask in program.reportedMasks {
        crop(reports[mask - 1], window, to: result.masks[mask - 1], inner)
      }
      switch read {
      case .sources(let isRead):
        numberStep = stage.numberStep(step)
        let isAnyValid = run(isRead, window, inner, result)
        return isAnyValid || savesMasks ? .done : .empty
      case .noScene, .nothingKept:
        if !savesMasks { return .empty }
        result.clear(inner)
        return .done
      }
    } catch {
      return .failed(error as? CellFailure ?? CellFailure("\(error)"))
    }
  }

  /// Whether what a mask rejects is a product: then it is a result also where no band has a value.
  private var savesMasks: Bool {
    program.products.contains { if case .mask = plan.products[$0].source { true } else { false } }
  }

  /// Runs the passes, and cuts the chunk out of what they computed.
  private func run(_ needed: [Bool], _ window: PixelWindow, _ inner: PixelWindow, _ result: CellResult)
    -> Bool
  {
    let planes = program.isDirect ? result.planes : self.planes
    for plane in planes { plane.reshape(type: .float32, width: window.width, height: window.height) }
    strips.begin(step: numberStep, window: window, positions: plan.positions)
    if program.isDirect {
      return strips.run(pass: 0, window: window, needed: needed, planes: planes) || planes.isEmpty
    }
    for (index, pass) in program.passes.enumerated() {
      _ = strips.run(pass: index, window: window, needed: needed, planes: planes)
      guard let filter = pass.filter else { continue }
      filter.module.process(
        filter.inputs.map { planes[$0] }, window: window, grid: plan.grid.window,
        into: filter.outputs.map { planes[$0] })
    }
    var isAnyValid = program.results.isEmpty
    for (plane, target) in zip(program.results, result.planes) {
      crop(planes[plane], window, to: target, inner)
      isAnyValid =
        isAnyValid || !MissingSamples.areAll(UnsafeBufferPointer(target.samples(as: Float.self)).span)
    }
    return isAnyValid
  }

  /// Copies the part of a plane that lies in a smaller window.
  private func crop(_ plane: SamplePlane, _ window: PixelWindow, to target: SamplePlane, _ inner: PixelWindow)
  {
    target.reshape(type: plane.type, width: inner.width, height: inner.height)
    let size = plane.type.size
    for row in 0..<inner.height {
      let from = ((inner.row - window.row + row) * window.width + inner.column - window.column) * size
      UnsafeMutableRawBufferPointer(
        rebasing: target.bytes[(row * inner.width * size)..<((row + 1) * inner.width * size)]
      ).copyMemory(from: UnsafeRawBufferPointer(rebasing: plane.bytes[from..<(from + inner.width * size)]))
    }
  }

  // MARK: Reading

  /// What was read for a cell.
  private enum Reading {
    /// No scene lies here.
    case noScene
    /// The masks reject every pixel before anyone reads a band.
    case nothingKept
    /// Whether each source was read.
    case sources([Bool])
  }

  /// Reads the layers that earlier stages stored.
  private func readLayers(_ step: Int, _ window: PixelWindow) throws -> Reading {
    try loadWhatIsKnown(step, window)
    return .sources(program.sources.map { _ in true })
  }

  /// Brings in what no scene is read for: stored layers, and numbers.
  private func loadWhatIsKnown(_ step: Int, _ window: PixelWindow) throws {
    for (source, target) in zip(program.sources, sources) {
      switch source {
      case .stored(let product):
        let layer = plan.products[product].period == .fixed ? 0 : step
        try times.measure(\.read) {
          try layers.load(product: product, layer: layer, window: window, into: target)
        }
      case .number(let name): target.number = plan.number(name, step: stage.steps[step])
      case .band, .mask, .plane: break
      }
    }
  }

  /// Reads the bands of a date, as far as its masks keep anything.
  private func readScenes(_ step: Int, _ window: PixelWindow) throws -> Reading {
    let timeStep = stage.timeSteps[step]
    let reach = window.grown(by: program.halo - program.margin).intersection(plan.grid.window) ?? window
    let ordered = program.fuse == .last ? timeStep.scenes.reversed() : timeStep.scenes
    let near = ordered.filter { $0.placement.map { $0.intersection(reach) != nil } ?? true }
    let here = near.filter { $0.placement.map { $0.intersection(window) != nil } ?? true }
    guard !here.isEmpty else {
      guard program.computesEverywhere else { return .noScene }
      try loadWhatIsKnown(step, window)
      return nothingRead(window)
    }
    // A date of one scene has nothing to fuse; the number is the date's, whatever of it lies in this chunk.
    let isFused = timeStep.scenes.count > 1 && program.fuse.judgesScenes
    let keeps = isFused ? try fuse(here, of: timeStep, window: window) : try mask(near, window: window)
    let needed = program.bands.indices.filter { band in program.fewestMasks[band].map { keeps[$0] } ?? false }
    // Every pixel is rejected before anyone reads a band: the bands are not even opened.
    if needed.isEmpty, !program.computesEverywhere { return .nothingKept }
    // Without masks the bands are planned already.
    if !isFused, !program.masks.isEmpty {
      planned = times.measure(\.read) {
        loader.plan(here, bands: needed.map { ($0, rejection(of: $0)) }, window: window)
      }
    }
    for band in needed where !isFused {
      try load(band, here, of: timeStep, window: window)
    }
    try loadWhatIsKnown(step, window)
    return .sources(
      program.sources.map { source in
        if case .band(let band) = source { needed.contains(band) } else { true }
      })
  }

  // MARK: Masks

  /// Reads quality layers and finds what they reject.
  /// - Returns: for each level whether it keeps any pixel.
  private func mask(_ scenes: [TimeStepScene], window: PixelWindow) throws -> [Bool] {
    var keeps = [true]
    for (index, mask) in program.masks.enumerated() {
      let reading = MaskReading(mask, over: window, in: plan.grid.window)
      let near = scenes.filter { $0.placement.map { $0.intersection(reading.wide) != nil } ?? true }
      let plane = rejected[index]
      let isReported = program.reportedMasks.contains(index + 1)
      guard keeps[index] || isReported else {
        // Results from before may still pass this mask.
        plane.reshape(type: .uint8, width: window.width, height: window.height)
        plane.fill(1)
        keeps.append(false)
        continue
      }
      let band = mask.band.map { bands[$0] } ?? maskLayer
      let first = index == 0 ? mask.band.flatMap { planned.removeValue(forKey: $0) } : nil
      try times.measure(\.read) { try reading.load(near, by: loader, layers, planned: first, into: band) }
      try reading.reject(
        by: band, scratch: scratch, into: plane, report: isReported ? reports[index] : nil)
      if index > 0 {
        MaskPlanes.add(rejected[index - 1], window: PixelWindow(window), to: plane)
      }
      let isAnyKept = MaskPlanes.keepsAny(of: plane, in: PixelWindow(window))
      keeps.append(isAnyKept)
    }
    return keeps
  }

  /// Judges and fuses scenes one by one.
  private func fuse(_ scenes: [TimeStepScene], of timeStep: TimeStep, window: PixelWindow) throws -> [Bool] {
    let fuser =
      self.fuser ?? SceneFuser(program: program, loader: loader, layers: layers, gridWindow: plan.grid.window)
    self.fuser = fuser
    return try fuser.fuse(
      scenes, of: timeStep.scenes, window: window, into: bands, rejected: rejected, reports: reports,
      savedMasks: program.reportedMasks, times: &times)
  }

  /// A window where no scene lies: nothing is known there, and nothing is kept.
  private func nothingRead(_ window: PixelWindow) -> Reading {
    for plane in rejected {
      plane.reshape(type: .uint8, width: window.width, height: window.height)
      plane.fill(1)
    }
    for mask in program.reportedMasks {
      reports[mask - 1].reshape(type: .uint8, width: window.width, height: window.height)
      reports[mask - 1].fill(Double(MaskPlanes.unknown))
    }
    return .sources(
      program.sources.map { source in if case .band = source { false } else { true } })
  }

  /// Reads a band over the chunk (masks may have read the same band over more than the chunk).
  private func load(_ band: Int, _ scenes: [TimeStepScene], of timeStep: TimeStep, window: PixelWindow) throws
  {
    let request = program.bands[band]
    try times.measure(\.read) {
      try loader.load(
        scenes, band: band, isQuality: request.isQuality,
        isPhysical: !request.isQuality && loader.isMixed(timeStep.scenes, band: band), window: window,
        rejected: rejection(of: band), planned: planned.removeValue(forKey: band), into: bands[band])
    }
  }

  /// Where nobody looks at a band, over the chunk; nil when all of it is wanted.
  private func rejection(of band: Int) -> SamplePlane? {
    let masks = program.fewestMasks[band] ?? 0
    return masks == 0 ? nil : rejected[masks - 1]
  }
}

extension PixelWindow {
  /// The whole of a plane with a window's shape.
  fileprivate init(_ window: PixelWindow) {
    self.init(column: 0, row: 0, width: window.width, height: window.height)
  }
}
