internal import Geo
internal import Raster

/// The slots of a program: where each lies in memory, and what it holds of the present strip. One a worker.
///
/// A band's samples are brought into a slot when somebody asks for them there: whoever takes them as they are stored
/// does without.
final class StripSlots {
  /// A band in a slot.
  private struct Loading {
    let band: Int
    /// As many of the masks count.
    var level: Int
  }

  private struct Slot {
    /// Where the present strip's samples are, or go.
    var memory: UnsafeMutablePointer<Float>
    var loading: Loading?
    /// Whether the memory holds what it should.
    var isFilled = false
    var scale = 1.0
    var offset = 0.0
  }

  private let bands: [LoadedBand]
  private let rejected: [SamplePlane]
  /// The output plane in which a slot lies, where it does not lie in `memory`.
  let planeOfSlot: [Int?]
  private let memory: UnsafeMutablePointer<Float>
  private let slots: UnsafeMutableBufferPointer<Slot>
  /// Whether the cell has a band; what it has not is missing.
  private var isNeeded: [Bool] = []
  /// The present strip.
  private var start = 0
  private var count = 0

  /// - Parameters:
  ///   - bands: counted like the program's; read before a cell is run.
  ///   - rejected: what the first n masks reject, n counted from 1, over the chunk.
  init(program: Program, bands: [LoadedBand], rejected: [SamplePlane]) {
    self.bands = bands
    self.rejected = rejected
    planeOfSlot = StripSlots.planeOfSlot(program)
    memory = .allocate(capacity: max(1, program.slotCount) * StripRunner.length)
    slots = .allocate(capacity: program.slotCount)
    for slot in slots.indices {
      slots.initializeElement(at: slot, to: Slot(memory: memory + slot * StripRunner.length))
    }
  }

  deinit {
    slots.deinitialize()
    slots.deallocate()
    memory.deallocate()
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

  // MARK: Strips

  /// Begins a cell.
  func begin(needed: [Int]) {
    isNeeded = bands.indices.map { needed.contains($0) }
  }

  /// Begins a strip; every slot is empty afterwards.
  func begin(start: Int, count: Int, result: CellResult) {
    self.start = start
    self.count = count
    for slot in slots.indices {
      slots[slot].loading = nil
      slots[slot].isFilled = false
      guard let plane = planeOfSlot[slot],
        let first = result.planes[plane].samples(as: Float.self).baseAddress
      else { continue }
      slots[slot].memory = first + start
    }
  }

  /// Says which band is in a slot, with what `level` rejects missing.
  func load(_ band: Int, into slot: Int, level: Int) {
    slots[slot].loading = Loading(band: band, level: level)
    slots[slot].isFilled = false
    let format = bands[band].format
    (slots[slot].scale, slots[slot].offset) = isNeeded[band] ? (format.scale, format.offset) : (1, 0)
  }

  /// Makes what `level` rejects missing in a slot.
  func reject(in slot: Int, level: Int) {
    // Higher levels reject all that lower ones do.
    slots[slot].loading?.level = level
    guard slots[slot].isFilled else { return }
    var samples = buffer(slot).mutableSpan
    LoadSamples.reject(rejectedStrip(level).span, in: &samples)
  }

  /// A slot to be filled with physical values.
  func target(_ slot: Int) -> UnsafeMutableBufferPointer<Float> {
    slots[slot].loading = nil
    slots[slot].isFilled = true
    (slots[slot].scale, slots[slot].offset) = (1, 0)
    return buffer(slot)
  }

  /// What a slot holds.
  func samples(_ slot: Int) -> LinearSamples {
    let samples = buffer(slot)
    if !slots[slot].isFilled, let loading = slots[slot].loading {
      fill(samples, loading)
      slots[slot].isFilled = true
    }
    return LinearSamples(
      UnsafeBufferPointer(samples), scale: slots[slot].scale, offset: slots[slot].offset)
  }

  /// The same as its file stores it; nil where it does not come from a file with 16-bit numbers, some of which mean
  /// missing.
  func stored(_ slot: Int) -> StoredSamples? {
    guard let loading = slots[slot].loading, isNeeded[loading.band] else { return nil }
    let band = bands[loading.band]
    guard band.plane.type == .uint16, !band.hasUncovered,
      let missing = band.format.nodata.flatMap({ UInt16(exactly: $0) })
    else { return nil }
    return StoredSamples(
      UnsafeBufferPointer(rebasing: band.plane.samples(as: UInt16.self)[start..<(start + count)]),
      missing: missing,
      rejected: loading.level == 0 ? nil : UnsafeBufferPointer(rejectedStrip(loading.level)),
      scale: slots[slot].scale, offset: slots[slot].offset)
  }

  private func fill(_ samples: UnsafeMutableBufferPointer<Float>, _ loading: Loading) {
    guard isNeeded[loading.band] else { return samples.update(repeating: .nan) }
    let band = bands[loading.band]
    var target = samples.mutableSpan
    LoadSamples.load(
      band.plane, start: start, nodata: band.format.nodata,
      rejected: loading.level == 0 ? nil : rejectedStrip(loading.level).span, into: &target)
    if band.hasUncovered { LoadSamples.reject(strip(of: band.uncovered).span, in: &target) }
  }

  private func buffer(_ slot: Int) -> UnsafeMutableBufferPointer<Float> {
    UnsafeMutableBufferPointer(start: slots[slot].memory, count: count)
  }

  private func rejectedStrip(_ level: Int) -> UnsafeMutableBufferPointer<UInt8> {
    strip(of: rejected[level - 1])
  }

  /// The present strip of a plane of marks.
  private func strip(of marks: SamplePlane) -> UnsafeMutableBufferPointer<UInt8> {
    UnsafeMutableBufferPointer(rebasing: marks.samples(as: UInt8.self)[start..<(start + count)])
  }
}
