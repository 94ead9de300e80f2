internal import Geo
internal import Raster

/// Runs a program over the bands of a cell, strip by strip. One a worker.
final class StripRunner {
  /// Samples a strip: 8 KiB of Float, so that a handful of slots stays in the innermost cache.
  static let length = 2048

  private let program: Program
  /// Counted like the program's bands; read before a cell is run.
  private let bands: [LoadedBand]
  /// What the first n masks reject, n counted from 1, over the chunk.
  private let rejected: [SamplePlane]
  private let slots: UnsafeMutableBufferPointer<Float>
  /// The output plane in which a slot lies, where it does not lie in `slots`.
  private let planeOfSlot: [Int?]
  /// Where each slot is for the present strip.
  private var places: [UnsafeMutablePointer<Float>] = []
  /// The scale of what each slot holds at present.
  private var scales: [(scale: Double, offset: Double)]

  init(program: Program, bands: [LoadedBand], rejected: [SamplePlane]) {
    self.program = program
    self.bands = bands
    self.rejected = rejected
    slots = .allocate(capacity: max(1, program.slotCount) * StripRunner.length)
    planeOfSlot = StripRunner.planeOfSlot(program)
    scales = Array(repeating: (1, 0), count: program.slotCount)
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

  /// Runs the program strip by strip.
  /// - Returns: whether any output has a valid pixel.
  func run(window: PixelWindow, needed: [Int], result: CellResult) -> Bool {
    for plane in result.planes {
      plane.reshape(type: .float32, width: window.width, height: window.height)
    }
    var isAnyValid = program.planeCount == 0
    for start in stride(from: 0, to: window.count, by: StripRunner.length) {
      let count = min(StripRunner.length, window.count - start)
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
    return isAnyValid
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
      places.append(plane.map { $0 + start } ?? own + slot * StripRunner.length)
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
