/// What an instruction of an `ExpressionProgram` does to its operands, in Double.
///
/// Missing or infinite operands give a missing result, except where a case says otherwise. Logical values are 1 and 0.
public enum ExpressionOperation: Hashable, Sendable, CaseIterable {
  case negate, add, subtract, multiply, divide
  /// The remainder with the sign of the divisor, as in Python and numpy: mod(-1, 3) is 2.
  case modulo
  case power
  case absolute, squareRoot, exponential, logarithm, logarithm10, logarithm2, sign
  case floor, ceil
  /// To the nearest whole number; a half goes to the even one, as in numpy.
  case round
  /// Angles are in radians.
  case sine, cosine, tangent, arcSine, arcCosine, arcTangent, arcTangent2
  case minimum, maximum
  case less, lessOrEqual, equal, notEqual
  case not, and, or
  /// The second operand where the first is true, else the third; what is not chosen may be missing.
  case choose
  /// 1 where the operand has a value, 0 where it is missing.
  case valid
  /// The first operand, or the second where the first is missing.
  case coalesce

  /// How many operands it takes.
  public var operandCount: Int {
    switch self {
    case .negate, .absolute, .squareRoot, .exponential, .logarithm, .logarithm10, .logarithm2, .sign, .floor,
      .ceil,
      .round, .sine, .cosine, .tangent, .arcSine, .arcCosine, .arcTangent, .not, .valid:
      1
    case .add, .subtract, .multiply, .divide, .modulo, .power, .arcTangent2, .minimum, .maximum, .less,
      .lessOrEqual, .equal, .notEqual, .and, .or, .coalesce:
      2
    case .choose: 3
    }
  }
}
