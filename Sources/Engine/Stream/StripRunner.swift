internal import Geo
internal import Raster

/// Runs the passes of a program over the sources of a cell, strip by strip. One a worker.
final class StripRunner {
  /// Samples a strip: 8 KiB of Float, so that a handful of registers stays in the innermost cache.
  static let length = 2048

  /// A module and where it finds and leaves its samples.
  private final class Computation {
    let module: any PixelwiseModule
    /// Made once: they show the registers as they are at present.
    let strip: Strip
    let outputs: StripOutputs
    let targets: [Int]

    init(_ module: any PixelwiseModule, _ registers: StripRegisters, inputs: [Int], outputs: [Int]) {
      self.module = module
      strip = Strip(registers: registers, inputs: inputs)
      self.outputs = StripOutputs(registers: registers, outputs: outputs)
      targets = outputs
    }

    func run(in registers: StripRegisters) {
      for target in targets { registers.fill(target) }
      module.process(strip, into: outputs)
    }
  }

  /// The program's instructions, without modules: those need not be copied for each strip.
  private enum Action {
    case load(source: Int, register: Int, masks: Int)
    case reject(register: Int, masks: Int)
    case compute(Int)
    case emit(register: Int, plane: Int)
  }

  private let program: Program
  /// By pass.
  private let passes: [[Action]]
  private let computations: [Computation]
  private let registers: StripRegisters

  /// - Parameters:
  ///   - sources: counted like the program's; read before a cell is run.
  ///   - rejected: what the first n masks reject, n counted from 1, over the window.
  init(program: Program, sources: [LoadedBand], rejected: [SamplePlane]) {
    self.program = program
    let registers = StripRegisters(program: program, sources: sources, rejected: rejected)
    self.registers = registers
    var computations: [Computation] = []
    passes = program.passes.map { pass in
      pass.instructions.map { instruction in
        switch instruction {
        case .load(let source, let register, let masks):
          return .load(source: source, register: register, masks: masks)
        case .reject(let register, let masks): return .reject(register: register, masks: masks)
        case .compute(let module, let inputs, let outputs):
          computations.append(Computation(module, registers, inputs: inputs, outputs: outputs))
          return .compute(computations.count - 1)
        case .emit(let register, let plane): return .emit(register: register, plane: plane)
        }
      }
    }
    self.computations = computations
  }

  /// Hears of which time step and window the passes are that follow.
  func begin(
    step: NumberStep, window: PixelWindow, positions: PositionLattice?, numbers: [LayerNumber: Double]
  ) {
    registers.cell = (step, window, positions, numbers)
  }

  /// Runs one pass of the program, strip by strip.
  ///
  /// - Parameters:
  ///   - needed: whether each source was read; the others are missing throughout.
  ///   - planes: counted like the program's planes, of the window's shape.
  /// - Returns: whether any plane that was filled has a valid pixel.
  func run(pass: Int, window: PixelWindow, needed: [Bool], planes: [SamplePlane]) -> Bool {
    var isAnyValid = false
    registers.begin(needed: needed, pixels: window.count, planes)
    let (registers, actions) = (registers, passes[pass])
    for start in stride(from: 0, to: window.count, by: StripRunner.length) {
      let count = min(StripRunner.length, window.count - start)
      registers.begin(start: start, count: count)
      for action in actions {
        switch action {
        case .load(let source, let register, let masks): registers.load(source, into: register, masks: masks)
        case .reject(let register, let masks): registers.reject(in: register, masks: masks)
        case .compute(let index): computations[index].run(in: registers)
        case .emit(let register, let plane):
          let target = registers.strip(of: plane)
          if registers.planeOfRegister[register] != plane {
            var values = target.mutableSpan
            LoadSamples.scale(registers.samples(register), into: &values)
          }
          isAnyValid = isAnyValid || !MissingSamples.areAll(UnsafeBufferPointer(target).span)
        }
      }
    }
    return isAnyValid
  }
}
