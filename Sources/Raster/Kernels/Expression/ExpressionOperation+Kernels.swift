internal import Glibc
internal import Kernels
internal import KernelsAVX2

/// The loop over a run of pixels that does an operation.
enum ExpressionKernel: Sendable {
  typealias Unary = @Sendable (Span<Double>, inout MutableSpan<Double>) -> Void
  typealias Binary = @Sendable (Span<Double>, Span<Double>, inout MutableSpan<Double>) -> Void
  typealias Ternary =
    @Sendable (
      Span<Double>, Span<Double>, Span<Double>, inout MutableSpan<Double>
    ) -> Void

  case unary(Unary)
  case binary(Binary)
  case ternary(Ternary)
}

extension ExpressionOperation {
  private typealias Wide = KernelsAVX2.ExpressionKernels
  private typealias Plain = Kernels.ExpressionKernels

  /// The kernel of the build that runs on this processor.
  var kernel: ExpressionKernel {
    let isWide = Processor.usesAVX2
    return switch self {
    case .negate: .unary(isWide ? Wide.negate : Plain.negate)
    case .add: .binary(isWide ? Wide.add : Plain.add)
    case .subtract: .binary(isWide ? Wide.subtract : Plain.subtract)
    case .multiply: .binary(isWide ? Wide.multiply : Plain.multiply)
    case .divide: .binary(isWide ? Wide.divide : Plain.divide)
    case .absolute: .unary(isWide ? Wide.absolute : Plain.absolute)
    case .squareRoot: .unary(isWide ? Wide.squareRoot : Plain.squareRoot)
    case .floor: .unary(isWide ? Wide.floor : Plain.floor)
    case .ceil: .unary(isWide ? Wide.ceil : Plain.ceil)
    case .round: .unary(isWide ? Wide.round : Plain.round)
    case .sign: .unary(isWide ? Wide.sign : Plain.sign)
    case .minimum: .binary(isWide ? Wide.minimum : Plain.minimum)
    case .maximum: .binary(isWide ? Wide.maximum : Plain.maximum)
    case .less: .binary(isWide ? Wide.less : Plain.less)
    case .lessOrEqual: .binary(isWide ? Wide.lessOrEqual : Plain.lessOrEqual)
    case .equal: .binary(isWide ? Wide.equal : Plain.equal)
    case .notEqual: .binary(isWide ? Wide.notEqual : Plain.notEqual)
    case .not: .unary(isWide ? Wide.not : Plain.not)
    case .and: .binary(isWide ? Wide.and : Plain.and)
    case .or: .binary(isWide ? Wide.or : Plain.or)
    case .choose: .ternary(isWide ? Wide.choose : Plain.choose)
    case .valid: .unary(isWide ? Wide.valid : Plain.valid)
    case .coalesce: .binary(isWide ? Wide.coalesce : Plain.coalesce)
    case .exponential: .unary { map($0, &$1) { exp($0) } }
    case .logarithm: .unary { map($0, &$1) { log($0) } }
    case .logarithm10: .unary { map($0, &$1) { log10($0) } }
    case .logarithm2: .unary { map($0, &$1) { log2($0) } }
    case .sine: .unary { map($0, &$1) { sin($0) } }
    case .cosine: .unary { map($0, &$1) { cos($0) } }
    case .tangent: .unary { map($0, &$1) { tan($0) } }
    case .arcSine: .unary { map($0, &$1) { asin($0) } }
    case .arcCosine: .unary { map($0, &$1) { acos($0) } }
    case .arcTangent: .unary { map($0, &$1) { atan($0) } }
    case .arcTangent2: .binary { map($0, $1, &$2) { atan2($0, $1) } }
    case .power: .binary { map($0, $1, &$2) { pow($0, $1) } }
    case .modulo: .binary { map($0, $1, &$2) { remainder($0, $1) } }
    }
  }

  /// The remainder with the sign of the divisor.
  @inline(__always)
  private func remainder(_ a: Double, _ b: Double) -> Double {
    let rest = fmod(a, b)
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest
  }

  // The C library's functions make numbers of infinities (exp(-∞) is 0) and even of NaN (pow(NaN, 0) is 1): adding
  // `x - x`, which is 0 or NaN, keeps missing what is missing.

  @inline(__always)
  private func map(
    _ a: Span<Double>, _ result: inout MutableSpan<Double>, _ body: (Double) -> Double
  ) {
    let count = result.count
    precondition(a.count == count)
    for index in 0..<count { result[index] = body(a[index]) + (a[index] - a[index]) }
  }

  @inline(__always)
  private func map(
    _ a: Span<Double>, _ b: Span<Double>, _ result: inout MutableSpan<Double>,
    _ body: (Double, Double) -> Double
  ) {
    let count = result.count
    precondition(a.count == count && b.count == count)
    for index in 0..<count {
      let (first, second) = (a[index], b[index])
      result[index] = body(first, second) + ((first - first) + (second - second))
    }
  }
}
