import Raster

/// The functions that a formula may call.
///
/// Angles are in radians; `log` is the natural logarithm; `round` takes a half to the even number; `mod(a, b)` and
/// `a % b` have the sign of b; `sign` is -1, 0 or 1. `where(c, a, b)` is `c ? a : b`. `valid(a)` is true where `a` has a
/// value; `coalesce(a, b, …)` is the first that has one. `clip(a, low, high)` is `min(max(a, low), high)`.
public enum ExpressionFunction: String, CaseIterable, Sendable {
  case abs, sqrt, exp, log, log10, log2, pow, min, max, clip, floor, ceil, round
  case sin, cos, tan, asin, acos, atan, atan2
  case sign, mod
  case `where`
  case normalizedDifference = "normalized_difference"
  case valid, coalesce

  /// How it is called, for messages.
  public var usage: String {
    switch self {
    case .pow: "pow(a, b)"
    case .min, .max, .coalesce: "\(rawValue)(a, b, …)"
    case .clip: "clip(a, low, high)"
    case .atan2: "atan2(y, x)"
    case .mod: "mod(a, b)"
    case .where: "where(condition, a, b)"
    case .normalizedDifference: "normalized_difference(a, b)"
    case .abs, .sqrt, .exp, .log, .log10, .log2, .floor, .ceil, .round, .sin, .cos, .tan, .asin, .acos, .atan,
      .sign, .valid:
      "\(rawValue)(a)"
    }
  }

  /// How many arguments it takes.
  var argumentCounts: ClosedRange<Int> {
    switch self {
    case .min, .max, .coalesce: 2...Int.max
    case .pow, .atan2, .mod, .normalizedDifference: 2...2
    case .clip, .where: 3...3
    case .abs, .sqrt, .exp, .log, .log10, .log2, .floor, .ceil, .round, .sin, .cos, .tan, .asin, .acos, .atan,
      .sign, .valid:
      1...1
    }
  }

  /// The operation on one number that it is; nil when it is made of others.
  var unary: ExpressionOperation? {
    switch self {
    case .abs: .absolute
    case .sqrt: .squareRoot
    case .exp: .exponential
    case .log: .logarithm
    case .log10: .logarithm10
    case .log2: .logarithm2
    case .floor: .floor
    case .ceil: .ceil
    case .round: .round
    case .sin: .sine
    case .cos: .cosine
    case .tan: .tangent
    case .asin: .arcSine
    case .acos: .arcCosine
    case .atan: .arcTangent
    case .sign: .sign
    case .pow, .min, .max, .clip, .atan2, .mod, .where, .normalizedDifference, .valid, .coalesce: nil
    }
  }
}
