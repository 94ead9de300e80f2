internal import Geo
internal import Raster

/// What became of a cell.
enum CellOutcome: Sendable {
  /// Something was observed.
  case done
  /// No scene lies here, or nothing in it is valid: read, and known to be missing.
  case empty
  /// Something that should be there could not be read.
  case failed(CellFailure)
}

/// The output planes of one cell, reused from cell to cell.
///
/// Handed from thread to thread whole: the queue, a worker or a fold holds it, never two of them at once.
final class CellResult: @unchecked Sendable {
  /// Float planes, counted like the program's emitted planes; valid when the cell is done.
  let planes: [SamplePlane]
  /// What each mask rejects: 1 rejected, 0 kept, 255 no quality known; only for masks that are saved.
  let masks: [SamplePlane]

  init(program: Program) {
    planes = (0..<program.planeCount).map { _ in SamplePlane() }
    masks = program.masks.map { _ in SamplePlane() }
  }
}

/// Computes cells: reads the bands of one date over one chunk and runs the program over them. One a worker.
final class CellComputer {
  private let plan: SequencePlan
  private let program: Program
  private let loader: BandLoader
  private let bands: [LoadedBand]
  private let strips: StripRunner
  /// What the first n masks reject, n counted from 1, over the chunk.
  private let rejected: [SamplePlane]
  private let scratch = SamplePlane()
  private let savedMasks: Set<Int>
  /// Made when the first date of several scenes needs it.
  private var fuser: SceneFuser?
  /// Time spent reading, and in modules.
  private(set) var times = StageTimes()

  init(plan: SequencePlan, reader: any BandReader) {
    self.plan = plan
    program = plan.program
    loader = BandLoader(reader: reader)
    bands = program.bands.map { _ in LoadedBand() }
    rejected = program.masks.map { _ in SamplePlane() }
    strips = StripRunner(program: program, bands: bands, rejected: rejected)
    savedMasks = Set(
      program.products.compactMap { if case .mask(let level) = $0.source { level } else { nil } })
  }

  /// Hears which cell is computed next.
  func begin(_ cell: (chunk: ChunkIndex, date: Int)) {
    guard plan.memory.connections > 0 else { return }
    loader.begin()
    expect(cell)
  }

  /// Announces what a cell reads before it is known what its masks reject.
  func expect(_ cell: (chunk: ChunkIndex, date: Int)) {
    let window = plan.layout.window(cell.chunk)
    let slice = plan.slices[cell.date]
    guard slice.scenes.count == 1 || !program.fuse.judgesScenes else { return }
    let scenes = program.fuse == .last ? slice.scenes.reversed() : slice.scenes
    func touching(_ window: PixelWindow) -> [SliceScene] {
      scenes.filter { $0.placement.map { $0.intersection(window) != nil } ?? true }
    }
    guard !touching(window).isEmpty else { return }
    times.measure(\.read) {
      if let mask = program.masks.first {
        let wide = MaskReading(mask, over: window, in: plan.grid.window).wide
        loader.expect(touching(wide), bands: [(mask.band, nil)], window: wide)
      } else {
        let bands = program.bands.indices.filter { program.lowestLevel[$0] != nil }
        loader.expect(touching(window), bands: bands.map { ($0, nil) }, window: window)
      }
    }
  }

  /// Computes one cell into `result`.
  func compute(chunk: ChunkIndex, date: Int, into result: CellResult) -> CellOutcome {
    let window = plan.layout.window(chunk)
    let slice = plan.slices[date]
    let reach = window.grown(by: program.halo).intersection(plan.grid.window) ?? window
    let ordered = program.fuse == .last ? slice.scenes.reversed() : slice.scenes
    let near = ordered.filter { $0.placement.map { $0.intersection(reach) != nil } ?? true }
    let here = near.filter { $0.placement.map { $0.intersection(window) != nil } ?? true }
    guard !here.isEmpty else { return .empty }
    do {
      // A date of one scene has nothing to fuse; the number is the date's, whatever of it lies in this chunk.
      let isFused = slice.scenes.count > 1 && program.fuse.judgesScenes
      let keeps =
        isFused
        ? try fuse(here, of: slice, window: window, result: result)
        : try mask(near, window: window, result: result)
      let needed = program.bands.indices.filter { band in
        program.lowestLevel[band].map { keeps[$0] } ?? false
      }
      // Every pixel is rejected before anyone reads a band: the bands are not even opened.
      if needed.isEmpty { return savedMasks.isEmpty ? .empty : outcomeOfMasksOnly(result, window) }
      if !isFused {
        times.measure(\.read) {
          loader.expect(here, bands: needed.map { ($0, rejection(of: $0)) }, window: window)
        }
      }
      for band in needed where !isFused {
        try load(band, here, of: slice, window: window)
      }
      let start = StageTimes.now()
      defer { times.compute += StageTimes.now() - start }
      let isAnyValid = strips.run(window: window, needed: needed, result: result)
      return isAnyValid || !savedMasks.isEmpty ? .done : .empty
    } catch {
      return .failed(error as? CellFailure ?? CellFailure("\(error)"))
    }
  }

  /// A cell whose only use is its mask.
  private func outcomeOfMasksOnly(_ result: CellResult, _ window: PixelWindow) -> CellOutcome {
    for plane in result.planes {
      plane.reshape(type: .float32, width: window.width, height: window.height)
      plane.fill(.nan)
    }
    return .done
  }

  // MARK: Masks

  /// Reads quality layers and finds what they reject.
  /// - Returns: for each level whether it keeps any pixel.
  private func mask(_ scenes: [SliceScene], window: PixelWindow, result: CellResult) throws -> [Bool] {
    var keeps = [true]
    for (index, mask) in program.masks.enumerated() {
      let reading = MaskReading(mask, over: window, in: plan.grid.window)
      let near = scenes.filter { $0.placement.map { $0.intersection(reading.wide) != nil } ?? true }
      let plane = rejected[index]
      let isSaved = savedMasks.contains(index + 1)
      guard keeps[index] || isSaved else {
        // Results from before may still pass this mask.
        plane.reshape(type: .uint8, width: window.width, height: window.height)
        plane.fill(1)
        keeps.append(false)
        continue
      }
      let band = bands[mask.band]
      try times.measure(\.read) { try reading.load(near, by: loader, into: band) }
      try reading.reject(
        by: band, scratch: scratch, into: plane, report: isSaved ? result.masks[index] : nil)
      if index > 0 {
        MaskPlanes.add(rejected[index - 1], window: PixelWindow(window), to: plane)
      }
      let isAnyKept = MaskPlanes.keepsAny(of: plane, in: PixelWindow(window))
      keeps.append(isAnyKept)
    }
    return keeps
  }

  /// Judges and fuses scenes one by one.
  private func fuse(_ scenes: [SliceScene], of slice: Slice, window: PixelWindow, result: CellResult) throws
    -> [Bool]
  {
    let fuser = self.fuser ?? SceneFuser(program: program, loader: loader, gridWindow: plan.grid.window)
    self.fuser = fuser
    return try fuser.fuse(
      scenes, of: slice.scenes, window: window, into: bands, rejected: rejected, reports: result.masks,
      savedMasks: savedMasks, times: &times)
  }

  /// Reads a band over the chunk (masks may have read the same band over more than the chunk).
  private func load(_ band: Int, _ scenes: [SliceScene], of slice: Slice, window: PixelWindow) throws {
    let request = program.bands[band]
    try times.measure(\.read) {
      try loader.load(
        scenes, band: band, isQuality: request.isQuality,
        isPhysical: !request.isQuality && loader.isMixed(slice.scenes, band: band), window: window,
        rejected: rejection(of: band), into: bands[band])
    }
  }

  /// Where nobody looks at a band, over the chunk; nil when all of it is wanted.
  private func rejection(of band: Int) -> SamplePlane? {
    let level = program.lowestLevel[band] ?? 0
    return level == 0 ? nil : rejected[level - 1]
  }
}

extension PixelWindow {
  /// The whole of a plane with a window's shape.
  fileprivate init(_ window: PixelWindow) {
    self.init(column: 0, row: 0, width: window.width, height: window.height)
  }
}
