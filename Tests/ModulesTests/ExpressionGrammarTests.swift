import JSON
import Modules
import Raster
import Testing

/// What formulas may look like, and how their parts belong together.
@Suite struct ExpressionGrammarTests {
  /// Formulas of numbers only, each with its value.
  @Test(
    arguments: [
      ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("10 - 4 - 3", 3), ("24 / 4 / 2", 3), ("7 % 4 * 2", 6),
      ("-2 ** 2", -4), ("(-2) ** 2", 4), ("2 ** -1", 0.5), ("2 ^ 3 ^ 2", 512), ("2 ** -2 ** 2", 0.0625),
      ("- - 3", 3), ("+-+3", -3), ("2 - -3", 5), ("2*-3", -6), ("-7 % 3", 2), ("mod(7, -3)", -2),
      ("1 < 2 ? 3 : 4", 3), ("1 > 2 ? 3 : 2 > 1 ? 5 : 6", 5), ("(1 > 2 ? 3 : 4) + 1", 5),
      ("1 < 2 ? 1 < 2 ? 1 : 2 : 3", 1), ("1 + 1 == 2 ? 1 : 0", 1),
      ("1 > 0 or 1 > 0 and 0 > 1 ? 1 : 0", 1), ("not 1 > 0 or 1 > 0 ? 1 : 0", 1),
      ("not (1 > 0 or 1 > 0) ? 1 : 0", 0),
      (".5 + 1. + 1e-1 + 1E+1", 11.6), ("min(3, 1, 2) + max(1, 2)", 3), ("clip(5, 0, 1)", 1),
      ("round(2.5)", 2),
      ("\n (1\t+\r\n 2) ", 3), ("pow(2, 10)", 1024), ("log10(1000)", 3), ("log2(0.125)", -3),
      ("atan2(1, 1) * 4", Double.pi),
      ("where(valid(1), 2, 3)", 2), ("coalesce(1, 2)", 1), ("sign(-4) + abs(-4)", 3),
    ])
  func `Operators bind as in the grammar`(text: String, value: Double) throws {
    let found = try #require(try Expression.parse(text).constant)
    #expect(abs(found - value) < 1e-12, "\(text) is \(found)")
  }

  @Test func `Variables come in the order of first use, with their places`() throws {
    let expression = try Expression.parse("(nir - red) /\n  (nir + `blue-jp2`) + min + `and`")
    #expect(expression.variables.map(\.name) == ["nir", "red", "blue-jp2", "min", "and"])
    #expect(
      expression.variables.map(\.position.description) == ["1:2", "1:8", "2:10", "2:24", "2:30"])
  }

  @Test func `Parameters stand for numbers and go before variables`() throws {
    let expression = try Expression.parse("(1 + L) * (N - R) / (N + R + L)", parameters: ["L": 0.5, "C1": 6])
    #expect(expression.variables.map(\.name) == ["N", "R"] && expression.usedParameters == ["L"])
    let (nir, red) = (0.5, Double(Float(0.1)))
    let value = Float(1.5 * (nir - red) / (nir + red + 0.5))
    #expect(evaluate(expression, [[0.5], [0.1]]) == [value])
  }

  @Test func `Names are written so that they can be read`() throws {
    for name in ["red", "B8A", "_x1", "blue-jp2", "ndvi.2", "2red", "or", "é"] {
      #expect(try Expression.parse(Expression.written(name)).variables.map(\.name) == [name])
    }
    #expect(Expression.written("red") == "red" && Expression.written("ndvi.2") == "`ndvi.2`")
  }

  @Test func `What stands twice is computed once`() throws {
    let expression = try Expression.parse("(a + b) / (a - b) + sqrt(a + b) * (a + b)")
    #expect(expression.program.operationCount == 6)
    // Constants are put together; the branch that is never taken is left out.
    #expect(try Expression.parse("a * (2 * 3 + 1)").program.operationCount == 1)
    #expect(try Expression.parse("1 > 2 ? exp(a) : b").program.operationCount == 0)
  }

  @Test func `Long formulas and deep ones are read up to the limits`() throws {
    let terms = [String](repeating: "a", count: Expression.lengthLimit / 2).joined(separator: "+")
    #expect(evaluate(try Expression.parse(terms), [[1]]) == [5000])
    let levels = Expression.depthLimit - 1
    let deep = String(repeating: "(", count: levels) + "a" + String(repeating: ")", count: levels)
    #expect(evaluate(try Expression.parse(deep), [[1]]) == [1])
    let signs = String(repeating: "-", count: Expression.lengthLimit - 2) + "a"
    #expect(evaluate(try Expression.parse(signs), [[1]]) == [signs.count % 2 == 1 ? 1 : -1])
  }
}
