/// Puts an `ExpressionProgram` together, operand by operand, as a parser meets them.
///
/// Operations on constants are done at once; an operation that stands twice on the same operands is computed once.
public struct ExpressionProgramBuilder {
  /// An operand that has been added: a constant, an input or an operation's result.
  public struct Value: Hashable, Sendable {
    fileprivate let index: Int
  }

  private enum Node: Hashable {
    /// The number's bits: 0 and -0 differ.
    case constant(UInt64)
    case input(Int)
    case operation(ExpressionOperation, [Int])
  }

  /// Operands come before what is made of them.
  private var nodes: [Node] = []
  private var places: [Node: Int] = [:]

  public init() {}

  /// Adds a number.
  public mutating func constant(_ number: Double) -> Value { add(.constant(number.bitPattern)) }

  /// Adds an input, counted from 0 in the order in which `evaluate` gets them.
  public mutating func input(_ number: Int) -> Value { add(.input(number)) }

  /// The value of an operand that is the same for every pixel; nil when it is not. Missing is NaN.
  public func constant(of value: Value) -> Double? {
    guard case .constant(let bits) = nodes[value.index] else { return nil }
    return Double(bitPattern: bits)
  }

  /// Adds an operation.
  ///
  /// Powers with a small whole exponent or a half are multiplications and square roots.
  /// - Precondition: there are as many operands as the operation takes.
  public mutating func operation(_ operation: ExpressionOperation, _ operands: Value...) -> Value {
    precondition(operands.count == operation.operandCount)
    let constants = operands.compactMap { constant(of: $0) }
    if constants.count == operands.count { return constant(Self.result(operation, constants)) }
    if operation == .power, let exponent = constant(of: operands[1]),
      let simple = power(operands[0], exponent)
    {
      return simple
    }
    if operation == .choose, let condition = constant(of: operands[0]), condition.isFinite {
      return condition == 0 ? operands[2] : operands[1]
    }
    return add(.operation(operation, operands.map(\.index)))
  }

  private mutating func power(_ base: Value, _ exponent: Double) -> Value? {
    switch exponent {
    case 1: return base
    case 2: return operation(.multiply, base, base)
    case 3: return operation(.multiply, operation(.multiply, base, base), base)
    case 4:
      let square = operation(.multiply, base, base)
      return operation(.multiply, square, square)
    case 0.5: return operation(.squareRoot, base)
    case -1: return operation(.divide, constant(1), base)
    default: return nil
    }
  }

  private mutating func add(_ node: Node) -> Value {
    if let place = places[node] { return Value(index: place) }
    nodes.append(node)
    places[node] = nodes.count - 1
    return Value(index: nodes.count - 1)
  }

  /// The result of an operation on constants, by the kernel that would compute it for pixels.
  private static func result(_ operation: ExpressionOperation, _ operands: [Double]) -> Double {
    var results = [0.0]
    var target = results.mutableSpan
    switch operation.kernel {
    case .unary(let kernel): kernel([operands[0]].span, &target)
    case .binary(let kernel): kernel([operands[0]].span, [operands[1]].span, &target)
    case .ternary(let kernel): kernel([operands[0]].span, [operands[1]].span, [operands[2]].span, &target)
    }
    return results[0].isFinite ? results[0] : .nan
  }

  /// The program that computes a value.
  ///
  /// - Parameters:
  ///   - value: one that this builder made.
  ///   - inputCount: how many inputs the program takes; the result need not depend on all of them.
  public func program(for value: Value, inputCount: Int) -> ExpressionProgram {
    var lastUse = [Int?](repeating: nil, count: nodes.count)
    lastUse[value.index] = nodes.count
    for (index, node) in nodes.enumerated().reversed() where lastUse[index] != nil {
      guard case .operation(_, let operands) = node else { continue }
      for operand in operands where lastUse[operand] == nil { lastUse[operand] = index }
    }
    var registers = [Int](repeating: 0, count: nodes.count)
    var loads: [(input: Int, register: Int)] = []
    var constants: [(value: Double, register: Int)] = []
    for (index, node) in nodes.enumerated() where lastUse[index] != nil {
      let register = loads.count + constants.count
      switch node {
      case .constant(let bits): constants.append((Double(bitPattern: bits), register))
      case .input(let number):
        precondition(number < inputCount)
        loads.append((number, register))
      case .operation: continue
      }
      registers[index] = register
    }
    // Registers of constants and inputs are written once a run or block. Those of results are used again as soon as
    // nobody reads them any more, though never for the instruction that reads them last: kernels want apart what
    // they read and what they write.
    let fixed = loads.count + constants.count
    var registerCount = fixed
    var free: [Int] = []
    var instructions: [ExpressionProgram.Instruction] = []
    for (index, node) in nodes.enumerated() where lastUse[index] != nil {
      guard case .operation(let operation, let operands) = node else { continue }
      if let register = free.popLast() {
        registers[index] = register
      } else {
        registers[index] = registerCount
        registerCount += 1
      }
      let sources = operands.map { registers[$0] }
      instructions.append(
        ExpressionProgram.Instruction(
          operation: operation, kernel: operation.kernel,
          a: sources[0], b: sources[sources.count > 1 ? 1 : 0], c: sources[sources.count > 2 ? 2 : 0],
          result: registers[index]))
      for operand in Set(operands) where lastUse[operand] == index && registers[operand] >= fixed {
        free.append(registers[operand])
      }
    }
    return ExpressionProgram(
      inputCount: inputCount, loads: loads, constants: constants, instructions: instructions,
      registerCount: registerCount, result: registers[value.index])
  }
}
