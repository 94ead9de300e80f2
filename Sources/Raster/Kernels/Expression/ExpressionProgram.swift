internal import Kernels
internal import KernelsAVX2

/// A compiled formula over the values of pixels: a list of instructions, each of which is a loop over a run of them.
///
/// Values are computed in Double from the scaled samples and rounded to Float once. Missing operands give missing
/// results, and so does what is not finite: x/0, log(0), an overflow. `valid`, `coalesce` and the branch that `choose`
/// does not take are the exceptions.
///
/// A program is a value without state: every call takes its registers for itself, so any number of threads may evaluate
/// one program. Results do not depend on how pixels are cut into runs. `ExpressionProgramBuilder` makes programs.
public struct ExpressionProgram: Sendable {
  /// One operation on registers.
  struct Instruction: Sendable {
    let operation: ExpressionOperation
    let kernel: ExpressionKernel
    /// Registers; those beyond the operation's number of operands repeat its first.
    let (a, b, c): (Int, Int, Int)
    let result: Int
  }

  /// How many inputs `evaluate` takes.
  public let inputCount: Int
  /// How many operations are done for each pixel; common parts of a formula count once.
  public var operationCount: Int { instructions.count }

  /// The inputs that the result depends on, each with the register it is loaded into.
  let loads: [(input: Int, register: Int)]
  let constants: [(value: Double, register: Int)]
  let instructions: [Instruction]
  let registerCount: Int
  let result: Int

  /// So many pixels are computed at once that a dozen registers stay in the first level of cache.
  private static let blockWidth = 256

  /// Evaluates a numeric program.
  ///
  /// - Parameters:
  ///   - inputs: `inputCount` runs of samples, each as long as `output`; NaN is missing. Flags are 1 and 0.
  ///   - output: filled whole; NaN where the result is missing.
  public func evaluate(_ inputs: [LinearSamples], into output: inout MutableSpan<Float>) {
    let isWide = Processor.usesAVX2
    output.withUnsafeMutableBufferPointer { output in
      run(inputs, count: output.count) { values, first in
        var part = UnsafeMutableBufferPointer(rebasing: output[first..<(first + values.count)]).mutableSpan
        if isWide {
          KernelsAVX2.ExpressionKernels.store(values, into: &part)
        } else {
          Kernels.ExpressionKernels.store(values, into: &part)
        }
      }
    }
  }

  /// Evaluates a logical program: 1 where it is true, 0 where it is false, 255 where it is missing.
  ///
  /// - Parameters:
  ///   - inputs: as for `evaluate`.
  ///   - output: filled whole.
  public func evaluateFlags(_ inputs: [LinearSamples], into output: inout MutableSpan<UInt8>) {
    let isWide = Processor.usesAVX2
    output.withUnsafeMutableBufferPointer { output in
      run(inputs, count: output.count) { values, first in
        var part = UnsafeMutableBufferPointer(rebasing: output[first..<(first + values.count)]).mutableSpan
        if isWide {
          KernelsAVX2.ExpressionKernels.storeFlags(values, into: &part)
        } else {
          Kernels.ExpressionKernels.storeFlags(values, into: &part)
        }
      }
    }
  }

  /// Computes `count` pixels and hands over their values, block after block, each with its first pixel.
  private func run(_ inputs: [LinearSamples], count: Int, _ store: (Span<Double>, Int) -> Void) {
    precondition(inputs.count == inputCount)
    for load in loads { precondition(inputs[load.input].samples.count == count) }
    guard count > 0 else { return }
    let width = min(Self.blockWidth, count)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: registerCount * width) { registers in
      for constant in constants {
        registers[(constant.register * width)..<((constant.register + 1) * width)]
          .initialize(repeating: constant.value)
      }
      for first in stride(from: 0, to: count, by: width) {
        let pixels = min(width, count - first)
        func register(_ number: Int) -> UnsafeMutableBufferPointer<Double> {
          UnsafeMutableBufferPointer(rebasing: registers[(number * width)..<(number * width + pixels)])
        }
        for load in loads {
          var target = register(load.register).mutableSpan
          self.load(inputs[load.input], from: first, into: &target)
        }
        for instruction in instructions {
          let a = register(instruction.a).span
          let (b, c) = (register(instruction.b).span, register(instruction.c).span)
          var target = register(instruction.result).mutableSpan
          switch instruction.kernel {
          case .unary(let kernel): kernel(a, &target)
          case .binary(let kernel): kernel(a, b, &target)
          case .ternary(let kernel): kernel(a, b, c, &target)
          }
        }
        store(register(result).span, first)
      }
    }
  }

  private func load(_ input: LinearSamples, from first: Int, into target: inout MutableSpan<Double>) {
    let samples = input.samples.span.extracting(first..<(first + target.count))
    if Processor.usesAVX2 {
      KernelsAVX2.ExpressionKernels.load(samples, scale: input.scale, offset: input.offset, into: &target)
    } else {
      Kernels.ExpressionKernels.load(samples, scale: input.scale, offset: input.offset, into: &target)
    }
  }
}
