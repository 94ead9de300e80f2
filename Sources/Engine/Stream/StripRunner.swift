internal import Geo
internal import Raster

/// Runs a program over the bands of a cell, strip by strip. One a worker.
final class StripRunner {
  /// Samples a strip: 8 KiB of Float, so that a handful of slots stays in the innermost cache.
  static let length = 2048

  /// A module and where it finds and leaves its samples.
  private final class Computation {
    let module: any PixelwiseModule
    /// Made once: it shows the slots as they are at present.
    let strip: Strip
    let output: Int

    init(_ module: any PixelwiseModule, _ strip: Strip, output: Int) {
      self.module = module
      self.strip = strip
      self.output = output
    }

    func run(in slots: StripSlots) {
      var samples = slots.target(output).mutableSpan
      module.process(strip, into: &samples)
    }
  }

  /// The program's steps, without modules: those need not be copied for each strip.
  private enum Action {
    case load(band: Int, slot: Int, level: Int)
    case reject(slot: Int, level: Int)
    case compute(Int)
    case emit(slot: Int, plane: Int)
  }

  private let program: Program
  private let actions: [Action]
  private let computations: [Computation]
  private let slots: StripSlots

  /// - Parameters:
  ///   - bands: counted like the program's; read before a cell is run.
  ///   - rejected: what the first n masks reject, n counted from 1, over the chunk.
  init(program: Program, bands: [LoadedBand], rejected: [SamplePlane]) {
    self.program = program
    let slots = StripSlots(program: program, bands: bands, rejected: rejected)
    self.slots = slots
    var computations: [Computation] = []
    actions = program.steps.map { step in
      switch step {
      case .load(let band, let slot, let level): return .load(band: band, slot: slot, level: level)
      case .reject(let slot, let level): return .reject(slot: slot, level: level)
      case .compute(let module, let inputs, let output):
        computations.append(Computation(module, Strip(slots: slots, inputs: inputs), output: output))
        return .compute(computations.count - 1)
      case .emit(let slot, let plane): return .emit(slot: slot, plane: plane)
      }
    }
    self.computations = computations
  }

  /// Runs the program strip by strip.
  /// - Returns: whether any output has a valid pixel.
  func run(window: PixelWindow, needed: [Int], result: CellResult) -> Bool {
    for plane in result.planes {
      plane.reshape(type: .float32, width: window.width, height: window.height)
    }
    var isAnyValid = program.planeCount == 0
    slots.begin(needed: needed, pixels: window.count, result)
    for start in stride(from: 0, to: window.count, by: StripRunner.length) {
      let count = min(StripRunner.length, window.count - start)
      slots.begin(start: start, count: count)
      for action in actions {
        switch action {
        case .load(let band, let slot, let level): slots.load(band, into: slot, level: level)
        case .reject(let slot, let level): slots.reject(in: slot, level: level)
        case .compute(let index): computations[index].run(in: slots)
        case .emit(let slot, let plane):
          let target = slots.strip(of: plane)
          if slots.planeOfSlot[slot] != plane {
            var values = target.mutableSpan
            LoadSamples.scale(slots.samples(slot), into: &values)
          }
          isAnyValid = isAnyValid || !MissingSamples.areAll(UnsafeBufferPointer(target).span)
        }
      }
    }
    return isAnyValid
  }
}
