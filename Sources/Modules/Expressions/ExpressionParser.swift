import JSON
import Raster

/// Reads a formula from left to right and hands each operation to the program's builder as soon as its operands are there.
struct ExpressionParser {
  enum ValueType { case number, logical }

  /// A part of the formula that has been read.
  struct Operand {
    let value: ExpressionProgramBuilder.Value
    let type: ValueType
    /// The characters of the text that it takes.
    let range: Range<Int>
  }

  let scanner: ExpressionScanner
  private let tokens: [ExpressionToken]
  private let parameters: [String: Double]
  private var next = 0
  private var depth = 0
  var builder = ExpressionProgramBuilder()
  private(set) var variables: [Expression.Variable] = []
  private var inputs: [String: Int] = [:]
  private(set) var usedParameters: Set<String> = []

  init(_ text: String, parameters: [String: Double]) throws(ExpressionError) {
    var scanner = ExpressionScanner(text)
    guard scanner.characters.count <= Expression.lengthLimit else {
      throw ExpressionError(
        message:
          "the formula has \(scanner.characters.count) characters, more than \(Expression.lengthLimit)",
        position: SourcePosition(line: 1, column: 1), hint: "divide it among several results")
    }
    tokens = try scanner.tokens()
    self.scanner = scanner
    self.parameters = parameters
  }

  /// Reads the whole text.
  mutating func parse(isFlag: (String) -> Bool) throws(ExpressionError) -> Operand {
    guard current.kind != .end else {
      throw error("the formula is empty", hint: "write one, as in (nir - red) / (nir + red)")
    }
    let result = try expression(isFlag)
    guard current.kind == .end else { throw leftOver() }
    return result
  }

  var current: ExpressionToken { tokens[next] }

  private func isAt(_ sign: ExpressionToken.Sign) -> Bool { current.kind == .sign(sign) }

  private mutating func skip(_ sign: ExpressionToken.Sign) -> Bool {
    guard isAt(sign) else { return false }
    next += 1
    return true
  }

  private mutating func descend() throws(ExpressionError) {
    depth += 1
    guard depth <= Expression.depthLimit else {
      throw error(
        "the formula is nested deeper than \(Expression.depthLimit) levels",
        hint: "divide it among several results")
    }
  }

  // MARK: Levels of the grammar

  private mutating func expression(_ isFlag: (String) -> Bool) throws(ExpressionError) -> Operand {
    try descend()
    defer { depth -= 1 }
    let condition = try infix(from: 1, isFlag)
    guard isAt(.question) else { return condition }
    let sign = current
    next += 1
    let yes = try expression(isFlag)
    guard skip(.colon) else {
      throw error(
        "\"?\" has no \":\" after its first choice", at: sign.range.lowerBound,
        hint: "write condition ? a : b")
    }
    let no = try expression(isFlag)
    return try choose(
      condition, yes, no, name: "\"?\"", range: condition.range.lowerBound..<no.range.upperBound)
  }

  /// Operands with the signs between them that bind at least as tightly as `lowest`.
  private mutating func infix(from lowest: Int, _ isFlag: (String) -> Bool) throws(ExpressionError) -> Operand
  {
    typealias Sign = ExpressionToken.Sign
    var left = lowest <= Sign.notLevel && isAt(.not) ? try negation(isFlag) : try unary(isFlag)
    var isComparison = false
    while case .sign(let sign) = current.kind, let level = sign.level, level >= lowest {
      let place = current.range.lowerBound
      guard !(isComparison && level == Sign.comparisonLevel) else {
        throw error(
          "comparisons cannot be chained", at: place, hint: "write a < b and b < c instead of a < b < c")
      }
      isComparison = level == Sign.comparisonLevel
      next += 1
      let right = try infix(from: level + 1, isFlag)
      left = try combine(left, sign, right, at: place)
    }
    return left
  }

  private mutating func negation(_ isFlag: (String) -> Bool) throws(ExpressionError) -> Operand {
    let token = current
    next += 1
    try descend()
    defer { depth -= 1 }
    let operand =
      isAt(.not) ? try negation(isFlag) : try infix(from: ExpressionToken.Sign.comparisonLevel, isFlag)
    try require(.logical, operand, of: "\"not\"")
    return Operand(
      value: builder.operation(.not, operand.value), type: .logical,
      range: token.range.lowerBound..<operand.range.upperBound)
  }

  private mutating func unary(_ isFlag: (String) -> Bool) throws(ExpressionError) -> Operand {
    let start = current.range.lowerBound
    var (isNegative, isSigned) = (false, false)
    while isAt(.minus) || isAt(.plus) {
      if isAt(.minus) { isNegative.toggle() }
      isSigned = true
      next += 1
    }
    let operand = try power(isFlag)
    guard isSigned else { return operand }
    try require(.number, operand, of: isNegative ? "\"-\"" : "\"+\"")
    return Operand(
      value: isNegative ? builder.operation(.negate, operand.value) : operand.value, type: .number,
      range: start..<operand.range.upperBound)
  }

  private mutating func power(_ isFlag: (String) -> Bool) throws(ExpressionError) -> Operand {
    let base = try atom(isFlag)
    guard isAt(.power) else { return base }
    let place = current.range.lowerBound
    next += 1
    try descend()
    defer { depth -= 1 }
    let exponent = try unary(isFlag)
    return try combine(base, .power, exponent, at: place)
  }

  private mutating func atom(_ isFlag: (String) -> Bool) throws(ExpressionError) -> Operand {
    let token = current
    switch token.kind {
    case .number(let number):
      next += 1
      return Operand(value: builder.constant(number), type: .number, range: token.range)
    case .name(let name):
      next += 1
      if isAt(.opening), scanner.characters[token.range.lowerBound] != "`" {
        return try call(name, token, isFlag)
      }
      return try named(name, token, isFlag)
    case .sign(.opening):
      next += 1
      let inner = try expression(isFlag)
      try close(token)
      return Operand(
        value: inner.value, type: inner.type,
        range: token.range.lowerBound..<tokens[next - 1].range.upperBound)
    case .sign, .end: throw noValue()
    }
  }

  private mutating func close(_ opening: ExpressionToken) throws(ExpressionError) {
    guard !skip(.closing) else { return }
    guard current.kind == .end else { throw leftOver(isInside: true) }
    throw error("\"(\" is never closed", at: opening.range.lowerBound, hint: "add a \")\"")
  }

  private mutating func named(
    _ name: String, _ token: ExpressionToken, _ isFlag: (String) -> Bool
  ) throws(ExpressionError) -> Operand {
    if let number = parameters[name] {
      guard number.isFinite else {
        throw error("the parameter \"\(name)\" is not a finite number", at: token.range.lowerBound)
      }
      usedParameters.insert(name)
      return Operand(value: builder.constant(number), type: .number, range: token.range)
    }
    let input = inputs[name] ?? variables.count
    if input == variables.count {
      inputs[name] = input
      let position = scanner.position(token.range.lowerBound)
      variables.append(Expression.Variable(name: name, position: position))
    }
    return Operand(
      value: builder.input(input), type: isFlag(name) ? .logical : .number, range: token.range)
  }

  private mutating func call(
    _ name: String, _ token: ExpressionToken, _ isFlag: (String) -> Bool
  ) throws(ExpressionError) -> Operand {
    guard let function = ExpressionFunction(rawValue: name) else {
      let names = ExpressionFunction.allCases.map(\.rawValue)
      let isVariable = parameters[name] != nil || inputs[name] != nil
      throw error(
        "there is no function \"\(name)\"", at: token.range.lowerBound,
        hint: isVariable
          ? "write \"*\" to multiply"
          : NearestName.best(for: name, among: names).map { "did you mean \"\($0)\"?" }
            ?? "the functions are \(names.joined(separator: ", "))")
    }
    let opening = current
    next += 1
    var arguments: [Operand] = []
    if !isAt(.closing), current.kind != .end {
      repeat { arguments.append(try expression(isFlag)) } while skip(.comma)
    }
    try close(opening)
    let range = token.range.lowerBound..<tokens[next - 1].range.upperBound
    guard function.argumentCounts.contains(arguments.count) else {
      let count = arguments.count
      throw error(
        "\(name) is given \(count) argument\(count == 1 ? "" : "s")", at: token.range.lowerBound,
        hint: "write \(function.usage)")
    }
    return try apply(function, arguments, range: range)
  }
}
