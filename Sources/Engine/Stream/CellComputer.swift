internal import Geo
internal import Raster

/// Computes cells: reads what a stage needs of one time step over one chunk and runs the program over it. One a worker.
final class CellComputer {
  private let plan: SequencePlan
  private let stage: StagePlan
  private let program: Program
  private let compositor: Compositor
  private let layers: LayerReader
  /// Counted like the program's sources.
  private let sources: [LoadedBand]
  private let strips: StripRunner
  /// Planes of the program where it computes more than the chunk's results.
  private let planes: [SamplePlane]
  /// Of whole layers, by time step; none where no module asks for any.
  private let numbers: [[LayerNumber: Double]]
  /// The present cell's time step, as modules see it.
  private var numberStep = NumberStep(label: "", days: nil, time: nil)
  /// Time spent reading, and in modules.
  private(set) var times = StageTimes()

  /// - Parameter numbers: of whole layers, by time step; none where no module asks for any.
  init(
    plan: SequencePlan, stage: StagePlan, reader: any BandReader, layers: LayerReader,
    numbers: [[LayerNumber: Double]] = []
  ) {
    self.numbers = numbers
    self.plan = plan
    self.stage = stage
    self.layers = layers
    let program = stage.program
    self.program = program
    let compositor = Compositor(program: program, reader: reader, layers: layers)
    let planes = program.isDirect ? [] : (0..<program.planeCount).map { _ in SamplePlane() }
    sources = program.sources.map { source in
      switch source {
      case .band(let band): compositor.bands[band]
      case .mask(let number): LoadedBand(flags: compositor.masks.reports[number - 1])
      case .plane(let plane): LoadedBand(values: planes[plane])
      case .stored, .number: LoadedBand()
      }
    }
    (self.compositor, self.planes) = (compositor, planes)
    strips = StripRunner(program: program, sources: sources, rejected: compositor.masks.rejected)
  }

  /// Plans what a cell reads before it is known what its masks reject; where that is remote, it is on its way then.
  ///
  /// - Returns: the first scene's reads by band.
  func plan(_ cell: (chunk: ChunkIndex, step: Int)) -> [Int: any PlannedRead] {
    guard stage.readsScenes else { return [:] }
    return times.measure(\.read) {
      compositor.plan(stage.timeSteps[cell.step], over: wide(cell.chunk))
    }
  }

  /// A chunk with as much around it as the program's neighbourhoods look at, as far as the grid reaches.
  private func wide(_ chunk: ChunkIndex) -> ChunkWindow {
    ChunkWindow(plan.layout.number(chunk), of: plan.layout, reach: program.margin)
  }

  /// Computes one cell into `result`.
  ///
  /// - Parameter reads: what `plan` planned for it; nil to plan it now.
  func compute(
    chunk: ChunkIndex, step: Int, reads: [Int: any PlannedRead]? = nil, into result: CellResult
  ) -> CellOutcome {
    let area = wide(chunk)
    let window = area.window
    for asked in program.layerNumbers
    where !numbers.indices.contains(step) || numbers[step][asked.number] == nil {
      return .failed(
        CellFailure(
          "the layer \"\(asked.number.variable)\", \(stage.steps[step].label), could not be read whole; run the same "
            + "command again"))
    }
    do {
      let read =
        try stage.readsScenes
        ? readScenes(step, area, reads ?? plan((chunk, step))) : readLayers(step, window)
      let start = StageTimes.now()
      defer { times.compute += StageTimes.now() - start }
      let inner = plan.layout.window(chunk)
      if case .noScene = read { return .empty(nil) }
      for mask in program.reportedMasks {
        crop(compositor.masks.reports[mask - 1], window, to: result.masks[mask - 1], inner)
      }
      switch read {
      case .sources(let isRead):
        numberStep = stage.numberStep(step)
        let isAnyValid = run(isRead, numbers.isEmpty ? [:] : numbers[step], window, inner, result)
        return isAnyValid || savesMasks ? .done : .empty(.missing)
      case .noScene, .nothingKept:
        if !savesMasks { return .empty(.rejected) }
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
  private func run(
    _ needed: [Bool], _ numbers: [LayerNumber: Double], _ window: PixelWindow, _ inner: PixelWindow,
    _ result: CellResult
  ) -> Bool {
    let planes = program.isDirect ? result.planes : self.planes
    for plane in planes { plane.reshape(type: .float32, width: window.width, height: window.height) }
    strips.begin(step: numberStep, window: window, positions: plan.positions, numbers: numbers)
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

  /// Makes the date of its scenes, as far as its masks keep anything.
  private func readScenes(_ step: Int, _ area: ChunkWindow, _ reads: [Int: any PlannedRead]) throws
    -> Reading
  {
    var bands = try compositor.compose(
      stage.timeSteps[step], over: area, reads: reads, times: &times)
    if bands == nil, program.computesEverywhere {
      compositor.masks.rejectAll(area.window)
      bands = []
    }
    guard let bands else { return .noScene }
    if bands.isEmpty, !program.computesEverywhere { return .nothingKept }
    try loadWhatIsKnown(step, area.window)
    return .sources(
      program.sources.map { source in
        if case .band(let band) = source { bands.contains(band) } else { true }
      })
  }
}
