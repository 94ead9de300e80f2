internal import Geo
internal import Raster

/// Runs the passes of a program over the sources of a cell, strip by strip. One a worker.
final class StripRunner {
  /// Samples a strip: 8 KiB of Float, so that a handful of slots stays in the innermost cache.
  static let length = 2048

  /// A module and where it finds and leaves its samples.
  private final class Computation {
    let module: any PixelwiseModule
    /// Made once: they show the slots as they are at present.
    let strip: Strip
    let outputs: StripOutputs
    let targets: [Int]

    init(_ module: any PixelwiseModule, _ slots: StripSlots, inputs: [Int], outputs: [Int]) {
      self.module = module
      strip = Strip(slots: slots, inputs: inputs)
      self.outputs = StripOutputs(slots: slots, outputs: outputs)
      targets = outputs
    }

    func run(in slots: StripSlots) {
      for target in targets { slots.fill(target) }
      module.process(strip, into: outputs)
    }
  }

  /// The program's instructions, without modules: those need not be copied for each strip.
  private enum Action {
    case load(source: Int, slot: Int, masks: Int)
    case reject(slot: Int, masks: Int)
    case compute(Int)
    case emit(slot: Int, plane: Int)
  }

  private let program: Program
  /// By pass.
  private let passes: [[Action]]
  private let computations: [Computation]
  private let slots: StripSlots

  /// - Parameters:
  ///   - sources: counted like the program's; read before a cell is run.
  ///   - rejected: what the first n masks reject, n counted from 1, over the window.
  init(program: Program, sources: [LoadedBand], rejected: [SamplePlane]) {
    self.program = program
    let slots = StripSlots(program: program, sources: sources, rejected: rejected)
    self.slots = slots
    var computations: [Computation] = []
    passes = program.passes.map { pass in
      pass.instructions.map { instruction in
        switch instruction {
        case .load(let source, let slot, let masks): return .load(source: source, slot: slot, masks: masks)
        case .reject(let slot, let masks): return .reject(slot: slot, masks: masks)
        case .compute(let module, let inputs, let outputs):
          computations.append(Computation(module, slots, inputs: inputs, outputs: outputs))
          return .compute(computations.count - 1)
        case .emit(let slot, let plane): return .emit(slot: slot, plane: plane)
        }
      }
    }
    self.computations = computations
  }

  /// Hears of which time step and window the passes are that follow.
  func begin(step: NumberStep, window: PixelWindow, positions: PositionLattice?) {
    slots.cell = (step, window, positions)
  }

  /// Runs one pass of the program, strip by strip.
  ///
  /// - Parameters:
  ///   - needed: whether each source was read; the others are missing throughout.
  ///   - planes: counted like the program's planes, of the window's shape.
  /// - Returns: whether any plane that was filled has a valid pixel.
  func run(pass: Int, window: PixelWindow, needed: [Bool], planes: [SamplePlane]) -> Bool {
    var isAnyValid = false
    slots.begin(needed: needed, pixels: window.count, planes)
    for start in stride(from: 0, to: window.count, by: StripRunner.length) {
      let count = min(StripRunner.length, window.count - start)
      slots.begin(start: start, count: count)
      for action in passes[pass] {
        switch action {
        case .load(let source, let slot, let masks): slots.load(source, into: slot, masks: masks)
        case .reject(let slot, let masks): slots.reject(in: slot, masks: masks)
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
