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
  /// Samples a strip: 8 KiB of Float, so that a handful of slots stays in the innermost cache.
  static let stripLength = 2048

  private let plan: SequencePlan
  private let program: Program
  private let loader: BandLoader
  private let bands: [LoadedBand]
  private let slots: UnsafeMutableBufferPointer<Float>
  /// The output plane in which a slot lies, where it does not lie in `slots`.
  private let planeOfSlot: [Int?]
  /// Where each slot is for the present strip.
  private var places: [UnsafeMutablePointer<Float>] = []
  /// The scale of what each slot holds at present.
  private var scales: [(scale: Double, offset: Double)]
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
    slots = .allocate(capacity: max(1, program.slotCount) * CellComputer.stripLength)
    planeOfSlot = CellComputer.planeOfSlot(program)
    scales = Array(repeating: (1, 0), count: program.slotCount)
    rejected = program.masks.map { _ in SamplePlane() }
    savedMasks = Set(
      program.products.compactMap { if case .mask(let level) = $0.source { level } else { nil } })
  }

  deinit {
    slots.deallocate()
  }

  /// What a module computes to be given out as it is, it computes in its place.
  private static func planeOfSlot(_ program: Program) -> [Int?] {
    var planes = [Int?](repeating: nil, count: program.slotCount)
    for step in program.steps {
      if case .emit(let slot, let plane) = step, planes[slot] == nil { planes[slot] = plane }
    }
    for step in program.steps {
      switch step {
      // Bands have a scale; and what is rejected later must not be rejected in what was given out before.
      case .load(_, let slot, _), .reject(let slot, _): planes[slot] = nil
      case .compute, .emit: break
      }
    }
    return planes
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
      return runStrips(window: window, needed: needed, result: result) ? .done : .empty
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

  // MARK: Strips

  /// Runs the program strip by strip.
  /// - Returns: whether any output has a valid pixel.
  private func runStrips(window: PixelWindow, needed: [Int], result: CellResult) -> Bool {
    for plane in result.planes {
      plane.reshape(type: .float32, width: window.width, height: window.height)
    }
    var isAnyValid = program.planeCount == 0
    for start in stride(from: 0, to: window.count, by: CellComputer.stripLength) {
      let count = min(CellComputer.stripLength, window.count - start)
      place(start, result)
      for step in program.steps {
        switch step {
        case .load(let band, let slot, let level):
          load(band, isNeeded: needed.contains(band), slot: slot, level: level, start: start, count: count)
        case .reject(let slot, let level):
          var samples = self.samples(slot, count).mutableSpan
          LoadSamples.reject(rejectedStrip(level, start, count).span, in: &samples)
        case .compute(let module, let inputs, let output):
          var samples = self.samples(output, count).mutableSpan
          let strip = Strip(count: count, inputs: inputs.map { linear($0, count) })
          module.process(strip, into: &samples)
          scales[output] = (1, 0)
        case .emit(let slot, let plane):
          let target = UnsafeMutableBufferPointer(
            rebasing: result.planes[plane].samples(as: Float.self)[start..<(start + count)])
          if planeOfSlot[slot] != plane {
            var values = target.mutableSpan
            LoadSamples.scale(linear(slot, count), into: &values)
          }
          isAnyValid = isAnyValid || target.contains { !$0.isNaN }
        }
      }
    }
    return isAnyValid || !savedMasks.isEmpty
  }

  private func load(_ band: Int, isNeeded: Bool, slot: Int, level: Int, start: Int, count: Int) {
    var samples = self.samples(slot, count).mutableSpan
    guard isNeeded else {
      for index in 0..<count { samples[index] = .nan }
      scales[slot] = (1, 0)
      return
    }
    let loaded = bands[band]
    LoadSamples.load(
      loaded.plane, start: start, nodata: loaded.format.nodata,
      rejected: level == 0 ? nil : rejectedStrip(level, start, count).span, into: &samples)
    if loaded.hasUncovered {
      let uncovered = UnsafeMutableBufferPointer(
        rebasing: loaded.uncovered.samples(as: UInt8.self)[start..<(start + count)])
      LoadSamples.reject(uncovered.span, in: &samples)
    }
    scales[slot] = (loaded.format.scale, loaded.format.offset)
  }

  /// Finds the memory of each slot for the strip from `start` on.
  private func place(_ start: Int, _ result: CellResult) {
    guard let own = slots.baseAddress else { return }
    places.removeAll(keepingCapacity: true)
    for slot in 0..<program.slotCount {
      let plane = planeOfSlot[slot].flatMap { result.planes[$0].samples(as: Float.self).baseAddress }
      places.append(plane.map { $0 + start } ?? own + slot * CellComputer.stripLength)
    }
  }

  private func samples(_ slot: Int, _ count: Int) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: places[slot], count: count)
  }

  private func linear(_ slot: Int, _ count: Int) -> LinearSamples {
    LinearSamples(
      UnsafeBufferPointer(samples(slot, count)), scale: scales[slot].scale, offset: scales[slot].offset)
  }

  private func rejectedStrip(_ level: Int, _ start: Int, _ count: Int) -> UnsafeMutableBufferPointer<UInt8> {
    UnsafeMutableBufferPointer(rebasing: rejected[level - 1].samples(as: UInt8.self)[start..<(start + count)])
  }
}

extension PixelWindow {
  /// The whole of a plane with a window's shape.
  fileprivate init(_ window: PixelWindow) {
    self.init(column: 0, row: 0, width: window.width, height: window.height)
  }
}
