import Raster

/// Types of operands, and what is computed of them.
extension ExpressionParser {
  /// An operand of a type that its operation does not take is a mistake.
  func require(_ type: ValueType, _ operand: Operand, of operation: String) throws(ExpressionError) {
    guard operand.type != type else { return }
    let part = scanner.quoted(operand.range)
    switch type {
    case .number:
      throw error(
        "\(operation) takes numbers, and \(part) is logical", at: operand.range.lowerBound,
        hint: "write where(condition, 1, 0) to make it a number")
    case .logical:
      throw error(
        "\(operation) takes logical values, and \(part) is a number", at: operand.range.lowerBound,
        hint: "compare it, as in \"\(part.dropFirst().dropLast()) > 0\"")
    }
  }

  mutating func combine(
    _ left: Operand, _ sign: ExpressionToken.Sign, _ right: Operand, at place: Int
  ) throws(ExpressionError) -> Operand {
    let isLogic = sign == .and || sign == .or
    let name = "\"\(sign.rawValue)\""
    if (sign == .equal || sign == .notEqual) && left.type == .logical {
      // Two logical values may be compared with one another.
      try require(.logical, right, of: "\(name) after a logical value")
    } else {
      for operand in [left, right] { try require(isLogic ? .logical : .number, operand, of: name) }
    }
    let (a, b) = (left.value, right.value)
    if sign == .over || sign == .modulo { try refuseZero(right, at: place) }
    let value =
      switch sign {
      case .plus: builder.operation(.add, a, b)
      case .minus: builder.operation(.subtract, a, b)
      case .times: builder.operation(.multiply, a, b)
      case .over: builder.operation(.divide, a, b)
      case .modulo: builder.operation(.modulo, a, b)
      case .power: builder.operation(.power, a, b)
      case .less: builder.operation(.less, a, b)
      case .lessOrEqual: builder.operation(.lessOrEqual, a, b)
      case .greater: builder.operation(.less, b, a)
      case .greaterOrEqual: builder.operation(.lessOrEqual, b, a)
      case .equal: builder.operation(.equal, a, b)
      case .notEqual: builder.operation(.notEqual, a, b)
      case .and: builder.operation(.and, a, b)
      case .or: builder.operation(.or, a, b)
      case .not, .question, .colon, .comma, .opening, .closing:
        preconditionFailure("the sign stands between no two operands")
      }
    let isNumber = sign.level.map { $0 > ExpressionToken.Sign.comparisonLevel } ?? true
    return try made(
      value, isNumber ? .number : .logical, left.range.lowerBound..<right.range.upperBound, at: place)
  }

  mutating func choose(
    _ condition: Operand, _ yes: Operand, _ no: Operand, name: String, range: Range<Int>
  ) throws(ExpressionError) -> Operand {
    try require(.logical, condition, of: "the condition of \(name)")
    try require(
      yes.type, no, of: "\(name) with \(yes.type == .number ? "a number" : "a logical value") first")
    return Operand(
      value: builder.operation(.choose, condition.value, yes.value, no.value), type: yes.type, range: range)
  }

  mutating func apply(
    _ function: ExpressionFunction, _ arguments: [Operand], range: Range<Int>
  ) throws(ExpressionError) -> Operand {
    let values = arguments.map(\.value)
    switch function {
    case .where:
      return try choose(arguments[0], arguments[1], arguments[2], name: "where", range: range)
    case .valid: return Operand(value: builder.operation(.valid, values[0]), type: .logical, range: range)
    case .coalesce:
      for argument in arguments {
        try require(arguments[0].type, argument, of: "coalesce of such a first argument")
      }
      return Operand(value: fold(.coalesce, values), type: arguments[0].type, range: range)
    default: break
    }
    for argument in arguments { try require(.number, argument, of: function.rawValue) }
    if function == .mod { try refuseZero(arguments[1], at: arguments[1].range.lowerBound) }
    let value =
      switch function {
      case .min: fold(.minimum, values)
      case .max: fold(.maximum, values)
      case .clip: builder.operation(.minimum, builder.operation(.maximum, values[0], values[1]), values[2])
      case .pow: builder.operation(.power, values[0], values[1])
      case .atan2: builder.operation(.arcTangent2, values[0], values[1])
      case .mod: builder.operation(.modulo, values[0], values[1])
      case .normalizedDifference:
        builder.operation(
          .divide, builder.operation(.subtract, values[0], values[1]),
          builder.operation(.add, values[0], values[1]))
      default:
        function.unary.map { builder.operation($0, values[0]) } ?? values[0]
      }
    return try made(value, .number, range, at: range.lowerBound)
  }

  /// An operation of two, over any number of operands from left to right.
  private mutating func fold(
    _ operation: ExpressionOperation, _ values: [ExpressionProgramBuilder.Value]
  ) -> ExpressionProgramBuilder.Value {
    values.dropFirst().reduce(values[0]) { builder.operation(operation, $0, $1) }
  }

  private func refuseZero(_ divisor: Operand, at place: Int) throws(ExpressionError) {
    guard builder.constant(of: divisor.value) == 0 else { return }
    throw error("division by zero: \(scanner.quoted(divisor.range)) is 0 for every pixel", at: place)
  }

  /// A constant part of a formula that is no number makes every pixel missing: nobody wants that.
  private func made(
    _ value: ExpressionProgramBuilder.Value, _ type: ValueType, _ range: Range<Int>, at place: Int
  ) throws(ExpressionError) -> Operand {
    if let constant = builder.constant(of: value), !constant.isFinite {
      throw error("\(scanner.quoted(range)) is not a finite number", at: place)
    }
    return Operand(value: value, type: type, range: range)
  }
}
