public import JSON
public import Raster

/// A formula over variables, compiled: `(nir - red) / (nir + red)`, `ndvi > 0.3 and not bright`.
///
///     expression := or [ "?" expression ":" expression ]
///     or         := and { ("||" | "or") and }
///     and        := not { ("&&" | "and") not }
///     not        := { "!" | "not" } comparison
///     comparison := sum [ ("<" | "<=" | ">" | ">=" | "==" | "!=") sum ]
///     sum        := product { ("+" | "-") product }
///     product    := unary { ("*" | "/" | "%") unary }
///     unary      := { "-" | "+" } power
///     power      := atom [ ("**" | "^") unary ]
///     atom       := number | name | function "(" expression { "," expression } ")" | "(" expression ")"
///
/// A name is letters (a to z), digits and "_", a digit not first. Any other name of a variable, such as `blue-jp2` or
/// `ndvi.2`, stands in backquotes. `and`, `or` and `not` are words of the grammar; names of functions are names of
/// variables too where no "(" follows. `ExpressionFunction` lists the functions.
///
/// An operand is a number or logical; comparisons and `valid` make logical values, `and`, `or`, `not` and the condition
/// of a choice take them. Numbers are computed in Double and rounded to Float once. Missing operands make a result
/// missing, except for `valid`, `coalesce` and the branch that is not chosen; so does each operation whose result is
/// not finite: 1/0, log(0), sqrt(-1).
public struct Expression: Sendable {
  /// A variable that the formula reads.
  public struct Variable: Hashable, Sendable {
    public let name: String
    /// Where its name stands first.
    public let position: SourcePosition
  }

  /// The longest text that is read, in characters.
  public static let lengthLimit = 10_000
  /// How deep parentheses, calls, choices and powers may be nested.
  public static let depthLimit = 100

  public let text: String
  /// The variables in the order in which they first stand in the text: the order of the program's inputs.
  public let variables: [Variable]
  /// Those of the given parameters that the formula uses.
  public let usedParameters: Set<String>
  /// Whether the result is logical: `program.evaluateFlags` computes it, else `program.evaluate`.
  public let isLogical: Bool
  /// The number that the formula is for every pixel, whatever its variables; nil when it depends on them.
  public let constant: Double?
  /// What computes it, with one input for each of `variables`.
  public let program: ExpressionProgram

  /// Parses and compiles a formula.
  ///
  /// - Parameters:
  ///   - text: the formula.
  ///   - parameters: names that stand for numbers; they go before variables.
  ///   - isFlag: whether a variable is logical: 1, 0 or missing.
  /// - Throws: the first mistake, with its place.
  public static func parse(
    _ text: String, parameters: [String: Double] = [:], isFlag: (String) -> Bool = { _ in false }
  ) throws(ExpressionError) -> Expression {
    var parser = try ExpressionParser(text, parameters: parameters)
    let result = try parser.parse(isFlag: isFlag)
    return Expression(
      text: text, variables: parser.variables, usedParameters: parser.usedParameters,
      isLogical: result.type == .logical, constant: parser.builder.constant(of: result.value),
      program: parser.builder.program(for: result.value, inputCount: parser.variables.count))
  }

  /// A variable's name as it is to be written in a formula: in backquotes where it needs them.
  public static func written(_ name: String) -> String {
    ExpressionScanner.isPlainName(name) ? name : "`\(name)`"
  }
}
